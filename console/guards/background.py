"""What is done after an answer, and on its own: neither the answer nor the next one on the connection waits for it, so
that no time tells whether there was anything to do.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import ParamSpec

import structlog

#: Most works that wait; one more is not done, and logged.
LINE = 500

_Given = ParamSpec("_Given")
_log = structlog.get_logger(__name__)


class Afterwards:
    """One thread that does such works in turn."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "afterwards")
        self._places = BoundedSemaphore(LINE)

    def do(self, work: Callable[_Given, object], *args: _Given.args, **kwargs: _Given.kwargs) -> None:
        """Has the work done soon; what it raises is logged."""
        if not self._places.acquire(blocking=False):
            _log.error("too much waits to be done after answers; this is not done", work=work.__name__)
            return

        def once() -> None:
            try:
                work(*args, **kwargs)
            except Exception:  # noqa: BLE001  # the next one is another's
                _log.exception("what was to be done after an answer failed", work=work.__name__)
            finally:
                self._places.release()

        self._pool.submit(once)

    def close(self) -> None:
        """Returns when all is done."""
        self._pool.shutdown()
