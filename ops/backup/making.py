"""Makes a backup, or brings one up to date.

The order: first the database, then the blobs. A raw mail is stored before its row is written, and the files of an
update before the update. So every blob that a row of the dump names was in the store before the dump, and the copy that
begins after the dump has it, since deletions are held back meanwhile. In the other order, a mail that came in between
would have a row in the dump and no bytes. Blobs of mails that came in after the dump are copied, too: `casemail
recover` takes them in.

Processes need not be stopped.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path

from ops.backup import manifest, pg_tools
from ops.backup.errors import BackupError
from ops.backup.manifest import BLOBS, Dump, Entry, Manifest
from schemas.settings import Settings
from storage import deletions
from storage.blobs.files import BlobFile, Files, FilesOfFolder
from storage.blobs.store import Blobs


@dataclass(frozen=True)
class Made:
    """A backup that was made: how many blobs it has, and how many of them were copied now; `dump` bytes of database."""

    blobs: int
    copied: int
    copied_bytes: int
    dump: int


def backup(settings: Settings, folder: Path) -> Made:
    """Makes a backup in a new folder, or brings that in `folder` up to date: only blobs that it lacks are copied.

    If it is interrupted, an older backup in the folder stays valid. Blobs that the store no longer has are removed from
    the folder at the end, so that erased mails leave the backup, too. Raises `BackupError`.
    """
    before = _prepare(settings, folder)
    url = settings.database.owner_url or settings.database.url
    made_at, store = datetime.now(UTC), Blobs(settings.blobs.url).files
    dump = folder / f"database-{made_at:%Y%m%dT%H%M%S%f}.dump"
    copies = FilesOfFolder(folder / BLOBS)
    with deletions.held_back(url):
        version = pg_tools.dump(url, dump)
        there = {file.name: file.size for file in copies.walk()}
        entries: dict[str, Entry] = {}
        copied: list[Entry] = []
        for file in store.walk():
            known = before.get(file.name)
            if known is None or not _is_same(file, known, there):
                known = _copy(file, store, copies)
                if known is None:
                    continue
                copied.append(known)
            entries[file.name] = known
    with dump.open("rb") as data:
        digest = file_digest(data, "sha256").hexdigest()
        os.fsync(data.fileno())
    copies.sync()
    size = dump.stat().st_size
    is_folder = isinstance(store, FilesOfFolder)
    manifest.write(folder, Manifest(made_at, is_folder, Dump(dump.name, size, digest, version), entries))
    _remove_others(folder, dump.name, entries)
    return Made(len(entries), len(copied), sum(entry.size for entry in copied), size)


def _prepare(settings: Settings, folder: Path) -> dict[str, Entry]:
    """Makes the folder, and returns the blobs of the backup that is there."""
    place = settings.blobs.url
    if "://" not in place and folder.resolve().is_relative_to(Path(place).resolve()):
        raise BackupError(f"{folder} is in the blob store {place}: choose a folder elsewhere, best on another disk")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / BLOBS).mkdir(mode=0o700, exist_ok=True)
        if (folder / manifest.NAME).exists():
            return manifest.read(folder).entries
        others = [path.name for path in folder.iterdir() if path.name != BLOBS and path.suffix not in {".dump", ".new"}]
    except OSError as error:
        raise BackupError(f"{folder} can't be used for a backup: {error}") from error
    if others:
        raise BackupError(f"{folder} has other files, such as {others[0]}: name a new folder, or one with a backup")
    return {}


def _is_same(file: BlobFile, known: Entry, there: dict[str, int]) -> bool:
    return (file.size, file.stamp) == (known.size, known.stamp) and there.get(file.name) == known.size


def _copy(file: BlobFile, store: Files, copies: Files) -> Entry | None:
    """Copies a blob; returns None if it is gone: nothing that the dump names is deleted meanwhile."""
    digest, size = sha256(), 0

    def pieces() -> Iterator[bytes]:
        nonlocal size
        for piece in store.pieces(file.name):
            digest.update(piece)
            size += len(piece)
            yield piece

    try:
        copies.put(file.name, pieces())
    except FileNotFoundError:
        return None
    return Entry(file.name, size, file.stamp, digest.hexdigest())


def _remove_others(folder: Path, dump: str, entries: Iterable[str]) -> None:
    """Removes what belongs to an older backup."""
    wanted = set(entries)
    for path in folder.glob("database-*.dump"):
        if path.name != dump:
            path.unlink()
    for path in (folder / BLOBS).rglob("*"):
        if path.is_file() and str(path.relative_to(folder / BLOBS)) not in wanted:
            path.unlink()
