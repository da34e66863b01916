"""Finds mails in the files of the archive, and takes the rows that name a person out of them."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson

from schemas.errors import CasemailError
from storage.archive import catalogue, files
from storage.archive.rows import Kind
from storage.database import Database

_TIMES = ("received_at", "emitted_at", "ended_at")
_WORDS = ("recipient", "sender", "author", "subject", "source_ref")


class NotArchiveError(CasemailError):
    """A folder has no file of the archive."""


def mails(folder: Path, words: str) -> Iterator[SimpleNamespace]:
    """Yields the mails in the archive with this id, of this batch, or with these words in an address, the subject or
    the source's reference, as they were: an attribute for each column of `schemas.tables.Mail`.

    Reads every file of mails. Raises `NotArchiveError` if there is no file, `ArchiveError` for a damaged file.
    """
    wanted, seen = words.lower(), set()
    names = [name for name in files.names(folder) if name.startswith(f"{Kind.MAILS}/")]
    if not names:
        raise NotArchiveError(f"{folder} has no archived mails")
    for name in reversed(names):  # of a mail that is in two files, the later one has what is true
        for line in files.read(folder / name):
            row: dict[str, Any] = orjson.loads(line)
            texts = "\n".join(row[column] for column in _WORDS).lower()
            if (wanted in texts or wanted in (row["id"], row["batch_id"])) and row["id"] not in seen:
                seen.add(row["id"])
                yield _mail(row)


def _mail(row: dict[str, Any]) -> SimpleNamespace:
    times = {name: datetime.fromisoformat(row[name]) if row[name] else None for name in _TIMES}
    return SimpleNamespace(**row | times | {"id": UUID(row["id"]), "tenant_id": UUID(row["tenant_id"])})


def erase(database: Database, folder: Path, tenant_id: UUID, pattern: str) -> int:
    """Takes all rows of a tenant that have text of this pattern (`re`, any case) out of the archive. Returns how many.

    May be broken off at any time, and run again.
    """
    names_person = re.compile(pattern, re.IGNORECASE).search
    erased = 0
    for name in files.names(folder):
        lines = files.read(folder / name)
        kept = [line for line in lines if not _is_about(line, str(tenant_id), names_person)]
        if len(kept) < len(lines):
            # the catalogue first: killed in between, the next run finds the rows again, and makes the file that it has
            with database.system() as connection:
                catalogue.change(connection, name, len(kept), files.digest_of(kept))
            files.rewrite(folder, name, kept)
            erased += len(lines) - len(kept)
    return erased


def _is_about(line: str, tenant_id: str, names_person: Callable[[str], object]) -> bool:
    row: dict[str, Any] = orjson.loads(line)
    # fetches are of sources that tenants may share
    return row.get("tenant_id", tenant_id) == tenant_id and any(map(names_person, _texts(row)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
