"""What Prometheus and its Alertmanager need to watch casemail.

`alerts.yml` are the alerts, `slo.yml` the objectives of service, made by `slo`; `alertmanager.yml` groups and inhibits.
`casemail alerts` prints them.
"""
