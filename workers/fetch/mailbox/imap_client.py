"""An IMAP connection: imap-tools' mailbox and the standard library's client, on our socket and within its limits."""

import contextlib
import imaplib
import socket
import ssl

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError, UnexpectedCommandStatusError

from workers.fetch.mailbox import session
from workers.fetch.mailbox.credentials import Credentials
from workers.fetch.mailbox.transport import (
    LINE_BYTES,
    ORDINARY_BYTES,
    LoginRefusedError,
    Meter,
    MeteredFile,
    Route,
    SourceError,
    TooLargeError,
    reason,
)

#: The exceptions of a failed exchange with a server.
ERRORS = (OSError, imaplib.IMAP4.error, ImapToolsError, ValueError, TypeError, LookupError)


class Client(MeteredFile, imaplib.IMAP4):
    """The standard library's client, on our connection and within limits."""

    def __init__(self, route: Route, meter: Meter) -> None:
        self._route = route
        self.meter = meter
        self.literal_bytes = ORDINARY_BYTES
        super().__init__(route.host, route.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002  # imaplib's signature
        return self._route.open(self.meter)

    def read(self, size: int) -> bytes:
        """Reads a literal of `size` bytes. Raises TooLargeError when it is larger than `literal_bytes`."""
        if size > self.literal_bytes:
            raise TooLargeError(size, self.literal_bytes)
        data: bytes = self.file.read(size)  # since Python 3.14, imaplib's own method reads from the socket itself
        if len(data) < size:
            raise self.abort("the connection was cut off in the middle of a mail")
        return data

    def readline(self) -> bytes:
        """Reads a line. Raises SourceError when it is too long."""
        line: bytes = self.file.readline(LINE_BYTES + 1)
        if len(line) > LINE_BYTES:
            raise SourceError("the server sends a line without end")
        return line


class Box(BaseMailBox):
    """imap-tools' mailbox on our client; a `session.Session`."""

    client: Client

    def __init__(self, route: Route, meter: Meter) -> None:
        self._route, self._meter = route, meter
        super().__init__()

    def _get_mailbox_client(self) -> Client:
        return Client(self._route, self._meter)

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Encrypts the connection (RFC 3501 section 6.2.1)."""
        self.client.starttls(context)

    def log_in_with_password(self, name: str, password: str) -> None:
        """Logs in by LOGIN, or by AUTHENTICATE PLAIN if the name or password is not ASCII."""
        if "LOGINDISABLED" in self.client.capabilities:
            raise LoginRefusedError("the server takes no password on a connection like this: choose TLS or STARTTLS")
        plain = name.isascii() and password.isascii()
        (self.login if plain else self.login_utf8)(name, password, None)

    def log_in_with_token(self, name: str, token: str) -> None:
        """Logs in by XOAUTH2."""
        self.xoauth2(name, token, None)

    def refusal(self, error: Exception) -> str | bytes | None:
        """Returns the server's words if it refused the log-in with this error; None for any other error."""
        if isinstance(error, imaplib.IMAP4.abort) or not isinstance(error, (imaplib.IMAP4.error, ImapToolsError)):
            return None
        said = error.command_result[1] if isinstance(error, UnexpectedCommandStatusError) else [str(error)]
        return b" ".join(part for part in said if isinstance(part, bytes)) or str(said[-1])

    def logged_in(self) -> None:
        """Asks for the capabilities again: there may be more after log-in (RFC 3501 section 6.2.3)."""
        capabilities = self.client.capability()[1]
        self.client.capabilities = tuple(capabilities[-1].decode("ascii", "replace").upper().split())

    def drop(self) -> None:
        """Closes the connection without LOGOUT."""
        with contextlib.suppress(Exception):
            self.client.shutdown()


def connect(credentials: Credentials, meter: Meter) -> Box:
    """Returns a connection that is logged in. Raises SourceError; LoginRefusedError when the server refuses us."""
    return session.connect(Box, credentials, meter, ERRORS, reason)
