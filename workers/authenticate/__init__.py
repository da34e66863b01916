"""Authenticate: checks whether a mail comes from the domain of its author. The tenant can switch this stage off.

A mail is proven when a domain aligned with the author's (RFC 7489 section 3.1) vouches for it, and when the mail is
recent and addressed to us. `trusted_servers` finds the mail server whose report is trusted, and `auth_results` reads
that report. Without a report, `dkim_check` verifies the signatures, and `policies` reads the domain's DMARC policy.
`arc` trusts forwarders, `coverage` checks what a signature covers. A DNS look-up that fails is never evidence against
the mail: it is tried again, or the verdict is UNKNOWN.

From outside: `stage.authenticate`, the stage, and `stage.give_up`.
"""
