"""Listens for new mail where the server offers it (RFC 2177 IDLE): a source is due as soon as its server announces it.

One thread of a courier holds the connections to many mailboxes; other threads open them. A courier claims the mailboxes
that it listens to in the database for a short time, so that each has one listener, and another courier takes over when
a courier dies. All mailboxes, with IDLE or without, are also fetched in their period.
"""

import selectors
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog

from storage.ledger import idle_claims
from storage.resources import Resources
from storage.source_rows import SourceRow
from workers.fetch.mailbox.credentials import Credentials
from workers.fetch.mailbox.imap_client import Box, connect
from workers.fetch.mailbox.transport import Meter
from workers.fetch.pull.threads import Threads

#: Seconds between two checks of claims and connections.
CHECK_SECONDS = 5.0
#: Seconds after which a connection is replaced: servers log off clients that are silent for 30 minutes (RFC 2177).
REISSUE_SECONDS = 28 * 60
#: Seconds until the next try after a failure: twice as long each time, up to a limit.
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 600.0
#: Most mailboxes that one process listens to, and that it opens at a time.
MOST, MOST_OPENED = 500, 8
#: Most bytes read at a time; they are only searched for the announcement of new mail.
_BLOCK = 16_384

_log = structlog.get_logger(__name__)


@dataclass
class _IdleConnection:
    """A mailbox to listen to, and its connection; without a connection, `again_at` (time.monotonic) is the next try."""

    source: SourceRow
    box: Box | None = None
    opening: bool = False
    since: float = 0.0
    failures: int = 0
    again_at: float = 0.0
    rest: bytes = b""


class Listener:
    """Listens to the mailboxes that it can claim, from `start` to `stop`."""

    def __init__(
        self, resources: Resources, *, check_seconds: float = CHECK_SECONDS, reissue_seconds: float = REISSUE_SECONDS
    ) -> None:
        self._resources = resources
        self._check_seconds, self._reissue_seconds = check_seconds, reissue_seconds
        self._connections: dict[UUID, _IdleConnection] = {}
        self._selector = selectors.DefaultSelector()
        self._opened: list[tuple[_IdleConnection, Box]] = []
        self._threads = Threads(MOST_OPENED, "idle-open")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="idle", daemon=True)

    @property
    def listening(self) -> set[UUID]:
        """The sources whose servers will announce new mail."""
        return {source_id for source_id, idle in list(self._connections.items()) if idle.box is not None}

    def start(self) -> None:
        """Starts to listen, in a new thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stops listening; another process may listen to these mailboxes at once."""
        self._stop.set()
        self._thread.join()
        for idle in list(self._connections.values()):
            self._close(idle)
        with suppress(Exception), self._resources.database.system() as connection:
            idle_claims.give_up(connection, self._connections)

    def _run(self) -> None:
        next_check = 0.0
        while not self._stop.is_set():
            if time.monotonic() >= next_check:
                next_check = time.monotonic() + self._check_seconds
                self._guarded(self._claim)
                self._guarded(self._open_all)
            self._guarded(self._listen)

    def _guarded(self, duty: Callable[[], None]) -> None:
        try:
            duty()
        except Exception as error:  # noqa: BLE001  # listening goes on; meanwhile mailboxes are fetched in their period
            _log.warning("listening failed", duty=duty.__name__, error=error)
            self._stop.wait(1.0)

    def _claim(self) -> None:
        with self._resources.database.system() as connection:
            claimed = {row.id: row for row in idle_claims.claim(connection, self._connections, most=MOST)}
        for source_id, idle in list(self._connections.items()):
            new = claimed.get(source_id)
            if new is None or (new.options, new.secret) != (idle.source.options, idle.source.secret):
                self._close(idle)
                del self._connections[source_id]
        for source_id, source in claimed.items():
            self._connections.setdefault(source_id, _IdleConnection(source))

    def _open_all(self) -> None:
        for idle in self._connections.values():
            if idle.box is not None and time.monotonic() - idle.since > self._reissue_seconds:
                self._close(idle)  # a new connection finds mail that the server did not announce
            if idle.box is None and not idle.opening and time.monotonic() >= idle.again_at:
                idle.opening = True
                self._threads.do(partial(self._open, idle))

    def _open(self, idle: _IdleConnection) -> None:
        """Connects and begins to idle; runs in a thread of the pool."""
        box = None
        try:
            settings = self._resources.settings
            meter = Meter(seconds=settings.sources.timeout * 2, silence=settings.sources.timeout)
            credentials = Credentials(idle.source, self._resources)
            box = connect(credentials, meter)
            meter.allow()
            if "IDLE" not in box.client.capabilities:
                box.drop()
                idle.again_at, idle.opening = time.monotonic() + LONGEST_PAUSE, False
                return
            box.folder.set(credentials.options.folder, readonly=True)
            box.idle.start()  # type: ignore[no-untyped-call]
            box.client.sock.settimeout(0)
            self._make_due(idle)  # for mail that came before we listened
            self._opened.append((idle, box))
        except Exception as error:  # noqa: BLE001  # tried again later; the fetch alerts the admins of lasting failures
            if box is not None:
                box.drop()
            self._try_later(idle)
            idle.opening = False
            _log.info("not listening", source=str(idle.source.id), error=error)

    def _listen(self) -> None:
        while self._opened:
            idle, box = self._opened.pop()
            idle.opening = False
            if self._connections.get(idle.source.id) is not idle:
                box.drop()
                continue
            idle.box, idle.since, idle.rest = box, time.monotonic(), b""
            self._selector.register(box.client.sock, selectors.EVENT_READ, idle)
        for key, _ in self._selector.select(min(self._check_seconds, 0.5)):
            self._read(key.data)

    def _read(self, idle: _IdleConnection) -> None:
        assert idle.box is not None
        sock = idle.box.client.sock
        new_mail = False
        try:
            while True:  # with TLS, more may be ready than the selector sees
                block = sock.recv(_BLOCK)
                if not block:
                    raise ConnectionResetError
                said = idle.rest + block.upper()
                new_mail = new_mail or b" EXISTS" in said
                if b"* BYE" in said:
                    raise ConnectionResetError
                idle.rest = said[-8:]
                if len(block) < _BLOCK and not getattr(sock, "pending", int)():
                    break
            idle.failures = 0
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self._close(idle)
            self._try_later(idle)
        if new_mail:
            self._make_due(idle)

    def _try_later(self, idle: _IdleConnection) -> None:
        idle.again_at = time.monotonic() + min(FIRST_PAUSE * 2**idle.failures, LONGEST_PAUSE)
        idle.failures += 1

    def _make_due(self, idle: _IdleConnection) -> None:
        with self._resources.database.system() as connection:
            idle_claims.make_due(connection, idle.source.id)

    def _close(self, idle: _IdleConnection) -> None:
        box, idle.box = idle.box, None
        if box is not None:
            with suppress(KeyError, ValueError):
                self._selector.unregister(box.client.sock)
            box.drop()
