"""Stops taking mail while the disk is nearly full, and resumes by itself.

Mail in custody still has to be read, posted and forwarded, which needs space, too.
"""

import shutil
import time
from pathlib import Path

import structlog

from schemas.errors import CasemailError
from schemas.settings import Settings

#: How many times the reserve must be free before mail is taken again, so that intake does not flap at the limit.
_AMPLE = 1.25

_log = structlog.get_logger(__name__)


class NoRoomError(CasemailError, OSError):
    """The disk of the blob store is nearly full: no mail is taken until there is space again."""


class DiskSpace:
    """The free space for the blob store; a blob store that is not a folder always has space."""

    def __init__(self, settings: Settings) -> None:
        self._check_seconds = settings.intake.disk_check_seconds
        url = settings.blobs.url
        self._folder = None if "://" in url and not url.startswith("file://") else Path(url.removeprefix("file://"))
        self._reserve = settings.intake.disk_reserve
        self._stopped = False
        self._checked_at = float("-inf")
        self._free = 0

    @property
    def free(self) -> int | None:
        """The free bytes of the disk; None if the blob store is not a folder."""
        if self._folder is None:
            return None
        if time.monotonic() - self._checked_at > self._check_seconds:
            self._free = shutil.disk_usage(self._folder).free
            self._checked_at = time.monotonic()
            self._judge()
        return self._free

    @property
    def stopped(self) -> bool:
        """Whether no mail is to be taken: less than the reserve is free, or it was and not much more is free now."""
        return self.free is not None and self._stopped

    def check(self) -> None:
        """Raises `NoRoomError` when no mail is to be taken."""
        if self.stopped:
            raise NoRoomError(f"only {self._free} bytes are free on the disk of the blob store: no mail is taken in")

    def _judge(self) -> None:
        stop = self._free < self._reserve * (_AMPLE if self._stopped else 1)
        if stop is not self._stopped:
            word = "intake stops: the disk is nearly full" if stop else "intake goes on: the disk has room again"
            _log.warning(word, free=self._free, reserve=self._reserve)
        self._stopped = stop
