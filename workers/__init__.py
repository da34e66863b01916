"""The cluster: the stages of the pipeline, a package each, and what runs them.

`pipeline` is the table of stages, `runner` runs them as actors, `dispatcher` gives them work, `broker/` is Dramatiq on
Kafka. `errors` has the tree of exceptions. `rehearsal` and `explain` show what would become of a mail; `canaries`,
`exporter`, `readings` and `metrics` show how the cluster is doing. No module here holds SQL.
"""
