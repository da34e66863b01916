{{/* The labels of everything, and with `role` those that select the pods of a role. */}}
{{- define "casemail.labels" -}}
app.kubernetes.io/name: casemail
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .role }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- define "casemail.meta" -}}
{{ include "casemail.labels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{/* What a pod of any role, and of the job that migrates, has in common: `root`, `role`. */}}
{{- define "casemail.pod" -}}
automountServiceAccountToken: false
# or Kubernetes gives each service's address as CASEMAIL_..._PORT, which casemail takes for a setting
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: 1Gi}
  {{- with .root.Values.blobClaim }}
  - name: blobs
    persistentVolumeClaim: {claimName: {{ . }}}
  {{- end }}
{{- end }}

{{- define "casemail.container" -}}
image: {{ .root.Values.image.name }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
envFrom:
  - secretRef: {name: {{ .root.Values.secrets.all }}}
env:
  - {name: CASEMAIL_METRICS_HOST, value: 0.0.0.0}
  {{- range $role, $of := .root.Values.roles }}
  - name: {{ if eq $role "dispatch" }}CASEMAIL_METRICS_PORT{{ else }}CASEMAIL_METRICS_{{ upper $role }}_PORT{{ end }}
    value: {{ $of.metricsPort | quote }}
  {{- if $of.port }}
  - {name: CASEMAIL_{{ upper $role }}_HOST, value: 0.0.0.0}
  - {name: CASEMAIL_{{ upper $role }}_PORT, value: {{ $of.port | quote }}}
  {{- end }}
  {{- end }}
  {{- range $name, $value := .root.Values.settings }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  {{- if .owner }}
  - name: CASEMAIL_OWNER_DATABASE_URL
    valueFrom: {secretKeyRef: {name: {{ .root.Values.secrets.owner }}, key: CASEMAIL_OWNER_DATABASE_URL}}
  {{- end }}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  {{- if .root.Values.blobClaim }}
  - {name: blobs, mountPath: /var/lib/casemail}
  {{- end }}
{{- end }}
