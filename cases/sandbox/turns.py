"""Who works next: a number of places, given out by turns among those who wait, so that nobody's many keep out another's
one."""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class Crowded(Exception):  # noqa: N818  the name says what happened
    """Too many of the same wait already, or it took too long."""


class Turns:
    """`places` at a time, of which one key holds at most `share`; of the rest each key's first waits before any key's
    second. `most` is how many of one key may wait."""

    def __init__(self, places: int, most: int, share: int) -> None:
        self._free, self._most, self._share, self._lock = places, most, share, Lock()
        self._waiting: OrderedDict[str, deque[Event]] = OrderedDict()
        self._held = Counter[str]()

    @contextmanager
    def turn(self, key: str, seconds: float) -> Iterator[None]:
        """Holds a place; raises `Crowded` when there is none within so many seconds."""
        self._take(key, time.monotonic() + seconds)
        try:
            yield
        finally:
            with self._lock:
                self._free += 1
                self._held[key] -= 1
                if not self._held[key]:
                    del self._held[key]
                self._next()

    def _take(self, key: str, until: float) -> None:
        called = Event()
        with self._lock:
            line = self._waiting.setdefault(key, deque())
            if len(line) >= self._most:
                raise Crowded(f"{len(line)} wait already")
            line.append(called)
            self._next()
        if called.wait(max(0.0, until - time.monotonic())):
            return
        with self._lock:
            if called.is_set():  # at the last moment
                return
            line.remove(called)
            if not line:
                self._waiting.pop(key, None)
        raise Crowded("it took too long")

    def _next(self) -> None:
        while self._free:
            key = next((key for key in self._waiting if self._held[key] < self._share), None)
            if key is None:
                return
            line = self._waiting.pop(key)
            line.popleft().set()
            self._free -= 1
            self._held[key] += 1
            if line:  # its next one after everybody else's first
                self._waiting[key] = line
