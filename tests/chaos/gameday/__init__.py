"""A game day: two hosts of casemail, three Kafka nodes and a Prometheus with the project's rules run while one fault
after the other happens. It shows whether mail is lost or doubled, and whether people would have been called.

`python -m tests.chaos.gameday --minutes 20` (`make gameday`) plays it and writes a report.
"""
