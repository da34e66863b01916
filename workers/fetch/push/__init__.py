"""Push: takes mail that is sent to us, and acknowledges it only after custody.

From outside: `lmtp.serve`, `webhook.create_app`, `endpoints.add` (creates a webhook), and `ingest` for files and pipes.
`group_commit` lets mails that arrive together share a transaction; `memory_budget` bounds the mail in memory.
"""
