"""A mailbox of a POP3 server as a source (RFC 1939, 2449 CAPA, 2595 STLS, 5034 AUTH): its mails are known by UIDL.

What is deleted is gone only when the session ends with QUIT (RFC 1939 section 6), so sessions are kept short.
"""

import contextlib
import poplib
import re
import socket
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256

from schemas.mailboxes import After, Security
from workers.fetch.mailbox.credentials import Credentials
from workers.fetch.mailbox.source import Fetched, Listed, OpenSource
from workers.fetch.mailbox.transport import (
    LINE_BYTES,
    LoginRefusedError,
    Meter,
    MeteredFile,
    Route,
    SourceError,
    TooLargeError,
    reason,
)

#: Bytes that a listing may have: RFC 1939 section 7 has ids of at most 70 characters.
LISTING_BYTES = 20_000_000
#: Mails deleted in one session.
_DELETED_MOST = 500
#: More bytes than the server stated that a mail may have: some count line ends as one byte.
_SLACK = 65_536
#: A line of LIST, and one of UIDL; some servers make the id of what the mail says.
_SIZE = re.compile(rb"\s*(\d{1,10})(?:\s+(\d{1,18})\b)?", re.ASCII)
_ID = re.compile(rb"\s*(\d{1,10}) +(.*\S)", re.DOTALL)
#: Most characters of an id that are kept as they are.
_LONGEST_ID = 200
#: What goes wrong between us and a server.
ERRORS = (OSError, poplib.error_proto, ValueError, LookupError)


class Client(MeteredFile, poplib.POP3):
    """The standard library's client, on a connection of ours and within limits."""

    def __init__(self, route: Route, meter: Meter) -> None:
        self._route = route
        self.meter = meter
        super().__init__(route.host, route.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002
        return self._route.open(self.meter)

    def mail(self, command: str, most: int) -> bytes:
        """What the server sends to RETR, TOP, LIST or UIDL, with its line ends, whatever the length of its lines."""
        self._shortcmd(command)  # type: ignore[attr-defined]
        lines: list[bytes] = []
        size = 0
        while (line := self.file.readline(LINE_BYTES)) not in (b".\r\n", b".\n"):
            if not line:
                raise poplib.error_proto("the connection was cut off in the middle of a mail")
            begins = not lines or lines[-1].endswith(b"\n")
            lines.append(line[1:] if begins and line.startswith(b".") else line)  # RFC 1939 section 3
            size += len(lines[-1])
            if size > most:
                raise TooLargeError(size, most)
        return b"".join(lines)

    def token(self, name: str, token: str) -> None:
        """Logs in by XOAUTH2. Raises poplib.error_proto."""
        initial = b64encode(f"user={name}\1auth=Bearer {token}\1\1".encode())
        answer: bytes = self._shortcmd("AUTH XOAUTH2")  # type: ignore[attr-defined]
        if not answer.startswith(b"+"):
            raise poplib.error_proto(answer)
        self._putline(initial)  # type: ignore[attr-defined]
        answer = self._getline()[0]  # type: ignore[attr-defined]
        if answer.startswith(b"+ "):  # what is wrong, which an empty line acknowledges
            answer = self._shortcmd("")  # type: ignore[attr-defined]
        if not answer.startswith(b"+OK"):
            raise poplib.error_proto(answer)


def connect(credentials: Credentials, meter: Meter) -> Client:
    """A connection to the server, logged in. Raises SourceError; LoginRefusedError when the server refuses us."""
    meter.allow()
    route = credentials.route()
    client = None
    try:
        client = Client(route, meter)
        log_in(client, credentials, route, meter)
    except ERRORS as error:
        drop(client)
        raise SourceError(credentials.clean(f"{route.host}: {words_of(error)}")) from error
    except SourceError:
        drop(client)
        raise
    return client


def log_in(client: Client, credentials: Credentials, route: Route, meter: Meter) -> None:
    """Encrypts the connection, where that comes first, and logs in."""
    if route.security is Security.STARTTLS:
        client.stls(route.context)

    def refused(error: Exception) -> LoginRefusedError:
        return LoginRefusedError(f"the server refused the log-in: {credentials.clean(words_of(error))}")

    def with_password(name: str, password: str) -> None:
        try:
            client.user(name)
            client.pass_(password)
        except poplib.error_proto as error:
            raise _cut_off(error) or refused(error) from None

    def with_token(name: str, token: str) -> None:
        try:
            client.token(name, token)
        except poplib.error_proto as error:
            raise _cut_off(error) or refused(error) from None

    credentials.log_in(with_password, with_token, meter)


def drop(client: Client | None) -> None:
    """Closes the connection without QUIT: nothing is deleted."""
    if client is not None:
        with contextlib.suppress(Exception):
            client.close()


class Pop3(OpenSource):
    """The mailbox of a source's options."""

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

    def listed(self, *, again: bool = False) -> Iterator[Listed]:  # noqa: ARG002  # what was deleted is gone
        for ref, number in sorted(self._numbers.items(), key=lambda item: item[1]):
            yield Listed(ref, self._sizes.get(number))
        self.unlisted = max(0, len(self._sizes) - len(self._numbers))

    def read(self, mails: Sequence[Listed], limit: int) -> dict[str, Fetched]:
        found: dict[str, Fetched] = {}
        with self._told():
            for mail in mails:
                number = self._numbers.get(mail.ref)
                if number is None:
                    continue
                large = mail.size is not None and mail.size > limit
                self.meter.allow(limit + 2 * _SLACK)
                raw = self._client.mail(f"TOP {number} 0" if large else f"RETR {number}", limit + _SLACK)
                if len(raw) > limit:
                    raise TooLargeError(len(raw), limit)
                found[mail.ref] = Fetched(raw, mail.size or 0 if large else 0)
        return found

    def acknowledge(self, mails: Sequence[Listed]) -> None:
        if self.stays:
            return
        with self._told():
            for mail in mails:
                self.meter.allow()
                self._client.dele(self._numbers[mail.ref])
                self._deleted += 1
        if self._deleted >= _DELETED_MOST:
            self._quit()
            self._connect()

    def reopen(self) -> None:
        self.abandon()
        self._connect()

    def close(self) -> None:
        self._quit()

    def abandon(self) -> None:
        drop(self._client)

    def _quit(self) -> None:
        with self._told():
            self.meter.allow()
            self._client.quit()

    def _connect(self) -> None:
        self._deleted = 0
        self._client = connect(self._credentials, self.meter)
        self._list()

    def _list(self) -> None:
        with self._told():
            self.meter.allow(LISTING_BYTES)
            sizes = self._client.mail("LIST", LISTING_BYTES).split(b"\r\n")
            self.meter.allow(LISTING_BYTES)
            ids = self._client.mail("UIDL", LISTING_BYTES).split(b"\r\n")
        self._sizes = {int(found[1]): int(found[2] or 0) for line in sizes if (found := _SIZE.match(line))}
        numbers: dict[str, int] = {}
        for line in ids:
            if found := _ID.match(line):  # what is no such line is counted as a mail that could not be listed
                numbers.setdefault(_ref(found[2]), int(found[1]))
        self._numbers = numbers

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except ERRORS as error:
            raise SourceError(self._credentials.clean(f"{self._options.host}: {words_of(error)}")) from error


def _ref(given: bytes) -> str:
    """A server's id of a mail, as PostgreSQL takes it, and different for different ids."""
    ref = given.decode("ascii", "backslashreplace")
    if ref.isprintable() and len(ref) <= _LONGEST_ID:
        return ref
    return f"sha256 {sha256(given).hexdigest()}"


def words_of(error: Exception) -> str:
    """What a server said, or what is wrong, in words for a person."""
    first = error.args[0] if error.args else ""
    if isinstance(error, poplib.error_proto):
        return first.decode("ascii", "replace") if isinstance(first, bytes) else str(first)
    return reason(error)


def _cut_off(error: poplib.error_proto) -> SourceError | None:
    return SourceError("the server ended the connection") if error.args[:1] == ("-ERR EOF",) else None
