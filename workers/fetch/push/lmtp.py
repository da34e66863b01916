"""The LMTP server (RFC 2033), for Postfix, Exim or a gateway in front of it: 250 only after custody.

Whatever it can't take now it refuses with 4xx, and the server in front keeps it: when the disk is nearly full, when
there are too many connections, or more mail at once than it may have in memory.
"""

import asyncio
import re
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import uuid4

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session

from schemas.mailboxes import LMTP as TRUSTED
from schemas.mailboxes import LMTP_OTHERS as OTHERS
from schemas.tables import SourceKind
from storage.resources import Resources
from workers import metrics
from workers.fetch.custody import Arrival
from workers.fetch.disk_space import NoRoomError
from workers.fetch.push.group_commit import GroupCommit, PushSource
from workers.fetch.push.lmtp_limits import ConnectionLimit
from workers.fetch.push.memory_budget import BusyError, Hold

#: Most bytes of lines that are taken out of a connection's buffer at a time.
BLOCK_BYTES = 64 * 1024
#: Most bytes that are buffered of a connection before its mail has room in memory.
BUFFER_BYTES = 1_000_000
#: Most recipients of one mail.
MAX_RECIPIENTS = 100
#: Seconds that a mail waits for room in memory.
BUSY_SECONDS = 20.0
#: Seconds without a command, or that one mail may take.
TIMEOUT = 120
#: What a mail may be larger than its sender said (RFC 1870 lets it estimate): these bytes, and so many times.
_SLACK_BYTES, _SLACK = 65_536, 2
#: An address in dot-atoms (RFC 5322 section 3.2.3), as nearly all are, with nothing after it but parameters.
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_PLAIN = re.compile(rf"<({_ATOM}(?:\.{_ATOM})*@{_ATOM}(?:\.{_ATOM})*)>(?= +[A-Za-z]|\Z)", re.ASCII)

_SIZE = re.compile(r"[0-9]{1,18}", re.ASCII)

_log = structlog.get_logger(__name__)


class _Reader(asyncio.StreamReader):
    """Gives out the lines of a mail several at a time: aiosmtpd asks for them one by one, and that
    takes half of the time of a mail of 12 KB.

    What is given out is whole lines, of which none but the first begins with a dot: the end of the mail, and a dot
    that was doubled on the way (RFC 5321 section 4.5.2), stay for aiosmtpd to see.
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
        """A line of any length that a mail may have, in pieces of what is buffered at a time."""
        line = bytearray()
        while True:
            try:
                return bytes(line + await super().readuntil(separator))
            except asyncio.LimitOverrunError as error:
                if len(line) + error.consumed > self.most:
                    raise
                line += await self.read(error.consumed)


class Server(LMTP):
    """aiosmtpd's LMTP server, which takes lines as long as a mail may be: they are there, and a refusal loses mail."""

    line_length_limit = 2**31

    def __init__(self, door: ConnectionLimit, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._door = door
        self._refused = False
        self._held: Hold | None = None
        self.peer = ""
        self.heard_at = self.loop.time()
        # once more, as aiosmtpd does it, with a reader of ours
        asyncio.StreamReaderProtocol.__init__(
            self,
            _Reader(loop=self.loop, limit=BUFFER_BYTES),
            client_connected_cb=self._cb_client_connected,
            loop=self.loop,
        )

    @property
    def idle(self) -> float:
        """Seconds for which the client has said nothing, while nothing of ours is going on."""
        return 0.0 if self._held else self.loop.time() - self.heard_at

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A new connection; one too many is told so and closed."""
        assert isinstance(transport, asyncio.Transport)
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if peer else ""
        self._refused = not self._door.admit(self)
        if self._refused:
            metrics.PUSH_REFUSED.labels("connections").inc()
            transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
            transport.close()
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The end of a connection."""
        if not self._refused:
            self._door.leave(self)
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """What a client says; one whose connection was one too many is not listened to."""
        if not self._refused:
            self.heard_at = self.loop.time()
            if self._held:
                self._held.arrived += len(data)
            super().data_received(data)

    def end(self, words: bytes) -> None:
        """Ends the connection with a last word of ours."""
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.write(words)
        self.transport.close()

    def all_came(self) -> None:
        """Notes that the mail is here: what we do with it now is not its client's fault."""
        if self._held:
            self._held.whole = True

    def _give_way(self) -> None:
        metrics.PUSH_REFUSED.labels("slow").inc()
        self.end(b"452 4.3.1 Too slow while others wait, try again later\r\n")

    def eof_received(self) -> bool | None:
        """The client says no more."""
        return False if self._refused else super().eof_received()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  # the name is aiosmtpd's
        """The DATA command: begins when there is room in memory for the mail."""
        assert isinstance(self._reader, _Reader)
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await super().smtp_DATA(arg)  # which says that there must be one
            return
        allowed = self.data_size_limit
        assert allowed is not None
        size = _declared(self.envelope) or allowed
        try:
            holding = self._door.budget.hold(size, seconds=BUSY_SECONDS, whose=self.peer, give_way=self._give_way)
            async with holding as self._held:
                self.data_size_limit = min(allowed, size * _SLACK + _SLACK_BYTES)
                self._reader.in_mail, self._reader.most = True, self.data_size_limit
                await super().smtp_DATA(arg)
        except BusyError:
            metrics.PUSH_REFUSED.labels("memory").inc()
            await self.push("452 4.3.1 Too much mail at once, try again later")
        finally:
            self.data_size_limit = allowed
            self._reader.in_mail = False
            self._held, self.heard_at = None, self.loop.time()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        # aiosmtpd makes a class at each call, and reads as if it were a header field: an eighth of a mail's time
        plain = _PLAIN.match(arg)
        if plain:
            return plain[1], arg[plain.end() :]
        try:
            return super()._getaddr(arg)
        except Exception as error:  # noqa: BLE001  # its reader is recursive, and none for hostile words
            _log.info("address not read", error=repr(error)[:200])
            return None, None

    async def push(self, status: str | bytes) -> None:
        """Says something to the client; with the codes of RFC 3463 that aiosmtpd leaves out, and of a mail that was
        sent in vain once for each recipient (RFC 2033 section 4.2)."""
        if isinstance(status, str):
            if status.startswith(("552 Error", "500 Line too long")):
                metrics.PUSH_REFUSED.labels("size").inc()
                status = "552 5.3.4 The mail is larger than the limit that was announced"
            if isinstance(self._reader, _Reader) and self._reader.in_mail and status[:3] in {"552", "500"}:
                assert self.envelope is not None
                status = "\r\n".join([status] * len(self.envelope.rcpt_tos))
            status = status.encode()
        await super().push(status)


def _declared(envelope: Envelope) -> int:
    """The size that the client gave with MAIL FROM (RFC 1870), in bytes; 0 for none."""
    sizes = [option.partition("=")[2] for option in envelope.mail_options if option.startswith("SIZE=")]
    return int(sizes[0]) if sizes and _SIZE.fullmatch(sizes[0]) else 0


class Handler:
    """What the LMTP server asks for each command that it doesn't answer itself (aiosmtpd's handler hooks)."""

    def __init__(self, resources: Resources) -> None:
        self._peers = [ip_network(network) for network in resources.settings.authentication.authserv_peers]
        self._intake = GroupCommit(resources, PushSource(SourceKind.LMTP, TRUSTED))
        # what comes from elsewhere is a source of its own: nothing that stands in it is the word of our mail server
        self._others = GroupCommit(resources, PushSource(SourceKind.LMTP, OTHERS))
        self.intakes = (self._intake, self._others)

    async def handle_MAIL(  # noqa: N802  # the name is aiosmtpd's
        self, _server: LMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes any sender, while there is room on the disk."""
        try:
            self._intake.room.check()
        except OSError as error:
            _log.warning("no mail is taken in", error=str(error))
            metrics.PUSH_REFUSED.labels("disk").inc()
            return "452 4.3.1 No room on the disk, try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802  # the name is aiosmtpd's
        self, _server: LMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Takes recipients in the mail domain of a tenant; says no at once to the others, so that nothing is lost."""
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            ours = await self._intake.is_ours(address)
        except Exception as error:  # noqa: BLE001  # the sender tries again
            _log.warning("recipient not checked", error=str(error))
            return "451 4.3.0 Try again later"
        if not ours:
            return "550 5.1.2 No tenant has this mail domain"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    def _intake_of(self, session: Session) -> GroupCommit:
        host = session.peer[0] if session.peer else ""
        peer = ip_address(str(host).partition("%")[0])  # without the zone of a link-local address
        plain = getattr(peer, "ipv4_mapped", None) or peer
        return self._intake if any(plain in network for network in self._peers) else self._others

    async def handle_DATA(self, server: LMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Custody for every recipient, then a reply for each (RFC 2033 section 4.2)."""
        if isinstance(server, Server):
            server.all_came()
        assert isinstance(envelope.content, bytes)
        sender = "" if envelope.mail_from in {None, "<>"} else str(envelope.mail_from)
        reference = uuid4().hex
        arrivals = [Arrival(envelope.content, address, sender, reference) for address in envelope.rcpt_tos]
        try:
            await self._intake_of(session).take(arrivals)
        except Exception as error:  # noqa: BLE001  # not in custody: the sender keeps it and tries again
            _log.warning("custody failed", error=str(error))
            metrics.PUSH_REFUSED.labels("disk" if isinstance(error, NoRoomError) else "custody").inc()
            return "\r\n".join("451 4.3.0 Not stored, try again later" for _ in arrivals)
        return "\r\n".join(f"250 2.0.0 In custody as {reference}" for _ in arrivals)


async def serve(resources: Resources, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Serves LMTP at the host and port of the settings until `stop` is set.

    Raises `OSError` when the port can't be had.
    """
    settings = resources.settings
    handler = Handler(resources)
    loop = asyncio.get_running_loop()
    door = ConnectionLimit(settings)
    make = partial(
        Server,
        door,
        handler,
        data_size_limit=settings.limits.mail,
        ident="casemail",
        loop=loop,
        timeout=TIMEOUT,
    )
    work = [asyncio.create_task(intake.run()) for intake in handler.intakes]
    server = await loop.create_server(make, settings.lmtp.host, settings.lmtp.port, backlog=500)
    ready.set()
    try:
        await stop.wait()
    finally:
        server.close()
        await door.close()
        for task, intake in zip(work, handler.intakes, strict=True):
            task.cancel()
            await intake.close()
