"""Deadletter: a mail that does not post is forwarded to the tenant's catch-all, held for a person, or dropped.

`schemas.reasons` is the table of what is done for which reason, `cases.outgoing.forward` writes the forward.
`stage.would_be` tells a preview where a mail would go.
"""
