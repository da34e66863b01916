"""A POP3 connection: the standard library's client, on our socket and within its limits."""

import contextlib
import poplib
import socket
import ssl
from base64 import b64encode

from workers.fetch.mailbox import session
from workers.fetch.mailbox.credentials import Credentials
from workers.fetch.mailbox.transport import LINE_BYTES, Meter, MeteredFile, Route, SourceError, TooLargeError, reason

#: Most bytes of a listing; RFC 1939 section 7 allows ids of at most 70 characters.
LISTING_BYTES = 20_000_000
#: The exceptions of a failed exchange with a server.
ERRORS = (OSError, poplib.error_proto, ValueError, LookupError)


class Client(MeteredFile, poplib.POP3):
    """The standard library's client, on our connection and within limits; a `session.Session`."""

    def __init__(self, route: Route, meter: Meter) -> None:
        self._route = route
        self.meter = meter
        super().__init__(route.host, route.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002  # poplib's signature
        return self._route.open(self.meter)

    def read(self, command: str, most: int) -> bytes:
        """Returns what the server sends to RETR, TOP, LIST or UIDL, with its line ends; lines may have any length.

        Raises TooLargeError for more than `most` bytes.
        """
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

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Encrypts the connection (RFC 2595 section 4)."""
        self.stls(context)

    def log_in_with_password(self, name: str, password: str) -> None:
        """Logs in by USER and PASS."""
        self.user(name)
        self.pass_(password)

    def log_in_with_token(self, name: str, token: str) -> None:
        """Logs in by XOAUTH2."""
        initial = b64encode(f"user={name}\1auth=Bearer {token}\1\1".encode())
        answer: bytes = self._shortcmd("AUTH XOAUTH2")  # type: ignore[attr-defined]
        if not answer.startswith(b"+"):
            raise poplib.error_proto(answer)
        self._putline(initial)  # type: ignore[attr-defined]
        answer = self._getline()[0]  # type: ignore[attr-defined]
        if answer.startswith(b"+ "):  # the error, which an empty line acknowledges
            answer = self._shortcmd("")  # type: ignore[attr-defined]
        if not answer.startswith(b"+OK"):
            raise poplib.error_proto(answer)

    def refusal(self, error: Exception) -> str | bytes | None:
        """Returns the server's words if it refused the log-in with this error; None for any other error.

        Raises SourceError when it closed the connection, which poplib reports as if it were a refusal.
        """
        if not isinstance(error, poplib.error_proto):
            return None
        if error.args[:1] == ("-ERR EOF",):
            raise SourceError("the server ended the connection") from None
        return words_of(error)

    def logged_in(self) -> None:
        """Does nothing: POP3 needs no further command after log-in."""

    def drop(self) -> None:
        """Closes the connection without QUIT, so that nothing is deleted."""
        with contextlib.suppress(Exception):
            self.close()


def connect(credentials: Credentials, meter: Meter) -> Client:
    """Returns a connection that is logged in. Raises SourceError; LoginRefusedError when the server refuses us."""
    return session.connect(Client, credentials, meter, ERRORS, words_of)


def words_of(error: Exception) -> str:
    """Returns what a server said, or what went wrong, in words for a person."""
    first = error.args[0] if error.args else ""
    if isinstance(error, poplib.error_proto):
        return first.decode("ascii", "replace") if isinstance(first, bytes) else str(first)
    return reason(error)
