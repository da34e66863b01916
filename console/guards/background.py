"""Work that is done after an answer, in a thread of its own: neither this answer nor the next one on the connection
waits for it, so that their time does not show whether there was anything to do.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import ParamSpec

import structlog

#: Most calls that wait; a further one is logged and not done.
MOST_WAITING = 500

_Given = ParamSpec("_Given")
_log = structlog.get_logger(__name__)


class BackgroundWork:
    """One thread that does the work in turn."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "afterwards")
        self._places = BoundedSemaphore(MOST_WAITING)

    def do(self, work: Callable[_Given, object], *args: _Given.args, **kwargs: _Given.kwargs) -> None:
        """Has `work` called soon; what it raises is logged."""
        if not self._places.acquire(blocking=False):
            _log.error("too much waits to be done after answers; this is not done", work=work.__name__)
            return

        def once() -> None:
            try:
                work(*args, **kwargs)
            except Exception:  # noqa: BLE001  # the next call is for another person
                _log.exception("what was to be done after an answer failed", work=work.__name__)
            finally:
                self._places.release()

        self._pool.submit(once)

    def close(self) -> None:
        """Returns when all is done."""
        self._pool.shutdown()
