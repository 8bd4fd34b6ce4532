{{/*
A process of the house, whichever it is: (dict "root" $ "component" NAME). Account, Service, Deployment, disruption
budget, autoscaler and network policy.
*/}}
{{- define "qinglian.process" -}}
{{- $facts := index (include "qinglian.facts" . | fromYaml) .component }}
{{- $values := include "qinglian.values" . | fromYaml }}
{{- $name := printf "%s-%s" (include "qinglian.fullname" .root) .component }}
{{- $scope := dict "root" .root "component" .component "facts" $facts "values" $values "name" $name }}
{{- include "qinglian.account" $scope }}
---
{{- include "qinglian.service" $scope }}
---
{{- include "qinglian.deployment" $scope }}
---
{{- include "qinglian.budget" $scope }}
{{- if $values.autoscaling.enabled }}
---
{{- include "qinglian.autoscaler" $scope }}
{{- end }}
---
{{- include "qinglian.policy" $scope }}
{{- end }}

{{- define "qinglian.account" }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  labels:
    {{- include "qinglian.labels" . | nindent 4 }}
automountServiceAccountToken: false
{{- end }}

{{/* Headless, so that callers see every pod and take turns; that of the edge is for the world outside. */}}
{{- define "qinglian.service" }}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  labels:
    {{- include "qinglian.labels" . | nindent 4 }}
  {{- if eq .component "edge" }}
  {{- with .root.Values.edge.service.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
spec:
  {{- if eq .component "edge" }}
  type: {{ .root.Values.edge.service.type }}
  {{- if ne .root.Values.edge.service.type "ClusterIP" }}
  # The edge counts by source: it must see the caller's address.
  externalTrafficPolicy: Local
  {{- end }}
  {{- else }}
  clusterIP: None
  {{- end }}
  selector:
    {{- include "qinglian.selector" . | nindent 4 }}
  # A protocol is part of what tells ports apart where the server applies.
  ports:
    - name: calls
      protocol: TCP
      port: {{ ternary .root.Values.edge.service.port .facts.port (eq .component "edge") }}
      targetPort: calls
    {{- if ne .component "edge" }}
    - name: metrics
      protocol: TCP
      port: 9100
      targetPort: metrics
    {{- end }}
{{- end }}

{{- define "qinglian.deployment" }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}
  labels:
    {{- include "qinglian.labels" . | nindent 4 }}
spec:
  {{- if not .values.autoscaling.enabled }}
  replicas: {{ .values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels:
      {{- include "qinglian.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "qinglian.labels" . | nindent 8 }}
        {{- with .values.podLabels }}{{ toYaml . | nindent 8 }}{{ end }}
      annotations:
        {{- if eq .component "edge" }}
        checksum/configuration: {{ include "qinglian.edgeConfiguration" . | sha256sum }}
        {{- end }}
        {{- with .values.podAnnotations }}{{ toYaml . | nindent 8 }}{{ end }}
    spec:
      {{- include "qinglian.pod" (dict "root" .root "user" 65532 "account" .name) | nindent 6 }}
      terminationGracePeriodSeconds: {{ .values.terminationGracePeriodSeconds }}
      topologySpreadConstraints:
        {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "qinglian.selector" $ | nindent 14 }}
        {{- end }}
      {{- with .values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ include "qinglian.image" . }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args:
            {{- include (ternary "qinglian.edgeArguments" "qinglian.arguments" (eq .component "edge")) . | nindent 12 }}
          {{- if eq .component "edge" }}
          env:
            {{- include "qinglian.edgeEnvironment" . | nindent 12 }}
          {{- end }}
          ports:
            - {name: calls, protocol: TCP, containerPort: {{ .facts.port }}}
            - {name: metrics, protocol: TCP, containerPort: 9100}
            {{- if ne .component "edge" }}
            - {name: health, protocol: TCP, containerPort: 8081}
            {{- end }}
          {{- include (ternary "qinglian.edgeProbes" "qinglian.probes" (eq .component "edge")) . | nindent 10 }}
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          securityContext:
            {{- include "qinglian.containerSecurity" . | nindent 12 }}
          volumeMounts:
            {{- include "qinglian.mounts" . | nindent 12 }}
      volumes:
        {{- include "qinglian.volumes" . | nindent 8 }}
{{- end }}

{{/* One option a line. */}}
{{- define "qinglian.arguments" -}}
{{- $root := .root -}}
- serve
- --listen=0.0.0.0:{{ .facts.port }}
- --health_address=0.0.0.0:8081
- --metrics_address=0.0.0.0:9100
- --metrics_beyond_loopback
- --hop_certificate_file=/etc/qinglian/hop/tls.crt
- --hop_key_file=/etc/qinglian/hop/tls.key
- --hop_ca_file=/etc/qinglian/hop/ca.crt
- --identity_key_file=/etc/qinglian/identity/identity.key
{{- if .facts.schema }}
- --hop_peers={{ join "," .facts.callers }}
- --max_connection_age={{ .root.Values.maxConnectionAge }}
- --mysql={{ include "qinglian.mysqlUrl" (merge (dict "user" (include "qinglian.user" .)) .) }}
- --key_file=/etc/qinglian/key/key
- --checkpoint_dir=/var/lib/qinglian/checkpoints
{{- range .facts.calls }}
- --{{ . }}_address=dns:///{{ include "qinglian.host" (dict "root" $root "component" .) }}:7200
{{- end }}
{{- if eq .component "organization" }}
- --sealing_key_file=/etc/qinglian/sealing/sealing.key
{{- end }}
{{- else }}
{{- $upstreams := list }}
{{- range .facts.calls }}
{{- $upstreams = append $upstreams (printf "%s=dns:///%s:7200" . (include "qinglian.host" (dict "root" $root "component" .))) }}
{{- end }}
- --upstream={{ join "," $upstreams }}
{{- with .root.Values.tokens.issuer }}
- --token_issuer={{ . }}
- --token_audience={{ $root.Values.tokens.audience }}
{{- with $root.Values.tokens.keys }}
- --token_keys={{ . }}
{{- end }}
{{- with $root.Values.tokens.caSecret }}
- --token_keys_ca_file=/etc/qinglian/provider/ca.crt
{{- end }}
{{- end }}
{{- end }}
{{- with .root.Values.traces }}
{{- if .endpoint }}
- --trace_endpoint={{ .endpoint }}
- --trace_sample_ratio={{ .sampleRatio }}
{{- if .plain }}
- --trace_plain
{{- else if .caSecret }}
- --trace_ca_file=/etc/qinglian/collector/ca.crt
{{- end }}
{{- end }}
{{- end }}
{{- range $setting, $value := .values.settings }}
- --{{ $setting }}={{ $value }}
{{- end }}
{{- end }}

{{/* The kubelet has no certificate of the house: health is told on a port of its own. */}}
{{- define "qinglian.probes" -}}
startupProbe:
  grpc: {port: 8081, service: live}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  grpc: {port: 8081, service: live}
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
readinessProbe:
  grpc: {port: 8081, service: ""}
  periodSeconds: 3
  timeoutSeconds: 2
  failureThreshold: 2
{{- end }}

{{- define "qinglian.mounts" -}}
- {name: hop, mountPath: /etc/qinglian/hop, readOnly: true}
{{- if eq .component "edge" }}
- {name: configuration, mountPath: /etc/qinglian/edge, readOnly: true}
- {name: server, mountPath: /etc/qinglian/server, readOnly: true}
- {name: clients, mountPath: /etc/qinglian/clients, readOnly: true}
- {name: run, mountPath: /run/qinglian}
{{- else }}
- {name: identity, mountPath: /etc/qinglian/identity, readOnly: true}
{{- if .facts.schema }}
- {name: key, mountPath: /etc/qinglian/key, readOnly: true}
- {name: database, mountPath: /etc/qinglian/database, readOnly: true}
- {name: checkpoints, mountPath: /var/lib/qinglian/checkpoints}
{{- if and .root.Values.mysql.caSecret (not .root.Values.mysql.tryOut.enabled) }}
- {name: database-ca, mountPath: /etc/qinglian/database-ca, readOnly: true}
{{- end }}
{{- end }}
{{- if eq .component "organization" }}
- {name: sealing, mountPath: /etc/qinglian/sealing, readOnly: true}
{{- end }}
{{- if and (eq .component "gateway") .root.Values.tokens.caSecret }}
- {name: provider, mountPath: /etc/qinglian/provider, readOnly: true}
{{- end }}
{{- if include "qinglian.collectorSecret" . }}
- {name: collector, mountPath: /etc/qinglian/collector, readOnly: true}
{{- end }}
{{- end }}
{{- end }}

{{/* (list VOLUME SECRET KEY…): a Secret that is there already, those keys of it, for the pod's group alone. */}}
{{- define "qinglian.secretVolume" -}}
- name: {{ first . }}
  secret:
    secretName: {{ index . 1 }}
    defaultMode: 0440
    items:
      {{- range slice . 2 }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
{{- end }}

{{/* Who signed the certificate of the collector of traces; empty where that is not asked for. */}}
{{- define "qinglian.collectorSecret" -}}
{{- with .root.Values.traces }}{{ if and .endpoint (not .plain) }}{{ .caSecret }}{{ end }}{{ end }}
{{- end }}

{{- define "qinglian.volumes" -}}
{{- $secrets := .root.Values.secrets -}}
{{ include "qinglian.secretVolume" (list "hop" (printf "%s%s" $secrets.hopPrefix .component) "tls.crt" "tls.key" "ca.crt") }}
{{- if eq .component "edge" }}
{{ include "qinglian.secretVolume" (list "server" $secrets.edgeServer "tls.crt" "tls.key") }}
{{ include "qinglian.secretVolume" (list "clients" $secrets.edgeClients "clients.pem" "revoked.pem") }}
- name: configuration
  configMap:
    name: {{ .name }}
- name: run
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
{{- else }}
{{ include "qinglian.secretVolume" (list "identity" $secrets.identity "identity.key") }}
{{- if .facts.schema }}
{{ include "qinglian.secretVolume" (list "key" (printf "%s%s" $secrets.servicePrefix .component) "key") }}
{{ include "qinglian.secretVolume" (list "database" (printf "%s%s" $secrets.servicePrefix .component) "password") }}
{{- if and .root.Values.mysql.caSecret (not .root.Values.mysql.tryOut.enabled) }}
{{ include "qinglian.secretVolume" (list "database-ca" .root.Values.mysql.caSecret "ca.crt") }}
{{- end }}
- name: checkpoints
  {{- if .values.checkpoints.claim }}
  persistentVolumeClaim:
    claimName: {{ .values.checkpoints.claim }}
  {{- else }}
  emptyDir: {sizeLimit: 64Mi}
  {{- end }}
{{- end }}
{{- if eq .component "organization" }}
{{ include "qinglian.secretVolume" (list "sealing" $secrets.sealing "sealing.key") }}
{{- end }}
{{- if and (eq .component "gateway") .root.Values.tokens.caSecret }}
{{ include "qinglian.secretVolume" (list "provider" .root.Values.tokens.caSecret "ca.crt") }}
{{- end }}
{{- with include "qinglian.collectorSecret" . }}
{{ include "qinglian.secretVolume" (list "collector" . "ca.crt") }}
{{- end }}
{{- end }}
{{- end }}

{{- define "qinglian.budget" }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  labels:
    {{- include "qinglian.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "qinglian.selector" . | nindent 6 }}
{{- end }}

{{- define "qinglian.autoscaler" }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .name }}
  labels:
    {{- include "qinglian.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ .name }}
  minReplicas: {{ .values.autoscaling.min }}
  maxReplicas: {{ .values.autoscaling.max }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .values.autoscaling.cpu }}
  behavior:
    # A pod that leaves costs its streams a new beginning.
    scaleDown:
      stabilizationWindowSeconds: 600
{{- end }}

{{- define "qinglian.policy" }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name }}
  labels:
    {{- include "qinglian.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "qinglian.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        {{- if eq .component "edge" }}
        {{- toYaml .root.Values.edge.from | nindent 8 }}
        {{- else }}
        {{- range .facts.callers }}
        - podSelector:
            matchLabels:
              {{- include "qinglian.selector" (dict "root" $.root "component" .) | nindent 14 }}
        {{- end }}
        {{- end }}
      ports:
        - {protocol: TCP, port: {{ .facts.port }}}
    {{- with .root.Values.monitoring.from }}
    - from:
        {{- toYaml . | nindent 8 }}
      ports:
        - {protocol: TCP, port: 9100}
    {{- end }}
  egress:
    {{- include "qinglian.dnsEgress" . | nindent 4 }}
    {{- if .facts.calls }}
    - to:
        {{- range .facts.calls }}
        - podSelector:
            matchLabels:
              {{- include "qinglian.selector" (dict "root" $.root "component" .) | nindent 14 }}
        {{- end }}
      ports:
        - {protocol: TCP, port: 7200}
    {{- end }}
    {{- if .facts.schema }}
    {{- include "qinglian.mysqlEgress" . | trim | nindent 4 }}
    {{- end }}
    {{- if and (eq .component "gateway") .root.Values.tokens.issuer }}
    {{- with .root.Values.tokens.peers }}
    - to:
        {{- toYaml . | nindent 8 }}
      ports:
        - {protocol: TCP, port: {{ $.root.Values.tokens.port }}}
    {{- end }}
    {{- end }}
    {{- if and (ne .component "edge") .root.Values.traces.endpoint }}
    - to:
        {{- $peers := .root.Values.traces.peers | default nil }}
        {{- required "traces.peers says which addresses the collector has" $peers | toYaml | nindent 8 }}
      ports:
        - {protocol: TCP, port: {{ splitList ":" .root.Values.traces.endpoint | last }}}
    {{- end }}
{{- end }}
