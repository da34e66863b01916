"""Restores a backup: the database in one transaction, and the blobs that the store lacks."""

from dataclasses import dataclass
from pathlib import Path

from ops.backup import checking, pg_tools
from ops.backup.errors import BackupError
from ops.backup.manifest import BLOBS, Entry, Manifest
from schemas.settings import Settings
from storage import sent_log
from storage.blobs.files import Files, FilesOfFolder
from storage.blobs.store import Blobs
from storage.database import open_database
from storage.migrations import for_restore, upgrade


@dataclass(frozen=True)
class Restored:
    """What was restored: the blobs that the store lacked, of those in the backup; mails known to be sent since."""

    manifest: Manifest
    blobs: int
    sent: int


def restore(
    settings: Settings, folder: Path, *, replace: bool = False, database: bool = True, blobs: bool = True
) -> Restored:
    """Restores a backup that is whole, after the checks that nothing is in its way.

    With `replace`, a database that is not empty is replaced. A blob that the store has stays as it is there. If it
    fails, it can be repeated. Raises `BackupError` without a change if the backup is damaged, the database is not
    empty, or processes of casemail are connected to it.
    """
    manifest, problems = checking.check(folder)
    if problems:
        raise BackupError(f"{folder} is damaged, and nothing was restored: {problems[0]} ({len(problems)} in all)")
    owner_url = settings.database.owner_url or settings.database.url
    if database:
        _check_database(settings, owner_url, replace=replace)
    store = Blobs(settings.blobs.url).files
    if blobs and manifest.is_folder and not isinstance(store, FilesOfFolder):
        raise BackupError("this backup is of a blob store in a folder: it can't be restored into a bucket")
    put = _put_blobs(store, folder, manifest) if blobs else 0
    if not database:
        return Restored(manifest, put, 0)
    for_restore.empty(owner_url)
    pg_tools.restore(owner_url, folder / manifest.dump.name, manifest.dump.postgresql)
    upgrade(owner_url, settings.database.url)
    return Restored(manifest, put, _take_over_sent(settings))


def _check_database(settings: Settings, owner_url: str, *, replace: bool) -> None:
    connected = for_restore.sessions(owner_url, settings.database.url)
    if connected:
        raise BackupError(f"{connected} processes of casemail are connected to the database: stop all of them first")
    if not replace and (tables := for_restore.tables(owner_url)):
        raise BackupError(
            f"the database has {tables} tables: nothing was restored. --replace deletes all that is in it first"
        )


def _put_blobs(store: Files, folder: Path, manifest: Manifest) -> int:
    """Puts blobs that the store lacks, or has cut off; returns their number."""
    copies = FilesOfFolder(folder / BLOBS)
    there = {file.name: file.size for file in store.walk()}
    lacking: list[Entry] = [e for e in manifest.entries.values() if there.get(e.name, -1) < e.size]
    for entry in lacking:
        store.put(entry.name, copies.pieces(entry.name))
    store.sync()
    return len(lacking)


def _take_over_sent(settings: Settings) -> int:
    """Writes into the database which mails were sent since the backup, so that no process sends them again."""
    database = open_database(settings, pool_size=1)
    try:
        with database.system() as connection:
            return sent_log.take_over(connection, sent_log.read(Blobs(settings.blobs.url)))
    finally:
        database.close()
