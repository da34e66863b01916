"""Email addresses: those of cases and updates, which carry a signed token, and how all addresses are compared.

Other rooms use `tokens` (make and read an address), `case_address` (of a case), `mail_domain` (of a tenant), `compare`
(`email_key`) and `typos` (suggestions for a mistyped address).
"""
