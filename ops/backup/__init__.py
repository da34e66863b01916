"""Backup and restore: PostgreSQL by its own tools, and the blobs that a backup folder does not have yet.

A backup folder has `manifest.jsonl`, which names all else and is written last; `database-TIME.dump` (pg_dump's custom
format); and `blobs/`, the files of the blob store. `making.backup` makes it, `checking.check` verifies it,
`restoring.restore` restores it. After a restore, `casemail recover` takes in what came after the backup.
"""
