"""What a role needs, each need checked in a thread and within a bounded time, with the reason in plain words."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from ops.kafka import check_topics
from ops.monitoring.liveness import consumer_gauges
from schemas.settings import Settings
from storage import identity, migrations
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources

#: Longest wait for a check, and how long its result is used again, in seconds.
PATIENCE, KEPT = 2.0, 2.0
#: Longest reason that is shown, in characters.
_REASON_LENGTH = 300

#: Returns when the need is met; else raises an exception whose text is the reason.
Check = Callable[[], None]


class NotReadyError(Exception):
    """A need is not met; the text says what is missing, and what to do."""


@dataclass(frozen=True)
class Result:
    """Whether a need is met, and if not, why."""

    ready: bool
    reason: str = ""


class Need:
    """One need of a role. Its check runs in a thread, never twice at the same time."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._result = Result(ready=False, reason="not checked yet")
        self._checked_at = float("-inf")
        self._thread: Thread | None = None
        self._lock = Lock()

    def begin(self) -> None:
        """Begins a check, unless one is running or the last one is recent."""
        with self._lock:
            running = self._thread is not None and self._thread.is_alive()
            if not running and time.monotonic() - self._checked_at > KEPT:
                self._thread = Thread(target=self._run, name="readiness", daemon=True)
                self._thread.start()

    def result(self, until: float) -> Result:
        """Returns the result of the running check, or of the last; waits for it until `until` (monotonic time)."""
        thread = self._thread
        if thread is not None:
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                return Result(ready=False, reason=f"no answer within {PATIENCE:g} s")
        return self._result

    def _run(self) -> None:
        try:
            self._check()
        except Exception as error:  # noqa: BLE001  # the reason is shown
            # the first line: a driver's further lines have statements and links
            words = (str(error).strip() or type(error).__name__).splitlines()[0]
            self._result = Result(ready=False, reason=words[:_REASON_LENGTH])
        else:
            self._result = Result(ready=True)
        self._checked_at = time.monotonic()


class Readiness:
    """All needs of a role, by name."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._needs = {name: Need(check) for name, check in checks.items()}

    def results(self) -> dict[str, Result]:
        """Returns the result of each need; takes at most `PATIENCE` seconds."""
        for need in self._needs.values():
            need.begin()
        until = time.monotonic() + PATIENCE
        return {name: need.result(until) for name, need in self._needs.items()}


def stores(database: Database, blobs: Callable[[], Blobs]) -> dict[str, Check]:
    """Returns the checks of what every role needs: the schema of the database, and the blob store.

    `blobs` is called at each check: opening the store may fail.
    """

    def schema() -> None:
        with database.system() as connection:
            found = migrations.revision(connection)
        if migrations.is_older(found):
            raise NotReadyError(f"the database has the schema {found or 'of nothing'}: run `casemail migrate`")

    def blob_store() -> None:
        store = blobs()
        store.check()
        try:
            with database.system() as connection:
                known = identity.read(connection)
        except SQLAlchemyError:
            return  # that the database is away is told by the check of the schema
        if known and known.blob_mark and (problems := identity.compare_blobs(known, store)):
            raise NotReadyError(problems[0])

    return {"schema": schema, "blob store": blob_store}


def of(resources: Resources) -> dict[str, Check]:
    """Returns `stores` of a process with these resources; the checks have a database connection of their own."""
    return stores(resources.database.with_own_connections(1), lambda: resources.blobs)


def topics(settings: Settings) -> dict[str, Check]:
    """Returns the check that Kafka answers and has the topics."""
    return {"topics": lambda: check_topics(settings)}


def consumers(folder: Path, queues: Sequence[str]) -> dict[str, Check]:
    """Returns the check that a process which counts in `folder` reads each of the queues."""

    def reading() -> None:
        found = {queue for queue, value in consumer_gauges(folder, "dramatiq_kafka_reading") if value}
        if missing := sorted(set(queues) - found):
            raise NotReadyError(f"no consumer reads {', '.join(missing)}; a consumer joins within seconds of Kafka")

    return {"consumers": reading}


def listening(listens: Callable[[], bool]) -> dict[str, Check]:
    """Returns the check that the role's own server accepts connections."""

    def accepts() -> None:
        if not listens():
            raise NotReadyError("it does not listen yet, or not any more")

    return {"listening": accepts}
