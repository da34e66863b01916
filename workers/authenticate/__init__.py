"""Authenticate: proves that a mail comes from the domain of its author. The stage runs only where the tenant wants it.

A mail is proven when a domain aligned with the author's (RFC 7489 section 3.1) vouches for it, and when it was written
to us, and lately. `auth_results` reads what a trusted mail server in front of us found (`trusted_servers` says which
that is); without such a server, `dkim_check` verifies the signatures, and `policies` reads the domain's DMARC policy.
`arc` trusts forwarders, `coverage` checks what a signature covers. When the answer can't be found out, that is never
held against the mail.

From outside: `stage.authenticate`, the stage, and `stage.give_up`.
"""
