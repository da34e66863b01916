"""Case updates: posting, recipients, validation, and later changes.

* `posting.post_update` is the only way to create an update, from the form and from mail; `posting_rules` has its rules.
* `validation` approves, returns or rejects an update that waits.
* `left_out_files` adds files that were left out, and `restore_text` puts back text that was cut from a mail.
* `posted_signatures` lets a DKIM signature post only once on a case.
"""
