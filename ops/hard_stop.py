"""The hard stop: a process that was asked to stop, and hangs, ends all the same.

It may hang in a disk, a library or a server that no deadline of ours covers. Its end loses nothing, whenever it comes:
a mail that is not in custody stays with its sender, a message that is not settled is delivered again.
"""

import faulthandler
from typing import Any

import dramatiq

#: Seconds that a process has to end by itself: longer than Dramatiq gives its work, and shorter than service managers
#: wait (`TimeoutStopSec` in ops/deploy/systemd, `stop_grace_period`, `terminationGracePeriodSeconds`).
GRACE_SECONDS = 80
_STDERR = 2


class _Armed:
    done = False


def arm(seconds: float = GRACE_SECONDS) -> None:
    """Ends this process with exit code 1 if it still runs after `seconds`; writes where each thread hangs to stderr.

    Only the first call counts: a second SIGTERM gives no more time. The thread that waits is not Python's, so it also
    ends a process in which no Python code runs any more.
    """
    if not _Armed.done:
        _Armed.done = True
        faulthandler.dump_traceback_later(seconds, exit=True, file=_STDERR)


class HardStop(dramatiq.Middleware):
    """Arms the hard stop in a process of Dramatiq when its worker begins to stop."""

    def before_worker_shutdown(self, _broker: dramatiq.Broker, _worker: Any) -> None:
        """Arms the hard stop."""
        arm()
