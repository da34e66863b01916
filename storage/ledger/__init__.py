"""SQL statements on the ledger of mails, and on the fetches that fill it. Other rooms use these modules:

- `entries`: custody, a row for each new mail.
- `admission`: from waiting into the topics, and back.
- `endings`: end states of mails, and the end of batches.
- `decided`: mails that ended and go on, by a person's decision.
- `copies`: the other deliveries and recipients of the same mail.
- `batches`: the mails that one fetch brought in; opened and closed.
- `leases`: which fetch may take mails from a source, and how it went; `idle_claims`: who listens to it.
- `source_progress`: what is remembered of a source between fetches.
- `retention`: deletes originals whose time is over, or that were erased.
- `conservation`: counts, for each tenant, where all mails are.
- `originals`: the row of a mail whose original is still kept.
- `batches`, `leases`, `source_progress`, `idle_claims`: the fetches of sources.

`schemas/tables/mails.py` draws the states of a mail, and says who moves it.
"""
