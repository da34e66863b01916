"""The LMTP protocol: aiosmtpd's server, made faster, stricter about memory, and right for LMTP's replies."""

import asyncio
import re
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope

from workers import metrics
from workers.fetch.push.lmtp_limits import ConnectionLimit
from workers.fetch.push.memory_budget import BusyError, Hold
from workers.metrics import PushCause

#: Most bytes of lines that are taken out of a connection's buffer at a time.
BLOCK_BYTES = 64 * 1024
#: Most bytes that are buffered of a connection before its mail has room in memory.
BUFFER_BYTES = 1_000_000
#: By how much a mail may exceed the size that its sender stated (RFC 1870 allows an estimate): bytes, and a factor.
_SLACK_BYTES, _SLACK = 65_536, 2
#: An address in dot-atoms (RFC 5322 section 3.2.3), as nearly all are, with nothing after it but parameters.
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_PLAIN = re.compile(rf"<({_ATOM}(?:\.{_ATOM})*@{_ATOM}(?:\.{_ATOM})*)>(?= +[A-Za-z]|\Z)", re.ASCII)
_SIZE = re.compile(r"[0-9]{1,18}", re.ASCII)

_log = structlog.get_logger(__name__)


class _Reader(asyncio.StreamReader):
    """Returns several lines of a mail at a time: aiosmtpd asks for single lines, which takes half of the time of a mail
    of 12 KB.

    All are whole lines, and only the first may begin with a dot, so that aiosmtpd sees the end of the mail, and dots
    that were doubled on the way (RFC 5321 section 4.5.2).
    """

    in_mail = False
    most = 0  # bytes of the longest line of a mail

    async def readuntil(self, separator: bytes = b"\n") -> bytes:  # type: ignore[override]
        line = await (self._long_line(separator) if self.in_mail else super().readuntil(separator))
        arrived: bytearray = self._buffer  # type: ignore[attr-defined]
        if not self.in_mail or line == b".\r\n" or arrived.startswith(b"."):
            return line
        dot = arrived.find(b"\r\n.", 0, BLOCK_BYTES)
        end = (dot if dot >= 0 else arrived.rfind(b"\r\n", 0, BLOCK_BYTES)) + 2
        if end > 1:
            line += bytes(arrived[:end])
            del arrived[:end]
            self._maybe_resume_transport()  # type: ignore[attr-defined]
        return line

    async def _long_line(self, separator: bytes) -> bytes:
        """Reads a line of any length up to `most`, buffer by buffer."""
        line = bytearray()
        while True:
            try:
                return bytes(line + await super().readuntil(separator))
            except asyncio.LimitOverrunError as error:
                if len(line) + error.consumed > self.most:
                    raise
                line += await self.read(error.consumed)


class Server(LMTP):
    """The server's end of a connection. A line may be as long as a mail: such mails exist, and a refusal loses them."""

    line_length_limit = 2**31

    def __init__(self, connections: ConnectionLimit, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._connections = connections
        self._refused = False
        self._held: Hold | None = None
        self.peer = ""
        self.heard_at = self.loop.time()
        # as aiosmtpd does it, but with our reader
        asyncio.StreamReaderProtocol.__init__(
            self,
            _Reader(loop=self.loop, limit=BUFFER_BYTES),
            client_connected_cb=self._cb_client_connected,
            loop=self.loop,
        )

    @property
    def idle(self) -> float:
        """Seconds since the client sent anything; 0 while a mail is being taken."""
        return 0.0 if self._held else self.loop.time() - self.heard_at

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepts a connection, or refuses and closes it if there are too many."""
        assert isinstance(transport, asyncio.Transport)
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if peer else ""
        self._refused = not self._connections.admit(self)
        if self._refused:
            metrics.PUSH_REFUSED.labels(PushCause.CONNECTIONS).inc()
            transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
            transport.close()
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Forgets the connection, which has ended."""
        if not self._refused:
            self._connections.leave(self)
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Takes what the client sends, unless its connection was refused."""
        if not self._refused:
            self.heard_at = self.loop.time()
            if self._held:
                self._held.arrived += len(data)
            super().data_received(data)

    def end(self, words: bytes) -> None:
        """Ends the connection with a last reply."""
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.write(words)
        self.transport.close()

    def arrived(self) -> None:
        """Notes that the whole mail has arrived: from now on, its client is not too slow."""
        if self._held:
            self._held.whole = True

    def _give_way(self) -> None:
        metrics.PUSH_REFUSED.labels(PushCause.SLOW).inc()
        self.end(b"452 4.3.1 Too slow while others wait, try again later\r\n")

    def eof_received(self) -> bool | None:
        """Handles the end of what the client sends."""
        return False if self._refused else super().eof_received()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  # the name is aiosmtpd's
        """Takes a mail by the DATA command, once there is room in memory for it."""
        assert isinstance(self._reader, _Reader)
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await super().smtp_DATA(arg)  # it replies that a recipient is missing
            return
        allowed = self.data_size_limit
        assert allowed is not None
        size = _declared(self.envelope) or allowed
        try:
            holding = self._connections.budget.hold(size, peer=self.peer, give_way=self._give_way)
            async with holding as self._held:
                self.data_size_limit = min(allowed, size * _SLACK + _SLACK_BYTES)
                self._reader.in_mail, self._reader.most = True, self.data_size_limit
                await super().smtp_DATA(arg)
        except BusyError:
            metrics.PUSH_REFUSED.labels(PushCause.MEMORY).inc()
            await self.push("452 4.3.1 Too much mail at once, try again later")
        finally:
            self.data_size_limit = allowed
            self._reader.in_mail = False
            self._held, self.heard_at = None, self.loop.time()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        # aiosmtpd's way, which parses the address as a header field, takes an eighth of a mail's time
        plain = _PLAIN.match(arg)
        if plain:
            return plain[1], arg[plain.end() :]
        try:
            return super()._getaddr(arg)
        except Exception as error:  # noqa: BLE001  # its parser is recursive, and not made for hostile input
            _log.info("address not read", error=error)
            return None, None

    async def push(self, status: str | bytes) -> None:
        """Sends a reply. The reply that a mail is too large gets the code of RFC 3463, which aiosmtpd leaves out, and
        is sent once for each recipient (RFC 2033 section 4.2)."""
        if isinstance(status, str):
            if status.startswith(("552 Error", "500 Line too long")):
                metrics.PUSH_REFUSED.labels(PushCause.SIZE).inc()
                status = "552 5.3.4 The mail is larger than the limit that was announced"
            if isinstance(self._reader, _Reader) and self._reader.in_mail and status[:3] in {"552", "500"}:
                assert self.envelope is not None
                status = "\r\n".join([status] * len(self.envelope.rcpt_tos))
            status = status.encode()
        await super().push(status)


def _declared(envelope: Envelope) -> int:
    """Returns the size that the client stated with MAIL FROM (RFC 1870), in bytes; 0 for none."""
    sizes = [option.partition("=")[2] for option in envelope.mail_options if option.startswith("SIZE=")]
    return int(sizes[0]) if sizes and _SIZE.fullmatch(sizes[0]) else 0
