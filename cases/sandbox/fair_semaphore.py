"""A semaphore whose slots go to the waiting keys in turn, so that many tasks of one key can't block another key's."""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

from cases.sandbox.errors import NoSlotError


class FairSemaphore:
    """Lets `slots` tasks run at a time, at most `share` of them with the same key. Waiting keys take turns; at most
    `most` tasks of a key may wait."""

    def __init__(self, slots: int, most: int, share: int) -> None:
        self._free, self._most, self._share, self._lock = slots, most, share, Lock()
        self._waiting: OrderedDict[str, deque[Event]] = OrderedDict()
        self._held = Counter[str]()

    @contextmanager
    def slot(self, key: str, seconds: float) -> Iterator[None]:
        """Holds a slot for a task of the key.

        Raises `NoSlotError` when too many tasks of the key wait, or no slot is free within this number of seconds.
        """
        self._acquire(key, time.monotonic() + seconds)
        try:
            yield
        finally:
            with self._lock:
                self._free += 1
                self._held[key] -= 1
                if not self._held[key]:
                    del self._held[key]
                self._hand_out()

    def _acquire(self, key: str, until: float) -> None:
        called = Event()
        with self._lock:
            queue = self._waiting.setdefault(key, deque())
            if len(queue) >= self._most:
                raise NoSlotError(f"there is no room for it: {len(queue)} wait already")
            queue.append(called)
            self._hand_out()
        if called.wait(max(0.0, until - time.monotonic())):
            return
        with self._lock:
            if called.is_set():  # at the last moment
                return
            queue.remove(called)
            if not queue:
                self._waiting.pop(key, None)
        raise NoSlotError("there is no room for it: it took too long")

    def _hand_out(self) -> None:
        while self._free:
            key = next((key for key in self._waiting if self._held[key] < self._share), None)
            if key is None:
                return
            queue = self._waiting.pop(key)
            queue.popleft().set()
            self._free -= 1
            self._held[key] += 1
            if queue:  # this key's next task comes after the first task of every other key
                self._waiting[key] = queue
