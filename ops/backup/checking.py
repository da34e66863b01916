"""Verifies a backup without restoring it."""

from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

from ops.backup import manifest, pg_tools
from ops.backup.manifest import BLOBS, Manifest


def check(folder: Path) -> tuple[Manifest, list[str]]:
    """Reads a whole backup. Returns its manifest and what is wrong, a line each. Raises `BackupError` if it is none."""
    found = manifest.read(folder)
    problems = list(_of_dump(folder, found))
    for entry in found.entries.values():
        problems += _of_file(folder / BLOBS / entry.name, entry.size, entry.sha256)
    return found, problems


def _of_dump(folder: Path, found: Manifest) -> Iterator[str]:
    file = folder / found.dump.name
    wrong = list(_of_file(file, found.dump.size, found.dump.sha256))
    yield from wrong
    if not wrong and (said := pg_tools.verify(file, found.dump.postgresql)):
        yield f"{file.name} can't be read: {said}"


def _of_file(path: Path, size: int, sha256: str) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            if path.stat().st_size != size:
                yield f"{path} has {path.stat().st_size} bytes, not {size}"
            elif file_digest(file, "sha256").hexdigest() != sha256:
                yield f"{path} has changed since it was copied"
    except OSError as error:
        yield f"{path} can't be read: {error.strerror}"
