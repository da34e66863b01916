"""Storage: PostgreSQL with its tenant scope, the blob store, the ledger's SQL statements, the migrations.

Other packages use these modules:

- `resources`: opens the settings, database and blob store of a process.
- `database`: transactions in the scope of one tenant, or across tenants. `deadlines`: their time limits.
- `blobs.store`: the blob store.
- `ledger`: the statements on mails.
- `canaries`, `due_files`, `outbox`, `outbox_queue`, `outbox_rows`, `senders`, `source_rows`, `stored_files`,
  `tenants`, `webhooks`: statements on other tables, mostly for the system role.
- `deletions`: holds back deletions of blobs during a backup.
- `sent_log`, `erasure_log`: logs in the blob store, which outlive the database.
- `recovered_rows`: a recovery's statements on the rows of a tenant.
- `figures`: the figures for `/metrics` that are read from the database.
- `secret_box`: encrypts secrets.
- `migrations`: `upgrade` migrates the schema.
"""
