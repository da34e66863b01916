"""Mails from files and pipes into custody, as `casemail ingest` is given them: one, an mbox (RFC 4155), a Maildir."""

import mailbox
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from schemas.tables import SourceKind, now
from storage.resources import Resources
from workers.fetch import batches
from workers.fetch.content_key import header_of
from workers.fetch.custody import CustodyService
from workers.fetch.entering import Brought, Entry, arrivals, enter

#: Mails that share one custody transaction.
GROUP_SIZE = 50
#: The line before a mail in a pipe or an mbox, with the envelope sender.
_FROM_LINE = re.compile(rb"\AFrom (\S+)[^\n]*\n")
_BLOCK = 1_000_000
#: The header fields that delivery agents write the recipient in.
_FIELDS = ("Delivered-To", "X-Original-To", "Envelope-To")


@dataclass(frozen=True)
class Found:
    """A mail as it was found. `raw` is no more than the limit of its reader let in; `size` that of the whole mail in
    bytes; `sender` what the line before it says, empty for none; `reference` where it was found."""

    raw: bytes
    size: int
    sender: str
    reference: str


@dataclass(frozen=True)
class Envelope:
    """What the caller says of all mails; what it does not say is read from each."""

    recipients: Sequence[str] = ()
    sender: str | None = None


def read_pipe(pipe: BinaryIO, limit: int) -> Found:
    """The mail in a pipe; of more than `limit` bytes only so many are kept. Raises `OSError`."""
    raw, size = bytearray(), 0
    while block := pipe.read(_BLOCK):
        size += len(block)
        raw += block[: max(0, limit + 1 - len(raw))]
    return _without_from_line(bytes(raw), size, "pipe")


def read_path(path: Path, limit: int) -> Iterator[Found]:
    """The mails at a path: of a Maildir those in `new` and `cur`, of an mbox all, else the file. Raises `OSError`."""
    if path.is_dir():
        if not (path / "cur").is_dir():
            raise NotADirectoryError(f"{path} is a folder, but no Maildir: it has no folder cur")
        for file in sorted(file for name in ("new", "cur") for file in (path / name).iterdir()):
            if not file.name.startswith("."):
                yield _read_file(file, limit)
    elif _is_mbox(path):
        with closing(mailbox.mbox(path, create=False)) as box:
            for key in box.iterkeys():
                with box.get_file(key, from_=True) as content:
                    yield _without_from_line(*_head(cast("BinaryIO", content), limit), f"{path.name}:{key}")
    else:
        yield _read_file(path, limit)


def take(resources: Resources, source: str, mails: Iterable[Found], envelope: Envelope) -> int:
    """Takes the mails into custody as one batch of the source of this name, and returns how many there were.

    Those before one that fails stay in custody; raises what stopped it.
    """
    with resources.database.system() as connection:
        source_id = batches.ensure_source(connection, SourceKind.COMMAND, source)
        tenant_id = batches.tenant_of_source(connection, source_id)
        batch_id = batches.open_batch(connection, source_id, now())
    custodian, count, waiting = CustodyService(resources, tenant_id), 0, iter(mails)
    try:
        while group := list(islice(waiting, GROUP_SIZE)):
            begun = time.monotonic()
            entries = [_entry(mail, envelope, custodian, resources, begun) for mail in group]
            taken = len(enter(custodian, batch_id, entries))
            count += taken
            if taken < len(entries):
                raise OSError(f"{len(entries) - taken} mails could not be stored; the log says why")
    finally:
        with resources.database.system() as connection:
            batches.close_batch(connection, batch_id)
    return count


def _entry(mail: Found, envelope: Envelope, custodian: CustodyService, resources: Resources, begun: float) -> Entry:
    sender = envelope.sender if envelope.sender is not None else mail.sender or None
    limit = resources.settings.limits.mail
    large = mail.size > limit
    brought = Brought(
        header_of(mail.raw) if large else mail.raw,
        mail.reference,
        mail.size if large else 0,
        envelope.recipients,
        None if sender is None else sender.strip("<>"),
    )
    return Entry(arrivals(brought, _FIELDS, custodian, limit, begun))


def _read_file(path: Path, limit: int) -> Found:
    with path.open("rb") as file:
        return _without_from_line(*_head(file, limit), path.name)


def _head(file: BinaryIO, limit: int) -> tuple[bytes, int]:
    raw = file.read(limit + 1)
    size = len(raw)
    while block := file.read(_BLOCK):
        size += len(block)
    return raw, size


def _is_mbox(path: Path) -> bool:
    """Whether a file may have several mails; of one mail with such a line before it, it makes no difference."""
    with path.open("rb") as file:
        return file.read(5) == b"From "


def _without_from_line(raw: bytes, size: int, reference: str) -> Found:
    line = _FROM_LINE.match(raw)
    if line is None:
        return Found(raw, size, "", reference)
    sender = line[1].decode("utf-8", "surrogateescape")
    return Found(raw[line.end() :], size - line.end(), "" if sender == "MAILER-DAEMON" else sender, reference)
