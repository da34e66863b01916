"""The demo: a small world of tenants whose people answer their update mails, through the whole of casemail.

`run.run` is `casemail demo`; `demo.Demo` is the same for tests. `scenario` is the table of the mails with what should
become of each, `mails/` how mail programs write them.
"""
