"""Writes the mails that casemail sends: their texts, their bytes, and the signed links in them. Does not send them.

* `letters` writes text mails to one person, and puts most of them into the outbox; `account_letters`, `source_alerts`,
  `catch_all_letter`, `password_link` and `alias_link` use it.
* `notices` writes the mails about an update, and `forward` those to the catch-all.
* `templates` holds the tenant's own texts.
* `mime` writes the bytes, `fingerprint` marks a mail as ours, `signed_links` signs links, and `quoted_links` removes
  them from answers.
"""
