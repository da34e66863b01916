"""Authenticate: does a mail come from the domain of its author? Asked only where the tenant wants it.

A mail is proven when a domain that is aligned with the author's (RFC 7489 section 3.1) vouches for it, and when it was
written to us, and lately. `edge` reads what a trusted mail server in front of us found; without one, `signatures`
checks DKIM itself. A failure to find out is never taken for a failure of the mail.
"""
