"""Keeps `casemail heavy`, the lane of heavy mails, running beside a worker."""

import signal
import subprocess
import sys
from threading import Event

import structlog

#: Seconds until a lane that has ended is started again.
_PAUSE = 2.0

_log = structlog.get_logger(__name__)


def beside() -> int:
    """Runs the lane until SIGTERM or SIGHUP, and returns the exit code. Dramatiq calls this in a fork of the master.

    A lane that ends by itself is started again while the worker goes on: a file that kills the lane stops nothing else.
    While it can't start, for example because Kafka is away, its queues are not read, and the metrics show that. It
    counts in the worker's folder, and the worker's `/metrics` shows its figures.
    """
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        with subprocess.Popen([sys.executable, "-m", "ops", "heavy", "--beside"]) as lane:
            while lane.poll() is None and not stop.wait(0.2):
                pass
            if stop.is_set():
                lane.terminate()
        if not stop.is_set():
            _log.warning("the lane of heavy mails has ended and starts again", exit_code=lane.returncode)
            stop.wait(_PAUSE)
    return 0
