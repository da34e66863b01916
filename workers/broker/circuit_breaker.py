"""A circuit breaker: stops a queue whose messages nearly all end as dead letters, before all of them have."""

import threading
import time
from collections import deque
from collections.abc import Callable


class CircuitBreaker:
    """Opens when `count` of the last `count / ratio` messages are dead letters.

    After `seconds` it admits a single message: if that succeeds, it closes, otherwise it waits again. Thread-safe.
    """

    def __init__(
        self, *, count: int, ratio: float, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._count = count
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._dead: deque[bool] = deque(maxlen=max(count, round(count / ratio)))
        self._wait_until: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """True while messages are held back."""
        return self._wait_until is not None

    def may_take(self) -> bool:
        """Returns whether the next message may be worked on. While it is open, True admits a single message."""
        with self._lock:
            if self._wait_until is None:
                return True
            if self._clock() < self._wait_until:
                return False
            # the outcome of this message decides; without an outcome, another message is tried after the same time
            self._probing = True
            self._wait_until = self._clock() + self._seconds
            return True

    def ended(self, *, dead: bool) -> bool:
        """Notes how a message ended. Returns True if this opens the breaker, for the first time or again."""
        with self._lock:
            if self._wait_until is None:
                self._dead.append(dead)
                opens = sum(self._dead) >= self._count
            elif self._probing:
                opens = dead
            else:
                return False  # it was taken before the breaker opened
            self._probing = False
            self._wait_until = self._clock() + self._seconds if opens else None
            if opens:
                self._dead.clear()
            return opens
