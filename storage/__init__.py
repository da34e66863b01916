"""Storage: the database with its tenant scope, the blob store, the ledger's statements, the migrations.

Other rooms use these modules:

- `resources`: opens what a process uses: settings, database, blob store.
- `database`: transactions in the scope of one tenant, or across tenants. `deadlines`: their time limits.
- `blobs.store`: the blob store.
- `ledger`: the statements on mails.
- `canaries`, `late_files`, `outbox`, `outbox_queue`, `outbox_rows`, `senders`, `source_rows`, `stored_files`,
  `tenants`, `webhooks`: statements on other tables, mostly of the system role.
- `figures`: what metrics read from the database.
- `secret_box`: encrypts secrets.
- `migrations`: `upgrade` migrates the schema.
"""
