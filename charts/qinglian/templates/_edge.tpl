{{/* deploy/edge/haproxy.cfg, filled in for pods: the gateways are found by DNS and met with the mark of the hop. */}}
{{- define "qinglian.edgeConfiguration" -}}
{{- $host := include "qinglian.host" (dict "root" .root "component" "gateway") -}}
{{- $gateway := include "qinglian.values" (dict "root" .root "component" "gateway") | fromYaml -}}
{{- $most := max $gateway.replicas (ternary $gateway.autoscaling.max 0 $gateway.autoscaling.enabled) -}}
# After SIGUSR1 the edge goes on accepting until nobody is sent to it any more.
global
  grace 5s
  ssl-load-extra-del-ext

{{ .root.Files.Get "files/haproxy.cfg" | replace "@RUN@" "/run/qinglian" | replace "@MAXCONN@" (.root.Values.edge.limits.connections | toString)
  | replace "@LISTEN@" ":8443" | replace "@METRICS_PORT@" "9100" | replace "@CERTIFICATES@/server.pem" "/etc/qinglian/server/tls.crt"
  | replace "@CERTIFICATES@" "/etc/qinglian/clients" | replace "@GATEWAYS@" (include "qinglian.edgeGateways" (dict "host" $host "most" (add $most 1))) }}

global
  hard-stop-after {{ sub .values.terminationGracePeriodSeconds 10 }}s
{{ end }}

{{/* As many places as there can be gateways, one more while they are replaced. */}}
{{- define "qinglian.edgeGateways" -}}
{{- "  " }}server-template gateway 1-{{ .most }} {{ .host }}:7200 resolvers cluster init-addr none ssl alpn h2 check-alpn h2 verify required verifyhost gateway ca-file /etc/qinglian/hop/ca.crt crt /etc/qinglian/hop/tls.crt

resolvers cluster
  parse-resolv-conf
  accepted_payload_size 8192
  hold valid 2s
  hold nx 2s
  hold obsolete 2s
{{- end }}

{{- define "qinglian.edgeArguments" -}}
- -W
- -db
- -f
- /etc/qinglian/edge/haproxy.cfg
{{- end }}

{{- define "qinglian.edgeEnvironment" -}}
- {name: QINGLIAN_EDGE_METRICS_HOST, value: 0.0.0.0}
- {name: QINGLIAN_EDGE_CONNECTIONS_PER_SOURCE, value: {{ .root.Values.edge.limits.connectionsPerSource | quote }}}
- {name: QINGLIAN_EDGE_NEW_CONNECTIONS_PER_SOURCE, value: {{ .root.Values.edge.limits.newConnectionsPerSource | quote }}}
{{- end }}

{{/* HAProxy tells no health by gRPC itself; what it passes on is the gateway's. */}}
{{- define "qinglian.edgeProbes" -}}
startupProbe:
  httpGet: {port: metrics, path: /live}
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: {port: metrics, path: /live}
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
readinessProbe:
  httpGet: {port: metrics, path: /ready}
  periodSeconds: 3
  timeoutSeconds: 2
  failureThreshold: 2
{{- end }}
