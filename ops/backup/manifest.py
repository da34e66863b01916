"""The manifest of a backup: what belongs to it, with sizes and hashes. It is written last, in one step."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from ops.backup.errors import BackupError

NAME = "manifest.jsonl"
#: The folder of the blobs in a backup folder.
BLOBS = "blobs"

_FORMAT = 1


@dataclass(frozen=True)
class Dump:
    """The dump of the database: its file, and the major version of PostgreSQL."""

    name: str
    size: int
    sha256: str
    postgresql: int


@dataclass(frozen=True)
class Entry:
    """A file of the blob store, with the stamp that it had there (`storage.blobs.files.BlobFile`)."""

    name: str
    size: int
    stamp: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """A whole backup."""

    made_at: datetime
    is_folder: bool  # the blob store was a folder
    dump: Dump
    entries: dict[str, Entry]

    @property
    def size(self) -> int:
        """The bytes of all blobs."""
        return sum(entry.size for entry in self.entries.values())


def read(folder: Path) -> Manifest:
    """Returns the manifest of a backup folder. Raises `BackupError` if there is none, or it is damaged."""
    try:
        with (folder / NAME).open(encoding="utf-8") as file:
            head = json.loads(next(file))
            if head["format"] > _FORMAT:
                raise BackupError(f"{folder} was made by a later version of casemail: restore it with that version")
            entries = {entry.name: entry for entry in _entries(file)}
            if len(entries) != head["blobs"]:
                raise BackupError(f"{folder / NAME} is cut off: it names {len(entries)} blobs, not {head['blobs']}")
            return Manifest(
                datetime.fromisoformat(head["made_at"]), bool(head["is_folder"]), Dump(**head["dump"]), entries
            )
    except FileNotFoundError:
        raise BackupError(f"{folder} is no backup: it has no {NAME}") from None
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise BackupError(f"{folder / NAME} is damaged: {error}") from error


def write(folder: Path, manifest: Manifest) -> None:
    """Writes the manifest, in place of an older one; from then on the backup is that of the new one."""
    head = {
        "format": _FORMAT,
        "made_at": manifest.made_at.isoformat(),
        "is_folder": manifest.is_folder,
        "dump": asdict(manifest.dump),
        "blobs": len(manifest.entries),
    }
    draft = folder / f"{NAME}.new"
    with draft.open("w", encoding="utf-8") as file:
        file.writelines(_lines([head, *map(vars, manifest.entries.values())]))
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / NAME)
    os.sync()


def _entries(lines: Iterable[str]) -> Iterator[Entry]:
    for line in lines:
        yield Entry(**json.loads(line))


def _lines(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        yield json.dumps(value) + "\n"
