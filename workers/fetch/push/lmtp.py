"""The LMTP server (RFC 2033), for Postfix, Exim or a gateway in front of it: it replies 250 only after custody.

What it can't take now it refuses with 4xx, so that the server in front keeps it: when the disk is nearly full, or when
there are too many connections, or too much mail in memory.
"""

import asyncio
from functools import partial
from ipaddress import ip_address, ip_network
from uuid import uuid4

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session

from schemas.mailboxes import LMTP as TRUSTED
from schemas.mailboxes import LMTP_OTHERS as OTHERS
from schemas.tables import SourceKind
from storage.ledger import entries
from storage.resources import Resources
from workers import metrics
from workers.fetch.custody import Arrival
from workers.fetch.disk_space import NoRoomError
from workers.fetch.push.group_commit import GroupCommit, PushSource
from workers.fetch.push.lmtp_limits import ConnectionLimit
from workers.fetch.push.lmtp_protocol import Server
from workers.fetch.push.memory_budget import Patience
from workers.metrics import PushCause

#: Most recipients of one mail.
MAX_RECIPIENTS = 100
#: Longest time without a command, and longest time for a mail, in seconds.
TIMEOUT = 120

_log = structlog.get_logger(__name__)


class Handler:
    """The replies to MAIL, RCPT and DATA (aiosmtpd's handler hooks)."""

    def __init__(self, resources: Resources) -> None:
        self._peers = [ip_network(network) for network in resources.settings.authentication.authserv_peers]
        # mail from other peers is a separate source: the results in its header are not our mail server's
        names, sizes = (TRUSTED, OTHERS), (False, True)
        # large mails have groups of their own: an ordinary mail does not wait until theirs are on the disk
        self._commits = {
            (name, large): GroupCommit(resources, PushSource(SourceKind.LMTP, name))
            for name in names
            for large in sizes
        }
        self.commits = tuple(self._commits.values())

    async def handle_MAIL(  # noqa: N802  # the name is aiosmtpd's
        self, _server: LMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accepts any sender, while there is room on the disk."""
        try:
            self.commits[0].disk.check()
        except OSError as error:
            _log.warning("no mail is taken in", error=error)
            metrics.PUSH_REFUSED.labels(PushCause.DISK).inc()
            return "452 4.3.1 No room on the disk, try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802  # the name is aiosmtpd's
        self, _server: LMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accepts recipients in the mail domain of a tenant, and refuses other recipients at once: nothing is lost."""
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            metrics.PUSH_REFUSED.labels(PushCause.RECIPIENTS).inc()
            return "452 4.5.3 Too many recipients"
        try:
            ours = await self.commits[0].is_ours(address)
        except Exception as error:  # noqa: BLE001  # the sender tries again
            _log.warning("recipient not checked", error=error)
            metrics.PUSH_REFUSED.labels(PushCause.RECIPIENT).inc()
            return "451 4.3.0 Try again later"
        if not ours:
            metrics.PUSH_REFUSED.labels(PushCause.DOMAIN).inc()
            return "550 5.1.2 No tenant has this mail domain"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: LMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's
        """Takes the mail into custody for every recipient, then replies for each (RFC 2033 section 4.2)."""
        if isinstance(server, Server):
            server.arrived()
        assert isinstance(envelope.content, bytes)
        sender = "" if envelope.mail_from in {None, "<>"} else str(envelope.mail_from)
        reference = uuid4().hex
        arrivals = [Arrival(envelope.content, address, sender, reference) for address in envelope.rcpt_tos]
        try:
            await self._commit_for(session, len(envelope.content)).take(arrivals)
        except Exception as error:  # noqa: BLE001  # not in custody: the sender keeps it and tries again
            _log.warning("custody failed", error=error)
            metrics.PUSH_REFUSED.labels(PushCause.DISK if isinstance(error, NoRoomError) else PushCause.CUSTODY).inc()
            return "\r\n".join("451 4.3.0 Not stored, try again later" for _ in arrivals)
        return "\r\n".join(f"250 2.0.0 In custody as {reference}" for _ in arrivals)

    def _commit_for(self, session: Session, size: int) -> GroupCommit:
        host = session.peer[0] if session.peer else ""
        peer = ip_address(str(host).partition("%")[0])  # without the zone of a link-local address
        plain = getattr(peer, "ipv4_mapped", None) or peer
        name = TRUSTED if any(plain in network for network in self._peers) else OTHERS
        return self._commits[name, size > entries.ORDINARY_BYTES]


async def serve(
    resources: Resources, ready: asyncio.Event, stop: asyncio.Event, *, patience: Patience | None = None
) -> None:
    """Serves LMTP at the host and port of the settings until `stop` is set; sets `ready` when it listens.

    Raises `OSError` when the port is not free.
    """
    settings = resources.settings
    handler = Handler(resources)
    loop = asyncio.get_running_loop()
    connections = ConnectionLimit(settings, patience or Patience())
    make = partial(
        Server,
        connections,
        handler,
        data_size_limit=settings.limits.mail,
        ident="casemail",
        loop=loop,
        timeout=TIMEOUT,
    )
    work = [asyncio.create_task(commit.run()) for commit in handler.commits]
    server = await loop.create_server(make, settings.lmtp.host, settings.lmtp.port, backlog=500)
    ready.set()
    try:
        await stop.wait()
    finally:
        for listening in server.sockets:
            loop.remove_reader(listening)
        # lets connections begin that are accepted already: a closed server would drop them without a reply
        await asyncio.sleep(0)
        server.close()
        await connections.close()
        for task, commit in zip(work, handler.commits, strict=True):
            task.cancel()
            await commit.close()
