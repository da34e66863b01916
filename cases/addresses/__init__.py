"""Makes and reads the signed email addresses of cases and updates, and compares email addresses of all kinds.

Other packages use `tokens` (make and read an address), `case_address` (the address of a case), `mail_domain` (the
domain of a tenant), `compare` (`email_key`) and `typos` (suggestions for a mistyped address).
"""
