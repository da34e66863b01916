"""Connections to untrusted servers: allowed addresses, TLS, limits on what a server may send and for how long.

A server may be as hostile as a mail: in net-imap's CVE-2025-25186 and -43857, servers fill the memory of a client.
"""

import http.client
import io
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from schemas.errors import CasemailError
from schemas.mailboxes import Security
from schemas.settings import Settings
from workers.fetch.mailbox.internet import is_public

#: Seconds to connect to one address.
CONNECT_SECONDS = 10.0
#: Most bytes that a server may send in answer to an ordinary command.
ORDINARY_BYTES = 1_000_000
#: Longest line that a server may send.
LINE_BYTES = 1_000_000
#: Longest text of a server that is shown to people, in characters.
_WORDS = 300


class SourceError(CasemailError):
    """A source can't be read; the message is for a person and contains no secret."""


class LoginRefusedError(SourceError):
    """The server refuses our name and password, or token."""


class TooLargeError(SourceError):
    """The server sends a mail of at least `size` bytes, more than allowed; the connection can't be used any more."""

    def __init__(self, size: int, allowed: int) -> None:
        super().__init__(f"the server sends {size} bytes where at most {allowed} were asked for")
        self.size = size


class Meter:
    """Limits on what a server sends: `left` more bytes in answer to the current command, everything before `deadline`
    (time.monotonic), and no silence longer than `silence` seconds."""

    def __init__(self, *, seconds: float, silence: float) -> None:
        self.deadline = time.monotonic() + seconds
        self.silence = silence
        self.left = ORDINARY_BYTES

    def allow(self, octets: int = ORDINARY_BYTES) -> None:
        """Lets the server send this many bytes from now on."""
        self.left = octets

    def step(self) -> float:
        """Returns the seconds that the next step may take. Raises TimeoutError after the deadline."""
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the server took too long in all")
        return min(self.silence, remaining)


class MeteredReader(io.RawIOBase):
    """Reads from a socket within the limits of a meter."""

    def __init__(self, sock: socket.socket, meter: Meter) -> None:
        self._sock = sock
        self._meter = meter

    def readable(self) -> bool:
        """Returns True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads what has arrived. Raises SourceError when it is too much, TimeoutError when it is too late."""
        self._sock.settimeout(self._meter.step())
        octets = self._sock.recv_into(buffer)
        self._meter.left -= octets
        if self._meter.left < 0:
            raise SourceError("the server sends more than it was asked for")
        return octets


class MeteredFile:
    """A mix-in for the standard library's clients, which read from `self.file`.

    Each file that they make of their socket, also the second file for TLS, is replaced by a metered file. What the
    replaced file had read ahead is dropped, so that nothing sent before TLS counts after it.
    """

    sock: socket.socket
    meter: Meter
    _metered: io.BufferedReader | None = None

    @property
    def file(self) -> Any:
        """The metered reader of the socket."""
        return self._metered

    @file.setter
    def file(self, made: Any) -> None:
        if made is not None:
            made.close()
        self._metered = None if made is None else io.BufferedReader(MeteredReader(self.sock, self.meter), 65_536)

    _file = file  # what imaplib calls it since Python 3.14


@dataclass(frozen=True)
class Route:
    """How to reach a server. `tenants` is whether a tenant chose it: a tenant must not reach servers through us that
    are not on the Internet."""

    host: str
    port: int
    security: Security
    tenants: bool
    settings: Settings = field(repr=False)

    @cached_property
    def context(self) -> ssl.SSLContext:
        """The TLS context, which checks the server's name and certificate."""
        return ssl.create_default_context(cafile=self.settings.sources.ca_file)

    def addresses(self) -> list[str]:
        """Looks up the addresses of the host. Raises SourceError if none is found, or any is not allowed."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise SourceError(f"there is no server of the name {self.host}: {reason(error)}") from error
        addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
        for address in addresses:
            self._check(address)
        return addresses

    def connect(self, address: str, meter: Meter) -> socket.socket:
        """Opens a TCP connection to one of `addresses`."""
        return socket.create_connection((address, self.port), min(CONNECT_SECONDS, meter.step()))

    def open(self, meter: Meter) -> socket.socket:
        """Connects to the first address that answers, and starts TLS if the security is `TLS`. Raises SourceError."""
        failure: OSError | None = None
        for address in self.addresses():
            try:
                plain = self.connect(address, meter)
            except OSError as error:
                failure = error
                continue
            return self.secure(plain, meter) if self.security is Security.TLS else plain
        raise SourceError(f"{self.host} does not answer at port {self.port}: {reason(failure)}") from failure

    def secure(self, plain: socket.socket, meter: Meter) -> ssl.SSLSocket:
        """Starts TLS on the connection. Closes it and raises SourceError when that fails."""
        try:
            plain.settimeout(min(CONNECT_SECONDS, meter.step()))
            return self.context.wrap_socket(plain, server_hostname=self.host)
        except (OSError, ValueError) as error:
            plain.close()
            raise SourceError(f"no TLS with {self.host}: {reason(error)}") from error

    def _check(self, text: str) -> None:
        address = ipaddress.ip_address(text.partition("%")[0])
        if self.tenants and not self.settings.sources.private and not is_public(text):
            # the address is not shown: a tenant must not learn what names mean in the operator's networks
            raise SourceError(f"{self.host} is at an address that is not on the Internet")
        if self.security is Security.NONE and not address.is_loopback and not self.settings.sources.plain:
            raise SourceError(
                f"{self.host} is to be read without TLS, which is not allowed here: choose TLS or STARTTLS"
            )


def reason(error: BaseException | None) -> str:
    """Returns one line that says what went wrong, for a person."""
    match error:
        case ssl.SSLCertVerificationError():
            words = f"its certificate is not good: {error.verify_message}"
        case ssl.SSLError():
            words = error.reason or str(error)
        case TimeoutError():
            words = str(error) if error.args and error.args != ("timed out",) else "it did not answer in time"
        case OSError():
            words = error.strerror or str(error)
        case _:
            words = str(error)
    return plain_words(words)


def plain_words(words: str | bytes, *secrets: str) -> str:
    """Returns words of a server as one short line without these secrets: a server may echo our own commands."""
    text = words.decode("ascii", "replace") if isinstance(words, bytes) else words
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:_WORDS]


class _MeteredSocket:
    """A socket for http.client, read within the limits of a meter."""

    def __init__(self, sock: socket.socket, meter: Meter) -> None:
        self._sock, self._meter = sock, meter

    def sendall(self, data: bytes) -> None:
        self._sock.sendall(data)

    def makefile(self, _mode: Literal["rb"]) -> io.BufferedReader:
        return io.BufferedReader(MeteredReader(self._sock, self._meter))

    def close(self) -> None:
        """Does nothing: the answer may be read after http.client closes its connection; `post` closes the socket."""


def post(route: Route, path: str, body: bytes, meter: Meter) -> tuple[int, bytes]:
    """Posts a form by HTTP and returns status and body of the answer; follows no redirect. Raises SourceError."""
    meter.allow()
    connection = http.client.HTTPConnection(route.host, route.port)
    sock = route.open(meter)
    try:
        connection.sock = _MeteredSocket(sock, meter)
        fields = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        connection.request("POST", path, body, fields | {"Connection": "close"})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise SourceError(f"{route.host} gave no token: {reason(error)}") from error
    finally:
        sock.close()
