"""The case system's own rules, used alike by the web form and by mail.

From outside: `posting.post_update` (the only way an update comes to exist), `validation`, `addresses`, `directory`,
`aliases`, `people`, `access`, `notices`.
Each works on a transaction that is already in the scope of one tenant.
"""
