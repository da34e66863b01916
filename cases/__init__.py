"""The case system's own rules, used alike by the web form and by mail. Each works in a transaction of one tenant.

`addresses` makes, reads and compares email addresses; `files` decides which files are accepted; `outgoing` writes
mails; `people` has users, members and access groups; `updates` posts (`updates.posting.post_update` is the only way an
update is created); `inbound` has the decisions on incoming mail; `erasure` erases a person; `sandbox` runs code on
hostile bytes. `audit` records who did what, and `refusal` is how a rule says no.
"""
