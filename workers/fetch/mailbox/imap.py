"""An IMAP folder as a source (RFC 3501, 6851 MOVE, 4315 UIDPLUS).

The UIDs of a folder are valid for one UIDVALIDITY (RFC 3501 section 2.3.1.1). The refs of its mails contain both, so
after a change all mails are read again, and custody recognizes old mails by their content. Mails are read with PEEK,
which does not mark them as seen. Folder names come from the settings alone, never from a mail.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from imap_tools.utils import encode_folder

from schemas.mailboxes import After
from workers.fetch.mailbox.credentials import Credentials
from workers.fetch.mailbox.imap_client import ERRORS, connect
from workers.fetch.mailbox.session import as_source_error
from workers.fetch.mailbox.source import Fetched, Listed, OpenSource
from workers.fetch.mailbox.transport import ORDINARY_BYTES, Meter, SourceError, reason

#: Most mails listed by one command, and most bytes of their lines.
PAGE, PAGE_BYTES = 2_000, 1_000_000
_DIGITS = re.compile(rb"\d{1,18}")
#: Largest number of mails that a folder may state: PostgreSQL's integer.
_MOST_MAILS = 2**31 - 1
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{20,40})"')


class Imap(OpenSource):
    """The folder of a source's options, in an open session."""

    def __init__(self, credentials: Credentials, meter: Meter) -> None:
        self._credentials = credentials
        self._options = credentials.options
        self.meter: Meter = meter
        self._box = connect(credentials, meter)
        self._open = ""  # the selected folder
        self._exists = self._validity = 0
        self._validities: dict[str, int] = {}
        self._existing: set[str] = set()  # folders known to exist
        self._select(self._options.folder)
        self._mark = {"uidvalidity": self._validity, "uidnext": self._figure("UIDNEXT"), "exists": self._exists}

    @property
    def stays(self) -> bool:
        after, can = self._options.after, self._box.client.capabilities
        return after in (After.FLAG, After.LEAVE) or (
            "UIDPLUS" not in can and (after is After.DELETE or "MOVE" not in can)
        )

    def count(self) -> int:
        return self._mark["exists"]

    def mark(self) -> dict[str, int]:
        return self._mark

    def was_before(self, mail: Listed, mark: dict[str, int]) -> bool:
        folder, validity, uid = _parts(mail)
        known = folder == self._options.folder and mark.get("uidvalidity") == validity and mark.get("uidnext")
        return uid < mark["uidnext"] if known else True

    def listed(self, *, again: bool = False) -> Iterator[Listed]:
        for folder in self._folders(again=again):
            self._select(folder)
            count = 0
            for mail in self._pages():
                count += 1
                yield mail
            self.unlisted += max(0, self._exists - count)

    def _folders(self, *, again: bool) -> list[str]:
        options = self._options
        if not again or options.after is not After.MOVE:
            return [options.folder]
        with self._checked():
            self._allow(ORDINARY_BYTES)
            there = self._box.folder.exists(options.move_to)
        return [options.folder, options.move_to] if there else [options.folder]

    def _pages(self) -> Iterator[Listed]:
        """Yields the mails page by page, by message numbers: these are in the order of the UIDs (RFC 3501 section
        2.3.1.2), and do not change while we only list (section 7.4.1)."""
        seen: set[int] = set()
        for first in range(1, self._exists + 1, PAGE):
            last = min(first + PAGE - 1, self._exists)
            with self._checked():
                self._allow(PAGE_BYTES)
                lines = self._command("fetch", f"{first}:{last}", "(UID RFC822.SIZE INTERNALDATE)")
            for line in lines:
                if not isinstance(line, bytes) or (found := _UID.search(line)) is None:
                    continue
                uid = int(found[1])
                if uid not in seen:
                    seen.add(uid)
                    size = _SIZE.search(line)
                    ref = f"{self._open}:{self._validity}:{uid}"
                    yield Listed(ref, int(size[1]) if size else None, _date(line))

    def read(self, mails: Sequence[Listed], limit: int) -> dict[str, Fetched]:
        found: dict[str, Fetched] = {}
        for folder in dict.fromkeys(_parts(mail)[0] for mail in mails):
            self._select(folder)
            here = [mail for mail in mails if _parts(mail)[0] == folder]
            large = [mail for mail in here if mail.size is not None and mail.size > limit]
            whole = [mail for mail in here if mail not in large]
            found |= self._read(whole, "BODY.PEEK[]", limit)
            found |= {
                mail.ref: replace(got, whole_size=mail.size or 0)
                for mail in large
                for got in self._read([mail], "BODY.PEEK[HEADER]", limit).values()
            }
        return found

    def _read(self, mails: Sequence[Listed], part: str, limit: int) -> dict[str, Fetched]:
        if not mails:
            return {}
        by_uid = {str(_parts(mail)[2]): mail for mail in mails}
        with self._checked():
            self._allow(limit + 2 * sum(min(mail.size or 0, limit) for mail in mails), limit)
            lines = self._command("uid", "fetch", ",".join(by_uid), f"(UID {part})")
        return {by_uid[uid].ref: Fetched(raw) for uid, raw in _literals(lines).items() if uid in by_uid}

    def acknowledge(self, mails: Sequence[Listed]) -> None:
        after, client = self._options.after, self._box.client
        uids = ",".join(str(uid) for folder, _, uid in map(_parts, mails) if folder == self._options.folder)
        if not uids:
            return
        self._select(self._options.folder)
        with self._checked():
            self._allow(ORDINARY_BYTES)
            match after:
                case After.LEAVE:
                    return
                case After.FLAG:
                    self._command("uid", "STORE", uids, "+FLAGS.SILENT", r"(\Seen)")
                    return
                case After.MOVE:
                    self._make_folder()
                    to = encode_folder(self._options.move_to)
                    if "MOVE" in client.capabilities:
                        self._command("uid", "MOVE", uids, to)
                        return
                    self._command("uid", "COPY", uids, to)
            self._command("uid", "STORE", uids, "+FLAGS.SILENT", r"(\Deleted)")
            if "UIDPLUS" in client.capabilities:  # a plain EXPUNGE would delete mails that other clients have marked
                self._command("uid", "EXPUNGE", uids)

    def reopen(self) -> None:
        self.abandon()
        folder, self._open = self._open, ""
        self._box = connect(self._credentials, self.meter)
        self._select(folder)

    def close(self) -> None:
        try:
            self._allow(ORDINARY_BYTES)
            self._box.logout()
        except (SourceError, *ERRORS):
            self._box.drop()

    def abandon(self) -> None:
        self._box.drop()

    def _select(self, folder: str) -> None:
        if self._open == folder:
            return
        with self._checked():
            self._allow(ORDINARY_BYTES)
            _, data = self._box.folder.set(folder)
            self._exists = min(_number(data[0]), _MOST_MAILS)
            self._validity = self._figure("UIDVALIDITY")
        if self._validities.setdefault(folder, self._validity) != self._validity:
            raise SourceError("the server has renumbered its mails (UIDVALIDITY); the next fetch reads them again")
        self._open = folder

    def _figure(self, name: str) -> int:
        _, data = self._box.client.response(name)
        return _number(data[0]) if data else 0

    def _make_folder(self) -> None:
        folder = self._options.move_to
        if folder in self._existing:
            return
        self._existing.add(folder)
        if not self._box.folder.exists(folder):
            self._box.folder.create(folder)

    def _command(self, name: str, *args: Any) -> list[Any]:
        client = self._box.client
        client.untagged_responses.pop("FETCH", None)
        status, data = getattr(client, name)(*args)
        if status != "OK":
            raise SourceError(
                f"the server refuses {' '.join(args[:1]).upper() or name}: {self._credentials.clean(str(data))}"
            )
        return list(data)

    def _allow(self, octets: int, literal: int = ORDINARY_BYTES) -> None:
        self.meter.allow(octets + ORDINARY_BYTES)
        self._box.client.literal_bytes = literal

    def _checked(self) -> AbstractContextManager[None]:
        return as_source_error(self._credentials, ERRORS, reason)


def _number(said: bytes | None) -> int:
    """Returns the number that a server states, no larger than PostgreSQL's bigint; 0 for none."""
    found = _DIGITS.match(said or b"")
    return int(found[0]) if found else 0


def _parts(mail: Listed) -> tuple[str, int, int]:
    """Returns folder, UIDVALIDITY and UID of a mail."""
    folder, validity, uid = mail.ref.rsplit(":", 2)
    return folder, int(validity), int(uid)


def _date(line: bytes) -> datetime | None:
    found = _DATE.search(line)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1].decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _literals(lines: Sequence[Any]) -> dict[str, bytes]:
    """Returns the literals of FETCH responses by UID, which stands before or after the literal."""
    found: dict[str, bytes] = {}
    for place, item in enumerate(lines):
        if not isinstance(item, tuple):
            continue
        after = lines[place + 1] if place + 1 < len(lines) and isinstance(lines[place + 1], bytes) else b""
        uid = _UID.search(item[0]) or _UID.search(after)
        if uid:
            found.setdefault(uid[1].decode(), item[1])
    return found
