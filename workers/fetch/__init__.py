"""Fetch: custody of mail. A source is told "got it" only after the raw bytes and the ledger row are durable.

`custody` is the one way into the ledger; `maildir` fetches, `lmtp` is pushed to; `schedule` orders fetches;
`recipients` finds whom a fetched mail is for.
"""
