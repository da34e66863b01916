"""Does work after a response, in a separate thread: neither this response nor the next response on the connection waits
for it, so that their timing does not show whether there was any work.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import ParamSpec

import structlog

#: Most calls that wait; a further call is logged and dropped.
MOST_WAITING = 500

_Given = ParamSpec("_Given")
_log = structlog.get_logger(__name__)


class BackgroundWork:
    """A thread that does queued work in order."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "afterwards")
        self._places = BoundedSemaphore(MOST_WAITING)

    def do(self, work: Callable[_Given, object], *args: _Given.args, **kwargs: _Given.kwargs) -> None:
        """Queues a call of `work`; an exception from it is logged."""
        if not self._places.acquire(blocking=False):
            _log.error("too much waits to be done after answers; this is not done", work=work.__name__)
            return

        def once() -> None:
            try:
                work(*args, **kwargs)
            except Exception:  # noqa: BLE001  # later calls are for other people and must still be done
                _log.exception("what was to be done after an answer failed", work=work.__name__)
            finally:
                self._places.release()

        self._pool.submit(once)

    def close(self) -> None:
        """Waits until all queued work is done."""
        self._pool.shutdown()
