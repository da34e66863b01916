"""The lane of heavy mails beside a worker: `casemail heavy`, in a process of its own, as long as the worker runs."""

import os
import signal
import subprocess
import sys


def beside() -> int:
    """What Dramatiq runs beside a worker's processes, in a fork of their master; returns the exit code.

    When the lane ends by itself, the master is told to stop, as when one of its own processes ends: whoever
    started it starts all again.
    """
    stopping = False
    with subprocess.Popen([sys.executable, "-m", "ops", "heavy"]) as lane:

        def stop(*_: object) -> None:
            nonlocal stopping
            stopping = True
            lane.terminate()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGHUP, stop)
        code = lane.wait()
    if not stopping:
        os.kill(os.getppid(), signal.SIGTERM)
    return code
