"""Runs casemail: the command, embedded servers, Kafka set-up, demo and benchmarks. No rule of the product is here.

`cli` is the `casemail` command. `embedded` runs Kafka and PostgreSQL on one machine, `cluster` a whole casemail there,
for `demo`, `bench` and tests. `http` serves the console and the webhooks. `prometheus` has the alerts, `grafana` the
dashboards. `checks` is what a process needs before it begins, `doctor` checks the whole installation. `deploy` runs
casemail on servers, `dist` makes releases.
"""
