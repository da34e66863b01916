"""The deadletter stage: mail that does not post is forwarded to the tenant's catch-all, held for a person or dropped.

`schemas.reasons` is the table of reasons with their dispositions; `cases.outgoing.forward` writes the forward. A
preview uses `stage.would_be`, the end state that a mail would get.
"""
