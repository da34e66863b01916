"""The fetch stage: runs fetches in threads of a courier's process, so that a hanging server blocks only one thread.

`begin` returns at once, so that the Kafka message of the order is settled. If the process dies, the lease ends and the
source is ordered again. While a fetch runs, its lease is renewed, but not for longer than a fetch may take. If a fetch
could not record its end because the database was away, its lease is given back later.
"""

import threading
import time
from functools import partial

import structlog

from schemas.records import FetchOrder
from storage.ledger import leases
from storage.resources import Resources
from workers import metrics
from workers.fetch.pull.idle import Listener
from workers.fetch.pull.stage import fetch
from workers.fetch.pull.threads import Threads

#: Most fetches that run at a time in one process.
MOST = 64
#: Seconds between two renewals of the leases of running fetches.
RENEW_SECONDS = leases.LEASE_SECONDS / 4
#: Seconds beyond the longest fetch (its last step may just have begun) after which its lease is no longer renewed.
_OVER_SECONDS = 180

_log = structlog.get_logger(__name__)


class FetchPool:
    """The fetches of one process, and its listener for new mail."""

    def __init__(self, resources: Resources, *, renew_seconds: float = RENEW_SECONDS) -> None:
        self._resources = resources
        self._renew_seconds = renew_seconds
        self._threads = Threads(MOST, "fetch")
        self._running: dict[FetchOrder, float] = {}
        self._broken: dict[FetchOrder, str] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._renew, name="leases", daemon=True).start()
        self.listener = Listener(resources)
        self.listener.start()

    def begin(self, order: FetchOrder) -> None:
        """Starts the ordered fetch in a thread; returns at once."""
        with self._lock:
            self._running[order] = time.monotonic()
        self._threads.do(partial(self._fetch, order))

    def _fetch(self, order: FetchOrder) -> None:
        started, running = time.perf_counter(), order
        try:
            with self._resources.database.system() as connection:
                running = leases.begin(connection, order)
            with self._lock:
                self._running.pop(order, None)
                self._running[running] = time.monotonic()
            fetch(running, self._resources)
        except leases.LeaseLostError:
            return
        except Exception as error:  # noqa: BLE001  # the lease is given back, and the source is ordered again
            _log.warning("fetch broken off", source=str(order.source_id), error=error)
            with self._lock:
                self._broken[running] = f"casemail itself failed: {type(error).__name__}"
        finally:
            with self._lock:
                self._running.pop(running, None)
            metrics.FETCH_SECONDS.observe(time.perf_counter() - started)

    def _renew(self) -> None:
        longest = self._resources.settings.sources.seconds + _OVER_SECONDS
        while True:
            time.sleep(self._renew_seconds)
            with self._lock:
                running = [order for order, since in self._running.items() if time.monotonic() - since < longest]
                broken = dict(self._broken)
            try:
                if running or broken:
                    self._record(running, broken)
            except Exception as error:  # noqa: BLE001  # the next renewal may succeed
                _log.warning("leases not renewed", error=error)

    def _record(self, running: list[FetchOrder], broken: dict[FetchOrder, str]) -> None:
        with self._resources.database.system() as connection:
            leases.renew(connection, running)
            for order, words in broken.items():
                leases.release(connection, order, words)
        with self._lock:
            self._broken = {order: words for order, words in self._broken.items() if order not in broken}


def begin(order: FetchOrder, resources: Resources) -> None:
    """Starts the ordered fetch in the pool of these resources; returns at once. The first order creates the pool."""
    resources.once(FetchPool).begin(order)
