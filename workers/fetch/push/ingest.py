"""Takes mails from files and pipes into custody, for `casemail ingest`: single mails, mboxes (RFC 4155), Maildirs."""

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
from storage.ledger import batches
from storage.resources import Resources
from storage.source_rows import ensure_source, tenant_of_source
from workers import mail_log
from workers.fetch.content_key import header_of
from workers.fetch.custody import CustodyService
from workers.fetch.entering import Entry, SourceMail, arrivals, enter

#: Most mails that share one custody transaction.
GROUP_SIZE = 50
#: The line before a mail in a pipe or an mbox, with the envelope sender.
_FROM_LINE = re.compile(rb"\AFrom (\S+)[^\n]*\n")
_BLOCK = 1_000_000
#: The header fields in which delivery agents write the recipient.
_FIELDS = ("Delivered-To", "X-Original-To", "Envelope-To")


@dataclass(frozen=True)
class FoundMail:
    """A mail as it was found, up to the limit of its reader. `size` is that of the whole mail in bytes; `sender` is
    from the line before it, empty for none; `reference` says where it was found."""

    raw: bytes
    size: int
    sender: str
    reference: str


@dataclass(frozen=True)
class Envelope:
    """The envelope of all mails, as the caller gives it; what is not given is read from each mail."""

    recipients: Sequence[str] = ()
    sender: str | None = None


def read_pipe(pipe: BinaryIO, limit: int) -> FoundMail:
    """Reads the mail in a pipe, and keeps one byte more than `limit` at most. Raises `OSError`."""
    raw, size = bytearray(), 0
    while block := pipe.read(_BLOCK):
        size += len(block)
        raw += block[: max(0, limit + 1 - len(raw))]
    return _without_from_line(bytes(raw), size, "pipe")


def read_path(path: Path, limit: int) -> Iterator[FoundMail]:
    """Yields the mails at a path: `new` and `cur` of a Maildir, all of an mbox, or a single file. Raises `OSError`."""
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


def take(resources: Resources, source: str, mails: Iterable[FoundMail], envelope: Envelope) -> int:
    """Takes the mails into custody as one batch of the source of this name, and returns their number.

    Raises the error that stopped it; the groups of mails before that stay in custody.
    """
    started = time.monotonic()
    with resources.database.system() as connection:
        source_id = ensure_source(connection, SourceKind.COMMAND, source)
        tenant_id = tenant_of_source(connection, source_id)
        batch_id = batches.open_batch(connection, source_id, now())
    custody, count, waiting = CustodyService(resources, tenant_id, source_id=source_id), 0, iter(mails)
    try:
        while group := list(islice(waiting, GROUP_SIZE)):
            begun = time.monotonic()
            entries = [_entry(mail, envelope, custody, resources, begun) for mail in group]
            taken = len(enter(custody, batch_id, entries))
            count += taken
            if taken < len(entries):
                raise OSError(f"{len(entries) - taken} mails could not be stored; the log says why")
    finally:
        with resources.database.system() as connection:
            duplicates = batches.close_batch(connection, batch_id)
        ms = (time.monotonic() - started) * 1000
        mail_log.batch(batch_id, source_id, SourceKind.COMMAND.value, ms, taken=count, duplicates=duplicates)
    return count


def _entry(mail: FoundMail, envelope: Envelope, custody: CustodyService, resources: Resources, begun: float) -> Entry:
    sender = envelope.sender if envelope.sender is not None else mail.sender or None
    limit = resources.settings.limits.mail
    large = mail.size > limit
    brought = SourceMail(
        header_of(mail.raw) if large else mail.raw,
        mail.reference,
        mail.size if large else 0,
        envelope.recipients,
        None if sender is None else sender.strip("<>"),
    )
    return Entry(arrivals(brought, _FIELDS, custody, limit, begun))


def _read_file(path: Path, limit: int) -> FoundMail:
    with path.open("rb") as file:
        return _without_from_line(*_head(file, limit), path.name)


def _head(file: BinaryIO, limit: int) -> tuple[bytes, int]:
    raw = file.read(limit + 1)
    size = len(raw)
    while block := file.read(_BLOCK):
        size += len(block)
    return raw, size


def _is_mbox(path: Path) -> bool:
    """Returns whether a file begins like an mbox; a single mail with such a line is read in the same way."""
    with path.open("rb") as file:
        return file.read(5) == b"From "


def _without_from_line(raw: bytes, size: int, reference: str) -> FoundMail:
    line = _FROM_LINE.match(raw)
    if line is None:
        return FoundMail(raw, size, "", reference)
    sender = line[1].decode("utf-8", "surrogateescape")
    return FoundMail(raw[line.end() :], size - line.end(), "" if sender == "MAILER-DAEMON" else sender, reference)
