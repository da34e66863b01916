"""Deadletter: a mail that does not post is forwarded to the tenant's catch-all, held for a person, or dropped.

What is done for which reason is the table in `schemas.reasons`; `forward` writes the mail that carries the original.
"""
