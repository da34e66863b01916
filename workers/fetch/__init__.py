"""Fetch: takes mail into custody.

A mail is acknowledged to its source only after its bytes and its ledger row are durable.

- `custody` stores the bytes and writes the ledger rows of every mail; `entering` calls it in a way that works for the
  most broken mail; `recipients`, `content_key` and `disk_space` are its helpers.
- `mailbox/` reads IMAP, POP3 and Maildir sources: `open.open_source`; `connection_check.check` for the console.
- `pull/` fetches such sources when they are due, or when their server announces new mail: `pool.begin` is the stage.
- `push/` takes mail that is sent to us: `lmtp.serve`, `webhook.create_app`, and `ingest.take` for files and pipes.
"""
