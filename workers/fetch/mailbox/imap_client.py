"""An IMAP connection: imap-tools' mailbox on the standard library's client, on a socket of ours and within limits."""

import contextlib
import imaplib
import socket

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError, UnexpectedCommandStatusError

from schemas.mailboxes import Security
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

#: What goes wrong between us and a server.
ERRORS = (OSError, imaplib.IMAP4.error, ImapToolsError, ValueError, TypeError, LookupError)


class Client(MeteredFile, imaplib.IMAP4):
    """The standard library's client, on a connection of ours and within limits."""

    def __init__(self, route: Route, meter: Meter) -> None:
        self._route = route
        self.meter = meter
        self.literal_bytes = ORDINARY_BYTES
        super().__init__(route.host, route.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002
        return self._route.open(self.meter)

    def read(self, size: int) -> bytes:
        """A literal, whole. Raises SourceError when it is larger than it may be."""
        if size > self.literal_bytes:
            raise TooLargeError(size, self.literal_bytes)
        data: bytes = self.file.read(size)  # the client's own reads from the socket itself since Python 3.14
        if len(data) < size:
            raise self.abort("the connection was cut off in the middle of a mail")
        return data

    def readline(self) -> bytes:
        """A line. Raises SourceError when it is too long."""
        line: bytes = self.file.readline(LINE_BYTES + 1)
        if len(line) > LINE_BYTES:
            raise SourceError("the server sends a line without end")
        return line


class Box(BaseMailBox):
    """imap-tools' mailbox on our client."""

    client: Client

    def __init__(self, route: Route, meter: Meter) -> None:
        self._route, self._meter = route, meter
        super().__init__()

    def _get_mailbox_client(self) -> Client:
        return Client(self._route, self._meter)


def connect(credentials: Credentials, meter: Meter) -> Box:
    """A connection to the server, logged in. Raises SourceError; LoginRefusedError when the server refuses us."""
    meter.allow()
    route = credentials.route()
    box = None
    try:
        box = Box(route, meter)
        log_in(box, credentials, route, meter)
    except ERRORS as error:
        if box is not None:
            drop(box)
        raise SourceError(credentials.clean(f"{route.host}: {reason(error)}")) from error
    except SourceError:
        if box is not None:
            drop(box)
        raise
    return box


def log_in(box: Box, credentials: Credentials, route: Route, meter: Meter) -> None:
    """Encrypts the connection, where that comes first, and logs in."""
    if route.security is Security.STARTTLS:
        box.client.starttls(route.context)

    def refused(error: Exception) -> LoginRefusedError:
        said = error.command_result[1] if isinstance(error, UnexpectedCommandStatusError) else [str(error)]
        words = b" ".join(part for part in said if isinstance(part, bytes)) or str(said[-1])
        return LoginRefusedError(f"the server refused the log-in: {credentials.clean(words)}")

    def with_password(name: str, password: str) -> None:
        if "LOGINDISABLED" in box.client.capabilities:
            raise LoginRefusedError("the server takes no password on a connection like this: choose TLS or STARTTLS")
        try:
            plain = name.isascii() and password.isascii()
            (box.login if plain else box.login_utf8)(name, password, None)
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, ImapToolsError) as error:
            raise refused(error) from None

    def with_token(name: str, token: str) -> None:
        try:
            box.xoauth2(name, token, None)
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, ImapToolsError) as error:
            raise refused(error) from None

    credentials.log_in(with_password, with_token, meter)
    capabilities = box.client.capability()[1]  # it may be able to do more now (RFC 3501 section 6.2.3)
    box.client.capabilities = tuple(capabilities[-1].decode("ascii", "replace").upper().split())


def drop(box: Box) -> None:
    """Closes the connection without a word."""
    with contextlib.suppress(Exception):
        box.client.shutdown()
