"""The process beside the processes of Dramatiq that serves `/metrics`, `/livez` and `/readyz` of their role.

Dramatiq's master calls these functions in a new process. It sends SIGTERM when it begins to stop, and
again when its other processes have ended.
"""

import multiprocessing
import signal
from functools import cache
from threading import Event

import structlog

from ops import logs
from ops.monitoring import private_folder, readiness
from ops.monitoring.collectors import BuildCollector, FolderCollector, ProcessCollector
from ops.monitoring.errors import PortError
from ops.monitoring.liveness import of_consumers
from ops.monitoring.monitor import Monitor, serving
from schemas.settings import load
from storage.blobs.store import Blobs
from storage.database import open_database
from workers.pipeline import queues_of

#: Seconds between two looks whether the master is still there: when it was killed, nobody stops this process.
_LOOK_SECONDS = 0.5

_log = structlog.get_logger(__name__)


def worker() -> int:
    """Serves for `casemail worker`; the lane of heavy mails that it starts counts in the same folder."""
    return _serve("worker")


def courier() -> int:
    """Serves for `casemail courier`."""
    return _serve("courier")


def heavy() -> int:
    """Serves for a `casemail heavy` that no worker started."""
    return _serve("heavy")


def _serve(role: str) -> int:
    settings = load()
    logs.configure(settings.logs)
    master, folder = multiprocessing.parent_process(), private_folder.current()
    assert master is not None
    assert master.pid is not None
    assert folder is not None, "the command makes it"
    stopping, ended = Event(), Event()

    def stop(*_: object) -> None:
        (ended if stopping.is_set() else stopping).set()

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    database = open_database(settings, pool_size=1)
    checks = readiness.stores(database, cache(lambda: Blobs(settings.blobs.url))) | readiness.topics(settings)
    checks |= readiness.consumers(folder, queues_of(role))
    collectors = (FolderCollector(folder), ProcessCollector(master.pid), BuildCollector(role))
    try:
        with serving(Monitor(role, settings, checks, of_consumers(folder), collectors, stopping)):
            while not ended.wait(_LOOK_SECONDS) and master.is_alive():
                pass
    except PortError as error:
        _log.error("metrics are not served", error=error)
        return 1
    return 0
