"""The threads that fetch, in a courier's process: a server that hangs keeps one of many, and no other work waits.

An order is taken over at once, so that its message is settled; should the process die, the lease ends and the source is
ordered again. While a fetch runs its lease is renewed, but not for longer than one may take; that of one that could not
note its own end, since the database was away, is given back.
"""

import threading
import time
from functools import partial

import structlog

from schemas.records import FetchOrder
from storage.resources import Resources
from workers import metrics
from workers.fetch import batches
from workers.fetch.pull.idle import Listener
from workers.fetch.pull.stage import fetch
from workers.fetch.pull.threads import Threads

#: Fetches that run at a time in one process.
MOST = 64
#: Seconds between two renewals of the leases of those that run.
RENEW_SECONDS = batches.LEASE_SECONDS / 4
#: Seconds over what a fetch may take (a step may just have begun) after which its lease is renewed no more.
_OVER_SECONDS = 180

_log = structlog.get_logger(__name__)


class Fetchers:
    """Fetches of one process, for one house."""

    def __init__(self, resources: Resources) -> None:
        self._house = resources
        self._threads = Threads(MOST, "fetch")
        self._running: dict[FetchOrder, float] = {}
        self._broken: dict[FetchOrder, str] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._renew, name="leases", daemon=True).start()
        self.listener = Listener(resources)
        self.listener.start()

    def begin(self, order: FetchOrder) -> None:
        """Has the order worked off; returns at once."""
        with self._lock:
            self._running[order] = time.monotonic()
        self._threads.do(partial(self._fetch, order))

    def _fetch(self, order: FetchOrder) -> None:
        started, running = time.perf_counter(), order
        try:
            with self._house.database.system() as connection:
                running = batches.begin(connection, order)
            with self._lock:
                self._running.pop(order, None)
                self._running[running] = time.monotonic()
            fetch(running, self._house)
        except batches.LeaseLostError:
            return
        except Exception as error:  # noqa: BLE001  # the lease is given back, and the source is ordered again
            _log.warning("fetch broken off", source=str(order.source_id), error=repr(error)[:500])
            with self._lock:
                self._broken[running] = f"casemail itself failed: {type(error).__name__}"
        finally:
            with self._lock:
                self._running.pop(running, None)
            metrics.FETCH_SECONDS.observe(time.perf_counter() - started)

    def _renew(self) -> None:
        longest = self._house.settings.sources.seconds + _OVER_SECONDS
        while True:
            time.sleep(RENEW_SECONDS)
            with self._lock:
                running = [one for one, since in self._running.items() if time.monotonic() - since < longest]
                broken = dict(self._broken)
            try:
                if running or broken:
                    self._note(running, broken)
            except Exception as error:  # noqa: BLE001  # the next renewal may go well
                _log.warning("leases not renewed", error=str(error))

    def _note(self, running: list[FetchOrder], broken: dict[FetchOrder, str]) -> None:
        with self._house.database.system() as connection:
            batches.renew(connection, running)
            for order, words in broken.items():
                batches.release(connection, order, words)
        with self._lock:
            self._broken = {order: words for order, words in self._broken.items() if order not in broken}


_lock = threading.Lock()
_made: dict[int, Fetchers] = {}


def begin(order: FetchOrder, resources: Resources) -> None:
    """The fetch stage: has the order worked off by a thread of its own."""
    with _lock:
        fetchers = _made.get(id(resources)) or _made.setdefault(id(resources), Fetchers(resources))
    fetchers.begin(order)
