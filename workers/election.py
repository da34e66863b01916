"""Elects the one dispatcher that exports the figures of the whole cluster, by a lease in the database."""

import time
from collections.abc import Callable
from threading import Event, Thread

import structlog
from sqlalchemy.exc import DBAPIError

from schemas.tables import new_id
from storage import exporter_lease
from storage.database import Database

#: For how long the lease is taken, and after how long it is renewed, in seconds.
LEASE_SECONDS, RENEW_SECONDS = 10.0, 2.0

_log = structlog.get_logger(__name__)


class Election:
    """Takes and renews the lease in a thread.

    `changed` is called in this thread with True when the lease is taken, and with False when it is lost. While the
    database is away nobody can take the lease, so its holder stays the leader: the figures of Kafka go on, and those of
    the database are told as unreadable.
    """

    def __init__(self, database: Database, changed: Callable[[bool], None]) -> None:
        self._database = database
        self._changed = changed
        self._holder = new_id()
        self._leads = False
        self._valid_until = float("-inf")
        self._away = False
        self._stop = Event()
        self._thread = Thread(target=self._run, name="election", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Gives the lease back, so that another dispatcher takes it at once."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._leads:
            self._set(leads=False)
            try:
                with self._database.system() as connection:
                    exporter_lease.release(connection, self._holder)
            except DBAPIError as error:
                _log.info("lease not given back, it runs out", error=error)

    @property
    def leads(self) -> bool:
        """Whether this dispatcher exports. A process that was frozen longer than its lease does not, until it knows."""
        return self._leads and (self._away or time.monotonic() < self._valid_until)

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                with self._database.system() as connection:
                    has = exporter_lease.take(connection, self._holder, LEASE_SECONDS)
            except Exception as error:  # noqa: BLE001  # whatever it was, the next try may succeed
                if not self._away:
                    _log.warning("lease not renewed", error=error)
                self._away = True
            else:
                self._valid_until = began + LEASE_SECONDS
                self._away = False
                self._set(leads=has)
            self._stop.wait(RENEW_SECONDS)

    def _set(self, *, leads: bool) -> None:
        if leads is not self._leads:
            self._leads = leads
            _log.info("exports the figures of the cluster" if leads else "another exports the figures of the cluster")
            self._changed(leads)
