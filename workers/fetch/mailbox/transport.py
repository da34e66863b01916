"""The way to other people's servers: where we may connect to, TLS, limits on what a server may send and for how long.

A server is as hostile as a mail (net-imap's CVE-2025-25186 and -43857 are of servers that fill the memory of a client).
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
#: Bytes that a server may send in answer to an ordinary command.
ORDINARY_BYTES = 1_000_000
#: Longest line that a server may send.
LINE_BYTES = 1_000_000
#: Longest words of a server that are told to people, in characters.
_WORDS = 300


class SourceError(CasemailError):
    """A source can't be read; the words are for a person and hold no secret."""


class LoginRefusedError(SourceError):
    """The server does not take our name and password, or token."""


class TooLargeError(SourceError):
    """The server sends a mail of `size` bytes that was not to be so large; the connection is of no more use."""

    def __init__(self, size: int, allowed: int) -> None:
        super().__init__(f"the server sends {size} bytes where at most {allowed} were asked for")
        self.size = size


class Meter:
    """What a server may still send: `left` bytes in answer to the present command, and all before `deadline`
    (time.monotonic), with no silence longer than `silence` seconds."""

    def __init__(self, *, seconds: float, silence: float) -> None:
        self.deadline = time.monotonic() + seconds
        self.silence = silence
        self.left = ORDINARY_BYTES

    def allow(self, octets: int = ORDINARY_BYTES) -> None:
        """Lets the server send so many bytes from now on."""
        self.left = octets

    def step(self) -> float:
        """Seconds that the next step may take. Raises TimeoutError when the time is over."""
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
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads what is there. Raises SourceError when it is more than the server may send, TimeoutError too late."""
        self._sock.settimeout(self._meter.step())
        octets = self._sock.recv_into(buffer)
        self._meter.left -= octets
        if self._meter.left < 0:
            raise SourceError("the server sends more than it was asked for")
        return octets


class MeteredFile:
    """For the clients of the standard library, which read from `file`: whatever file they make of their socket, also
    anew for TLS, is replaced by a metered one, and what was read ahead before is dropped with the old."""

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
    """A server, and what is allowed on the way to it. `tenants` tells whether a tenant chose it, who must not reach
    what only this machine reaches."""

    host: str
    port: int
    security: Security
    tenants: bool
    settings: Settings = field(repr=False)

    @cached_property
    def context(self) -> ssl.SSLContext:
        """TLS with the server's name and certificate checked."""
        return ssl.create_default_context(cafile=self.settings.sources.ca_file)

    def addresses(self) -> list[str]:
        """The addresses of the host. Raises SourceError when it has none, or one that we must not connect to."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise SourceError(f"there is no server of the name {self.host}: {reason(error)}") from error
        addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
        for address in addresses:
            self._check(address)
        return addresses

    def connect(self, address: str, meter: Meter) -> socket.socket:
        """A TCP connection to one of `addresses`."""
        return socket.create_connection((address, self.port), min(CONNECT_SECONDS, meter.step()))

    def open(self, meter: Meter) -> socket.socket:
        """A connection to the first address that takes one, with TLS if that is from the start. Raises SourceError."""
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
        """TLS on the connection. Raises SourceError, and closes it."""
        try:
            plain.settimeout(min(CONNECT_SECONDS, meter.step()))
            return self.context.wrap_socket(plain, server_hostname=self.host)
        except (OSError, ValueError) as error:
            plain.close()
            raise SourceError(f"no TLS with {self.host}: {reason(error)}") from error

    def _check(self, text: str) -> None:
        address = ipaddress.ip_address(text.partition("%")[0])
        if self.tenants and not self.settings.sources.private and not is_public(text):
            # at which it is stays untold: a tenant must not learn what names mean in the networks of who runs casemail
            raise SourceError(f"{self.host} is at an address that is not on the Internet")
        if self.security is Security.NONE and not address.is_loopback and not self.settings.sources.plain:
            raise SourceError(
                f"{self.host} is to be read without TLS, which is not allowed here: choose TLS or STARTTLS"
            )


def reason(error: BaseException | None) -> str:
    """Why, in one line of words for a person."""
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
    """Words of a server in one short line, without what is secret: a server may say our own command back to us."""
    text = words.decode("ascii", "replace") if isinstance(words, bytes) else words
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:_WORDS]


class _Plug:
    """A socket as http.client uses one, read within the limits of a meter."""

    def __init__(self, sock: socket.socket, meter: Meter) -> None:
        self._sock, self._meter = sock, meter

    def sendall(self, data: bytes) -> None:
        self._sock.sendall(data)

    def makefile(self, _mode: Literal["rb"]) -> io.BufferedReader:
        return io.BufferedReader(MeteredReader(self._sock, self._meter))

    def close(self) -> None:
        """Nothing: the answer may still be read after the client is done with the connection; `post` closes it."""


def post(route: Route, path: str, body: bytes, meter: Meter) -> tuple[int, bytes]:
    """Posts a form by HTTP and returns the status and the answer; follows no redirect. Raises SourceError."""
    meter.allow()
    connection = http.client.HTTPConnection(route.host, route.port)
    sock = route.open(meter)
    try:
        connection.sock = _Plug(sock, meter)
        fields = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        connection.request("POST", path, body, fields | {"Connection": "close"})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise SourceError(f"{route.host} gave no token: {reason(error)}") from error
    finally:
        sock.close()
