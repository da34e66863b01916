"""The lane of heavy mails beside a worker: `casemail heavy`, in a process of its own while the worker runs."""

import signal
import subprocess
import sys
from threading import Event

import structlog

#: Seconds until a lane that has ended is started again.
_PAUSE = 2.0

_log = structlog.get_logger(__name__)


def beside() -> int:
    """What Dramatiq runs beside a worker's processes, in a fork of their master, until it is told to stop; returns the
    exit code.

    A lane that ends by itself is started again, and the worker goes on: a file that kills the one stops nobody else.
    While it can't start, such as when Kafka is away, its queues are not read, and that shows in the metrics.
    """
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        with subprocess.Popen([sys.executable, "-m", "ops", "heavy"]) as lane:
            while lane.poll() is None and not stop.wait(0.2):
                pass
            if stop.is_set():
                lane.terminate()
        if not stop.is_set():
            _log.warning("the lane of heavy mails has ended and starts again", exit_code=lane.returncode)
            stop.wait(_PAUSE)
    return 0
