"""Running it: the `casemail` command, embedded servers, Kafka set-up, demo and benchmark. No rule of the product.

`cli` is the command, `services` its long-running processes, `cluster` a whole casemail on one machine.
"""
