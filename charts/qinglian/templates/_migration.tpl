{{/*
The migration of one service, before its new pods start: (dict "root" $ "component" NAME). What the hook needs are hooks
too, a step earlier; they stay until the next one. Where MySQL itself comes with the release there is nothing to migrate
before that: the first time the Job is one of the release, and services start again until it is done.
*/}}
{{- define "qinglian.migration" -}}
{{- $values := include "qinglian.values" . | fromYaml }}
{{- $component := printf "%s-migrate" .component }}
{{- $name := printf "%s-%s" (include "qinglian.fullname" .root) $component }}
{{- $hook := not (and .root.Values.mysql.tryOut.enabled .root.Release.IsInstall) }}
{{- $scope := dict "root" .root "component" .component "values" $values "name" $name "hook" $hook "label" $component }}
{{- include "qinglian.migrationAccess" $scope }}
---
{{- include "qinglian.migrationJob" $scope }}
{{- end }}

{{/* (dict … "hook" BOOL "weight" N) */}}
{{- define "qinglian.hookAnnotations" }}
{{- if .hook }}
  annotations:
    helm.sh/hook: {{ ternary "pre-upgrade" "pre-install,pre-upgrade" .root.Values.mysql.tryOut.enabled }}
    helm.sh/hook-weight: {{ .weight | quote }}
    helm.sh/hook-delete-policy: before-hook-creation
{{- end }}
{{- end }}

{{- define "qinglian.migrationAccess" }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  labels:
    {{- include "qinglian.labels" (dict "root" .root "component" .label) | nindent 4 }}
  {{- include "qinglian.hookAnnotations" (merge (dict "weight" -10) .) }}
automountServiceAccountToken: false
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name }}
  labels:
    {{- include "qinglian.labels" (dict "root" .root "component" .label) | nindent 4 }}
  {{- include "qinglian.hookAnnotations" (merge (dict "weight" -10) .) }}
spec:
  podSelector:
    matchLabels:
      {{- include "qinglian.selector" (dict "root" .root "component" .label) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  egress:
    {{- include "qinglian.dnsEgress" . | nindent 4 }}
    {{- include "qinglian.mysqlEgress" . | trim | nindent 4 }}
{{- end }}

{{- define "qinglian.migrationJob" }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .name }}
  labels:
    {{- include "qinglian.labels" (dict "root" .root "component" .label) | nindent 4 }}
  {{- include "qinglian.hookAnnotations" (merge (dict "weight" -5) .) }}
spec:
  backoffLimit: {{ .root.Values.migrations.tries }}
  activeDeadlineSeconds: {{ .root.Values.migrations.deadlineSeconds }}
  template:
    metadata:
      labels:
        {{- include "qinglian.labels" (dict "root" .root "component" .label) | nindent 8 }}
    spec:
      {{- include "qinglian.pod" (dict "root" .root "user" 65532 "account" .name) | nindent 6 }}
      restartPolicy: Never
      containers:
        - name: migrate
          image: {{ include "qinglian.image" . }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args:
            - migrate
            - --mysql={{ include "qinglian.mysqlUrl" (merge (dict "user" (include "qinglian.migrateUser" .)) .) }}
            - --runtime_user={{ include "qinglian.user" . }}
          resources:
            {{- toYaml .root.Values.migrations.resources | nindent 12 }}
          securityContext:
            {{- include "qinglian.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - {name: database, mountPath: /etc/qinglian/database, readOnly: true}
            {{- if and .root.Values.mysql.caSecret (not .root.Values.mysql.tryOut.enabled) }}
            - {name: database-ca, mountPath: /etc/qinglian/database-ca, readOnly: true}
            {{- end }}
      volumes:
        {{- include "qinglian.secretVolume" (list "database" (printf "%s%s-migrate" .root.Values.secrets.servicePrefix .component) "password") | nindent 8 }}
        {{- if and .root.Values.mysql.caSecret (not .root.Values.mysql.tryOut.enabled) }}
        {{- include "qinglian.secretVolume" (list "database-ca" .root.Values.mysql.caSecret "ca.crt") | nindent 8 }}
        {{- end }}
{{- end }}
