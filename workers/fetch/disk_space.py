"""Room on the disk: intake stops before anything else does, and goes on by itself.

What is in custody still has to be read, posted and forwarded, and that needs room, too.
"""

import shutil
import time
from pathlib import Path

import structlog

from schemas.errors import CasemailError
from schemas.settings import Settings

#: Seconds for which a look at the disk counts.
_LOOK_SECONDS = 1.0
#: What must be free, times the reserve, before intake goes on: at the very edge it would stop and go on all the time.
_AMPLE = 1.25

_log = structlog.get_logger(__name__)


class NoRoomError(CasemailError, OSError):
    """The disk of the blob store is nearly full: nothing is taken in. It passes by itself when there is room again."""


class DiskSpace:
    """Looks after the disk that the blob store lies on; a blob store that is elsewhere always has room."""

    def __init__(self, settings: Settings) -> None:
        url = settings.blobs.url
        self._folder = None if "://" in url and not url.startswith("file://") else Path(url.removeprefix("file://"))
        self._reserve = settings.intake.disk_reserve
        self._stopped = False
        self._looked_at = float("-inf")
        self._free = 0

    @property
    def free(self) -> int | None:
        """The free bytes of the disk; None where the blob store is elsewhere."""
        if self._folder is None:
            return None
        if time.monotonic() - self._looked_at > _LOOK_SECONDS:
            self._free = shutil.disk_usage(self._folder).free
            self._looked_at = time.monotonic()
            self._judge()
        return self._free

    @property
    def stopped(self) -> bool:
        """Whether nothing is to be taken in: less than the reserve is free, or was and not much more is now."""
        return self.free is not None and self._stopped

    def check(self) -> None:
        """Raises `NoRoomError` when nothing is to be taken in."""
        if self.stopped:
            raise NoRoomError(f"only {self._free} bytes are free on the disk of the blob store: no mail is taken in")

    def _judge(self) -> None:
        stop = self._free < self._reserve * (_AMPLE if self._stopped else 1)
        if stop is not self._stopped:
            word = "intake stops: the disk is nearly full" if stop else "intake goes on: the disk has room again"
            _log.warning(word, free=self._free, reserve=self._reserve)
        self._stopped = stop
