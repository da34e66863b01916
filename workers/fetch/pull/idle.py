"""Listening for new mail where the server offers it (RFC 2177 IDLE): a source is due as soon as its server tells.

One thread of a courier holds the connections of many mailboxes; another opens them. Which courier listens to which is
claimed in the database for a short time, so that each has one listener, and another takes over from one that died. A
mailbox without IDLE is fetched in its period, as all are.
"""

import selectors
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy import Connection, text

from storage.resources import Resources
from workers.fetch import batches
from workers.fetch.mailbox.credentials import Credentials
from workers.fetch.mailbox.imap_client import Box, connect, drop
from workers.fetch.mailbox.source import SourceRow
from workers.fetch.mailbox.transport import Meter, SourceError
from workers.fetch.pull.threads import Threads

#: Seconds for which a claim holds, and between two looks at claims and connections.
CLAIM_SECONDS, LOOK_SECONDS = 60, 5.0
#: Seconds after which IDLE is ended and begun again: servers log off who is silent for 30 minutes (RFC 2177).
REISSUE_SECONDS = 28 * 60
#: Seconds to the next try after a failure: twice as long each time, to a limit.
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 600.0
#: Most mailboxes that one process listens to, and that it opens at a time.
MOST, MOST_OPENED = 500, 8
#: Most bytes read at a time: what a server says is only looked through for new mail.
_BLOCK = 16_384

_log = structlog.get_logger(__name__)

_T = TypeVar("_T")

_CLAIM = text("""
update sources set idle_until = now() + make_interval(secs => :seconds)
where id in (
    select id from sources
    where kind = 'imap' and active and paused_for = '' and old_mails in ('all', 'since') and secret is not null
      and last_success_at is not null and coalesce((options->>'idle')::boolean, true)
      and (id = any(:mine) or idle_until is null or idle_until < now())
    order by id = any(:mine) desc, idle_until nulls first limit :most for update skip locked
)
returning id, tenant_id, kind, name, location, recipient_fields, period_seconds, options, secret, state,
    old_mails, since, last_success_at
""")
_GIVE_UP = text("update sources set idle_until = null where id = any(:ids)")
_DUE = text("update sources set next_at = now() where id = :id and active and paused_for = ''")


@dataclass
class _IdleConnection:
    """One mailbox that is listened to: its connection, or when to try again."""

    source: SourceRow
    box: Box | None = None
    opening: bool = False
    since: float = 0.0
    failures: int = 0
    again_at: float = 0.0
    rest: bytes = field(default=b"")


class Listener:
    """Listens to the mailboxes that it can claim, from `start` to `stop`."""

    def __init__(
        self, resources: Resources, *, look_seconds: float = LOOK_SECONDS, reissue_seconds: float = REISSUE_SECONDS
    ) -> None:
        self._house = resources
        self._look, self._reissue = look_seconds, reissue_seconds
        self._ears: dict[UUID, _IdleConnection] = {}
        self._selector = selectors.DefaultSelector()
        self._opened: list[tuple[_IdleConnection, Box]] = []
        self._threads = Threads(MOST_OPENED, "idle-open")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="idle", daemon=True)

    @property
    def listening(self) -> set[UUID]:
        """The sources whose servers will tell of new mail."""
        return {source_id for source_id, ear in list(self._ears.items()) if ear.box is not None}

    def start(self) -> None:
        """Begins to listen, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; another process may listen to these mailboxes at once."""
        self._stop.set()
        self._thread.join()
        for ear in list(self._ears.values()):
            self._close(ear)
        with suppress(Exception):
            self._in_database(lambda connection: connection.execute(_GIVE_UP, {"ids": list(self._ears)}))

    def _run(self) -> None:
        next_look = 0.0
        while not self._stop.is_set():
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + self._look
                self._guarded(self._claim)
                self._guarded(self._open_all)
            self._guarded(self._listen)

    def _guarded(self, duty: Callable[[], None]) -> None:
        try:
            duty()
        except Exception as error:  # noqa: BLE001  # listening goes on; mailboxes are fetched in their period meanwhile
            _log.warning("listening failed", duty=duty.__name__, error=str(error)[:300])
            self._stop.wait(1.0)

    def _claim(self) -> None:
        values = {"seconds": CLAIM_SECONDS, "mine": list(self._ears), "most": MOST}
        rows = self._in_database(lambda connection: connection.execute(_CLAIM, values).all())
        claimed = {row.id: batches.source_row(row) for row in rows}
        for source_id, ear in list(self._ears.items()):
            new = claimed.get(source_id)
            if new is None or (new.options, new.secret) != (ear.source.options, ear.source.secret):
                self._close(ear)
                del self._ears[source_id]
        for source_id, source in claimed.items():
            self._ears.setdefault(source_id, _IdleConnection(source))

    def _open_all(self) -> None:
        for ear in self._ears.values():
            if ear.box is not None and time.monotonic() - ear.since > self._reissue:
                self._close(ear)  # a fresh connection shows what its server may have forgotten to tell
            if ear.box is None and not ear.opening and time.monotonic() >= ear.again_at:
                ear.opening = True
                self._threads.do(partial(self._open, ear))

    def _open(self, ear: _IdleConnection) -> None:
        """Connects and begins to idle; runs in a thread of its own."""
        box = None
        try:
            settings = self._house.settings
            meter = Meter(seconds=settings.sources.timeout * 2, silence=settings.sources.timeout)
            credentials = Credentials(ear.source, self._house)
            box = connect(credentials, meter)
            meter.allow()
            if "IDLE" not in box.client.capabilities:
                drop(box)
                ear.again_at, ear.opening = time.monotonic() + LONGEST_PAUSE, False
                return
            box.folder.set(credentials.options.folder, readonly=True)
            box.idle.start()  # type: ignore[no-untyped-call]
            box.client.sock.settimeout(0)
            self._make_due(ear)  # what came before we listened
            self._opened.append((ear, box))
        except Exception as error:  # noqa: BLE001  # tried again later; the fetch tells the admin of what lasts
            if box is not None:
                drop(box)
            self._later(ear)
            words = str(error) if isinstance(error, SourceError) else type(error).__name__
            ear.opening = False
            _log.info("not listening", source=str(ear.source.id), error=words)

    def _listen(self) -> None:
        while self._opened:
            ear, box = self._opened.pop()
            ear.opening = False
            if self._ears.get(ear.source.id) is not ear:
                drop(box)
                continue
            ear.box, ear.since, ear.rest = box, time.monotonic(), b""
            self._selector.register(box.client.sock, selectors.EVENT_READ, ear)
        for key, _ in self._selector.select(min(self._look, 0.5)):
            self._hear(key.data)

    def _hear(self, ear: _IdleConnection) -> None:
        assert ear.box is not None
        sock = ear.box.client.sock
        told = False
        try:
            while True:  # with TLS, more may lie ready than the selector sees
                block = sock.recv(_BLOCK)
                if not block:
                    raise ConnectionResetError
                said = ear.rest + block.upper()
                told = told or b" EXISTS" in said
                if b"* BYE" in said:
                    raise ConnectionResetError
                ear.rest = said[-8:]
                if len(block) < _BLOCK and not getattr(sock, "pending", int)():
                    break
            ear.failures = 0
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self._close(ear)
            self._later(ear)
        if told:
            self._make_due(ear)

    def _later(self, ear: _IdleConnection) -> None:
        ear.again_at = time.monotonic() + min(FIRST_PAUSE * 2**ear.failures, LONGEST_PAUSE)
        ear.failures += 1

    def _make_due(self, ear: _IdleConnection) -> None:
        self._in_database(lambda connection: connection.execute(_DUE, {"id": ear.source.id}))

    def _close(self, ear: _IdleConnection) -> None:
        box, ear.box = ear.box, None
        if box is not None:
            with suppress(KeyError, ValueError):
                self._selector.unregister(box.client.sock)
            drop(box)

    def _in_database(self, work: Callable[[Connection], _T]) -> _T:
        with self._house.database.system() as connection:
            return work(connection)
