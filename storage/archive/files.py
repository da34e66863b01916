"""Files of the archive: `KIND/YYYY-MM/ID.jsonl.gz`, a JSON object in each line, in UTF-8, compressed with gzip.

Only their owner may read them. A file appears under its name only when all of it is on the disk.
"""

import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from schemas.errors import CasemailError
from schemas.tables import now

#: How the names of files end, and those of files that are being written.
SUFFIX, UNFINISHED = ".jsonl.gz", ".part"
_MODE = 0o600


class ArchiveError(CasemailError):
    """A file of the archive is missing or damaged, or could not be read back after it was written."""


def write(folder: Path, kind: str, archive_id: UUID, lines: Sequence[str]) -> tuple[str, str]:
    """Writes the lines durably into a new file, and reads them back. Returns its name below `folder` and its SHA-256.

    Raises `OSError` if it can't be written, `ArchiveError` if other lines are read back.
    """
    name = f"{kind}/{now():%Y-%m}/{archive_id}{SUFFIX}"
    return name, _store(folder, name, lines)


def rewrite(folder: Path, name: str, lines: Sequence[str]) -> None:
    """Replaces a file durably by one with these lines. Raises as `write` does."""
    _store(folder, name, lines)


def digest_of(lines: Sequence[str]) -> str:
    """Returns the SHA-256 in hex of a file with these lines: they always give the same bytes."""
    return sha256(_packed(lines)).hexdigest()


def read(path: Path) -> list[str]:
    """Returns the lines of a file. Raises `ArchiveError` if it is missing or damaged."""
    try:
        return gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")[:-1]
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ArchiveError(f"{path}: {error}") from error


def digest(path: Path) -> str:
    """Returns the SHA-256 of a file's bytes in hex. Raises `OSError` if it can't be read."""
    return sha256(path.read_bytes()).hexdigest()


def names(folder: Path) -> Iterator[str]:
    """Yields the names of all files below `folder`, in order; not those that were not finished."""
    for path in sorted(folder.glob(f"*/*/*{SUFFIX}")):
        yield path.relative_to(folder).as_posix()


def _store(folder: Path, name: str, lines: Sequence[str]) -> str:
    path = folder / name
    _make(path.parent, folder)
    unfinished = path.with_name(path.name + UNFINISHED)
    unfinished.unlink(missing_ok=True)
    data = _packed(lines)
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(file, "wb") as writer:
        writer.write(data)
        writer.flush()
        os.fsync(writer.fileno())
    if read(unfinished) != list(lines):
        raise ArchiveError(f"{unfinished}: other lines were read than written")
    unfinished.replace(path)
    _sync(path.parent)
    return sha256(data).hexdigest()


def _packed(lines: Sequence[str]) -> bytes:
    return gzip.compress("".join(f"{line}\n" for line in lines).encode("utf-8"), mtime=0)


def _make(place: Path, folder: Path) -> None:
    """Makes the folders down to `place` durably; `folder` itself must exist."""
    if place != folder and not place.exists():
        _make(place.parent, folder)
        place.mkdir(mode=0o700, exist_ok=True)
        _sync(place.parent)


def _sync(place: Path) -> None:
    opened = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
