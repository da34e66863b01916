"""Fetch: custody of mail. A source is told "got it" only after the raw bytes and the ledger row are durable.

`custody` is the one way into the ledger. Of sources that are fetched, `stage` has the loop, `sources` what each make
must be able to do; `imap`, `pop3` and `maildir` are the makes. `wire` keeps their servers within limits, `watch` notes
how it goes, `fetchers` runs them in a courier, `idle` listens for new mail. `batches` has schedule and leases. `lmtp`
and `webhook` are pushed to. `recipients` finds whom a fetched mail is for.
"""
