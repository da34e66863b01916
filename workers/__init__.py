"""The cluster: the stages of the pipeline, each in its own package, and the code that runs them.

`pipeline` is the table of stages, `runner` runs them as actors, `dispatcher` gives them work, `broker/` is Dramatiq on
Kafka. `errors` lists the exceptions. `rehearsal` and `explain` show how a mail would end, and why; `canaries`,
`exporter`, `readings`, `mail_count_check` and `metrics` monitor the cluster. No module here holds SQL.
"""
