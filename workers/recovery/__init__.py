"""Recovery after a restore: makes the ledger and the blob store agree again. `recover.recover` is `casemail recover`.

- `store` reads which raw mails the blob store has, with their envelopes.
- `comparison` compares them with the ledger, batch by batch.
- `taking` takes in what the ledger does not know; `missing` handles mails whose original is gone.
- `erasures` repeats erasures that came after the backup.
- `report` has what was done, for people.

Each step can be interrupted at any point and repeated.
"""
