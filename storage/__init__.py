"""Where things lie: the database with its tenant scope, the blob store, the ledger's statements, the migrations.

From outside: `Database`, `Blobs`, `ledger`, and `migrations.upgrade`.
"""
