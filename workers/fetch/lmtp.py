"""The LMTP server (RFC 2033), for Postfix, Exim or a gateway in front of it: 250 only after custody.

Mails that arrive together share one custody transaction, so that its commit and its fsyncs are paid once.
"""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session

from schemas.tables import SourceKind, now
from workers.fetch import batches
from workers.fetch.custody import Arrival, Custodian
from workers.house import House

#: Most arrivals that share one custody transaction.
GROUP_SIZE = 50
#: Most bytes of lines that are taken out of a connection's buffer at a time.
BLOCK_BYTES = 64 * 1024
#: Most recipients of one mail.
MAX_RECIPIENTS = 100

_log = structlog.get_logger(__name__)


@dataclass
class _Waiting:
    arrivals: list[Arrival]
    taken: asyncio.Future[None]


class Intake:
    """Takes what arrives into custody in groups, one group at a time, in batches of a set length of time."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._custodian = Custodian(house)
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._source_id: UUID | None = None
        self._batch: tuple[UUID, float] | None = None

    async def take(self, arrivals: list[Arrival]) -> None:
        """Returns when the arrivals are in custody; raises what stopped it."""
        waiting = _Waiting(arrivals, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(waiting)
        await waiting.taken

    async def is_ours(self, recipient: str) -> bool:
        """Whether the address is in the mail domain of a tenant."""
        if self._custodian.knows(recipient):
            return True
        return await asyncio.to_thread(self._custodian.is_ours, recipient)

    async def run(self) -> None:
        """Works until cancelled."""
        while True:
            group = [await self._next()]
            while not self._queue.empty() and len(group) < GROUP_SIZE:
                group.append(self._queue.get_nowait())
            try:
                await asyncio.to_thread(self._take_group, [one for waiting in group for one in waiting.arrivals])
            except Exception as error:  # noqa: BLE001  # whatever it was, the senders are told to try again
                for waiting in group:
                    waiting.taken.set_exception(error)
            else:
                for waiting in group:
                    waiting.taken.set_result(None)

    async def close(self) -> None:
        """Closes the batch that is open."""
        await asyncio.to_thread(self._close_batch)

    async def _next(self) -> _Waiting:
        while True:
            try:
                return await asyncio.wait_for(self._queue.get(), self._house.settings.push_batch_seconds / 2)
            except TimeoutError:
                await asyncio.to_thread(self._close_old_batch)

    def _take_group(self, arrivals: list[Arrival]) -> None:
        self._close_old_batch()
        if self._batch is None:
            with self._house.database.system() as connection:
                if self._source_id is None:
                    self._source_id = batches.ensure_source(connection, SourceKind.LMTP, "lmtp")
                self._batch = (batches.open_batch(connection, self._source_id, now()), time.monotonic())
        self._custodian.take(self._batch[0], arrivals)

    def _close_old_batch(self) -> None:
        if self._batch and time.monotonic() - self._batch[1] > self._house.settings.push_batch_seconds:
            self._close_batch()

    def _close_batch(self) -> None:
        if self._batch is not None:
            with self._house.database.system() as connection:
                batches.close_batch(connection, self._batch[0])
            self._batch = None


class _Reader(asyncio.StreamReader):
    """Gives out the lines of a mail several at a time: aiosmtpd asks for them one by one, and that
    takes half of the time of a mail of 12 KB.

    What is given out is whole lines, of which none but the first begins with a dot: the end of the mail, and a dot
    that was doubled on the way (RFC 5321 section 4.5.2), stay for aiosmtpd to see.
    """

    in_mail = False

    async def readuntil(self, separator: bytes = b"\n") -> bytes:  # type: ignore[override]
        line = await super().readuntil(separator)
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


class Server(LMTP):
    """aiosmtpd's LMTP server, which takes longer lines than the standard: they are there, and a refusal loses mail."""

    line_length_limit = 1_000_000

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # once more, as aiosmtpd does it, with a reader of ours
        asyncio.StreamReaderProtocol.__init__(
            self,
            _Reader(loop=self.loop, limit=self.line_length_limit),
            client_connected_cb=self._cb_client_connected,
            loop=self.loop,
        )

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  # the name is aiosmtpd's
        """The DATA command."""
        assert isinstance(self._reader, _Reader)
        self._reader.in_mail = True
        try:
            await super().smtp_DATA(arg)
        finally:
            self._reader.in_mail = False


class Handler:
    """What the LMTP server asks for each command that it doesn't answer itself (aiosmtpd's handler hooks)."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

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

    async def handle_DATA(self, _server: LMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Custody for every recipient, then a reply for each (RFC 2033 section 4.2)."""
        assert isinstance(envelope.content, bytes)
        sender = "" if envelope.mail_from in {None, "<>"} else str(envelope.mail_from)
        reference = uuid4().hex
        arrivals = [Arrival(envelope.content, address, sender, reference) for address in envelope.rcpt_tos]
        try:
            await self._intake.take(arrivals)
        except Exception as error:  # noqa: BLE001  # not in custody: the sender keeps it and tries again
            _log.warning("custody failed", error=str(error))
            return "\r\n".join("451 4.3.0 Not stored, try again later" for _ in arrivals)
        return "\r\n".join(f"250 2.0.0 In custody as {reference}" for _ in arrivals)


async def serve(house: House, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """Serves LMTP at the host and port of the settings until `stop` is set.

    Raises `OSError` when the port can't be had.
    """
    settings = house.settings
    intake = Intake(house)
    loop = asyncio.get_running_loop()
    make = partial(
        Server, Handler(intake), data_size_limit=settings.mail_size_limit, ident="casemail", loop=loop, timeout=120
    )
    worker = asyncio.create_task(intake.run())
    server = await loop.create_server(make, settings.lmtp_host, settings.lmtp_port, backlog=500)
    ready.set()
    try:
        await stop.wait()
    finally:
        server.close()
        worker.cancel()
        await intake.close()
