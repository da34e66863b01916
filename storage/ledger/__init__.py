"""SQL statements on the ledger of mails, and on the fetches that fill it. Other packages use these modules:

- `entries`: custody, a row for each new mail.
- `admission`: moves waiting mails into the topics, and back.
- `endings`: gives mails their end states.
- `decided`: mails that have ended, and on which a person decides.
- `copies`: finds the other deliveries and recipients of the same mail.
- `retention`: deletes originals whose time is over, or that were erased.
- `conservation`: says, for each tenant, where all mails are, from counts; `mail_counts` keeps these.
- `recovery`: compares the ledger with the blob store after a restore, and writes rows again.
- `originals`: the row of a mail whose original is still kept.

The fetches of sources:

- `batches`: the mails that one fetch brought in; opened, closed, and finished.
- `leases`: which fetch may take mails from a source, and how it went.
- `idle_claims`: which courier listens to a mailbox for new mail.
- `source_progress`: what is remembered of a source between fetches.

`schemas/tables/mails.py` has a diagram of the states of a mail, with the process that makes each change.
"""
