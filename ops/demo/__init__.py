"""The demo: people of a few tenants answer their update mails, through the whole of casemail.

`run.run` runs `casemail demo`; `demo.Demo` drives the demo, also for tests. `scenario` is the table of the mails with
the expected result of each, `mails/` has them as mail programs write them, `world` has the tenants and their people.
"""
