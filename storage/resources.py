"""The settings, database and blob store, which a process opens once and shares."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from schemas.settings import Settings
from storage.blobs.store import Blobs
from storage.database import Database, open_database

_T = TypeVar("_T")


@dataclass(frozen=True)
class Resources:
    """What a stage, a page or a command may use besides its arguments."""

    settings: Settings
    database: Database
    blobs: Blobs
    _kept: dict[Callable[..., Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def once(self, make: Callable[["Resources"], _T]) -> _T:
        """Returns `make(self)`, called at the first use only.

        For objects that a process needs once, such as threads or a cache. `make` must not call `once` itself.
        """
        with self._lock:
            if make not in self._kept:
                self._kept[make] = make(self)
            return cast("_T", self._kept[make])


def open_resources(settings: Settings) -> Resources:
    """Opens the blob store, and prepares the database, which connects at the first use."""
    return Resources(settings, open_database(settings), Blobs(settings.blobs.url))
