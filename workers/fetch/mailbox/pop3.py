"""A POP3 mailbox as a source (RFC 1939, 2449 CAPA, 2595 STLS, 5034 AUTH): its mails are identified by UIDL.

Deleted mails are gone only when the session ends with QUIT (RFC 1939 section 6), so sessions are kept short.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256

from schemas.mailboxes import After
from workers.fetch.mailbox.credentials import Credentials
from workers.fetch.mailbox.pop3_client import ERRORS, LISTING_BYTES, connect, words_of
from workers.fetch.mailbox.session import as_source_error
from workers.fetch.mailbox.source import Fetched, Listed, OpenSource
from workers.fetch.mailbox.transport import Meter, TooLargeError

#: Most mails deleted in one session.
DELETED_MOST = 500
#: How many bytes more than the server stated a mail may have: some servers count line ends as one byte.
_SLACK = 65_536
#: A line of LIST, and of UIDL; some servers derive the id from the mail.
_SIZE = re.compile(rb"\s*(\d{1,10})(?:\s+(\d{1,18})\b)?", re.ASCII)
_ID = re.compile(rb"\s*(\d{1,10}) +(.*\S)", re.DOTALL)
#: Longest id that is stored as it is, in characters.
_LONGEST_ID = 200


class Pop3(OpenSource):
    """The mailbox of a source's options; a session deletes at most `DELETED_MOST` mails."""

    def __init__(self, credentials: Credentials, meter: Meter) -> None:
        self._credentials = credentials
        self._options = credentials.options
        self.meter: Meter = meter
        self._deleted = 0
        self._client = connect(credentials, meter)
        self._numbers: dict[str, int] = {}
        self._sizes: dict[int, int] = {}
        self._list()

    @property
    def stays(self) -> bool:
        return self._options.after is not After.DELETE

    @property
    def dated(self) -> bool:
        return False

    def count(self) -> int:
        return len(self._sizes)

    def listed(self, *, again: bool = False) -> Iterator[Listed]:  # noqa: ARG002  # deleted mails are gone
        for ref, number in sorted(self._numbers.items(), key=lambda item: item[1]):
            yield Listed(ref, self._sizes.get(number))
        self.unlisted = max(0, len(self._sizes) - len(self._numbers))

    def read(self, mails: Sequence[Listed], limit: int) -> dict[str, Fetched]:
        found: dict[str, Fetched] = {}
        with self._checked():
            for mail in mails:
                number = self._numbers.get(mail.ref)
                if number is None:
                    continue
                large = mail.size is not None and mail.size > limit
                self.meter.allow(limit + 2 * _SLACK)
                raw = self._client.read(f"TOP {number} 0" if large else f"RETR {number}", limit + _SLACK)
                if len(raw) > limit:
                    raise TooLargeError(len(raw), limit)
                found[mail.ref] = Fetched(raw, mail.size or 0 if large else 0)
        return found

    def acknowledge(self, mails: Sequence[Listed]) -> None:
        if self.stays:
            return
        with self._checked():
            for mail in mails:
                self.meter.allow()
                self._client.dele(self._numbers[mail.ref])
                self._deleted += 1
        if self._deleted >= DELETED_MOST:
            self._quit()
            self._connect()

    def reopen(self) -> None:
        self.abandon()
        self._connect()

    def close(self) -> None:
        self._quit()

    def abandon(self) -> None:
        self._client.drop()

    def _quit(self) -> None:
        with self._checked():
            self.meter.allow()
            self._client.quit()

    def _connect(self) -> None:
        self._deleted = 0
        self._client = connect(self._credentials, self.meter)
        self._list()

    def _list(self) -> None:
        with self._checked():
            self.meter.allow(LISTING_BYTES)
            sizes = self._client.read("LIST", LISTING_BYTES).split(b"\r\n")
            self.meter.allow(LISTING_BYTES)
            ids = self._client.read("UIDL", LISTING_BYTES).split(b"\r\n")
        self._sizes = {int(found[1]): int(found[2] or 0) for line in sizes if (found := _SIZE.match(line))}
        numbers: dict[str, int] = {}
        for line in ids:
            if found := _ID.match(line):  # any other line counts as a mail that could not be listed
                numbers.setdefault(_ref(found[2]), int(found[1]))
        self._numbers = numbers

    def _checked(self) -> AbstractContextManager[None]:
        return as_source_error(self._credentials, ERRORS, words_of)


def _ref(given: bytes) -> str:
    """Returns a server's id of a mail as text that PostgreSQL accepts; different ids stay different."""
    ref = given.decode("ascii", "backslashreplace")
    if ref.isprintable() and len(ref) <= _LONGEST_ID:
        return ref
    return f"sha256 {sha256(given).hexdigest()}"
