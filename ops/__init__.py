"""Runs casemail: the command, embedded servers, Kafka set-up, demo and benchmarks. No rule of the product is here.

`cli` is the `casemail` command; `embedded` Kafka and PostgreSQL on one machine; `cluster` a whole casemail on it, for
`demo`, `bench` and tests; `http` the server of console and webhooks; `prometheus` and `grafana` alerts and dashboard.
"""
