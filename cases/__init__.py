"""The rules of the case system. The web form and mail share them, and each runs in a transaction of one tenant.

* `addresses` makes, reads and compares email addresses.
* `files` decides which files are accepted.
* `outgoing` writes the mails that casemail sends; `templates/` has the text and HTML of a notice.
* `people` manages users, members and access groups.
* `updates` posts updates; `updates.posting.post_update` is the only way to create one.
* `inbound` holds the decisions on incoming mail.
* `erasure` erases a person, and `sandbox` runs code on hostile bytes.
* `audit` records who did what, and `refusal` has the value that a rule returns to refuse something.
"""
