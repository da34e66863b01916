"""The mails that casemail sends: what they say, their bytes, and the signed links in them. Sending is elsewhere.

`letters` is the way to send a text mail to one person; `account_letters`, `source_alerts`, `catch_all_test`,
`password_link` and `alias_link` use it. `notices` and `forward` are the mails of an update and to the catch-all;
`templates` holds the tenant's own texts. `mime` writes the bytes, `fingerprint` marks a mail as ours, `signed_links`
signs links, and `quoted_links` takes them out of answers.
"""
