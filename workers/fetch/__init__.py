"""Fetch: brings mail into custody. A source is told that we have a mail only after its bytes and row are durable.

- `custody` is the one way into the ledger; `entering` takes any mail through it, however broken the mail is;
  `recipients`, `content_key` and `disk_space` serve it.
- `mailbox/` reads IMAP, POP3 and Maildir sources: `open.open_source`; `connection_test.check` for the console.
- `pull/` fetches such sources when they are due, or when their server announces new mail: `pool.begin` is the stage.
- `push/` takes mail that is sent to us: `lmtp.serve`, `webhook.create_app`, and `ingest.take` for files and pipes.
"""
