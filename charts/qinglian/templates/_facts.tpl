{{/*
Who there is, who may call whom, and who has a schema: what arguments, certificates and network policies follow from.
*/}}
{{- define "qinglian.facts" -}}
edge: {calls: [gateway], callers: [], schema: false, port: 8443}
gateway: {calls: [organization, risk, supervision, review], callers: [edge], schema: false, port: 7200}
organization: {calls: [], callers: [gateway, risk, supervision, review, qlctl], schema: true, port: 7200}
risk: {calls: [organization, supervision], callers: [gateway], schema: true, port: 7200}
supervision: {calls: [organization], callers: [gateway, risk, review], schema: true, port: 7200}
review: {calls: [organization, supervision], callers: [gateway], schema: true, port: 7200}
qlctl: {calls: [organization], callers: [], schema: false}
{{- end }}

{{/* The settings of a process: those of all, and its own. (dict "root" $ "component" NAME) */}}
{{- define "qinglian.values" -}}
{{- mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy (index .root.Values.processes .component)) | toYaml }}
{{- end }}

{{/* Where a service's schema is. (dict "root" $ "component" NAME "values" PROCESS) */}}
{{- define "qinglian.mysqlHost" -}}
{{- if .root.Values.mysql.tryOut.enabled -}}
{{ include "qinglian.host" (dict "root" .root "component" "mysql") }}
{{- else -}}
{{ required "mysql.host says where MySQL is; mysql.tryOut.enabled brings one for trying out" (.values.mysql.host | default .root.Values.mysql.host) }}
{{- end }}
{{- end }}

{{/* The URL of a schema for a user whose password is mounted: (dict … "user" NAME). */}}
{{- define "qinglian.mysqlUrl" -}}
{{- $port := ternary 3306 (.values.mysql.port | default .root.Values.mysql.port) .root.Values.mysql.tryOut.enabled -}}
mysql://{{ .user }}@{{ include "qinglian.mysqlHost" . }}:{{ $port }}/{{ include "qinglian.schema" . }}?password_file=/etc/qinglian/database/password
{{- if and .root.Values.mysql.caSecret (not .root.Values.mysql.tryOut.enabled) }}&tls_ca=/etc/qinglian/database-ca/ca.crt{{ end }}
{{- end }}

{{- define "qinglian.schema" -}}{{ .values.mysql.schema | default (printf "qinglian_%s" .component) }}{{- end }}
{{- define "qinglian.user" -}}{{ .values.mysql.user | default (printf "qinglian_%s" .component) }}{{- end }}
{{- define "qinglian.migrateUser" -}}{{ .values.mysql.migrateUser | default (printf "qinglian_%s_migrate" .component) }}{{- end }}

{{/* Egress to a service's schema and to nobody else's. */}}
{{- define "qinglian.mysqlEgress" -}}
{{- if .root.Values.mysql.tryOut.enabled }}
- to:
    - podSelector:
        matchLabels:
          {{- include "qinglian.selector" (dict "root" .root "component" "mysql") | nindent 10 }}
  ports:
    - {protocol: TCP, port: 3306}
{{- else }}
- to:
    {{- required "mysql.peers says which addresses MySQL has" (.values.mysql.peers | default .root.Values.mysql.peers) | toYaml | nindent 4 }}
  ports:
    - {protocol: TCP, port: {{ .values.mysql.port | default .root.Values.mysql.port }}}
{{- end }}
{{- end }}

{{- define "qinglian.dnsEgress" -}}
- to:
    {{- toYaml .root.Values.networkPolicy.dns | nindent 4 }}
  ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{- end }}
