"""A brake on guessing passwords: so many tries per tenant and email address in so much time, kept in memory."""

from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock
from time import monotonic

#: Tries within the window, and its length in seconds.
TRIES = 10
WINDOW = 600.0
#: Keys remembered; the one that was longest not tried is forgotten first.
MOST_KEYS = 10_000


class Throttle:
    """Counts the tries of each key."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._tries: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def wait(self, key: tuple[str, str]) -> float:
        """Counts a try and returns 0, or returns the seconds until the next one is let through."""
        now = self._clock()
        with self._lock:
            tries = self._tries.setdefault(key, deque())
            self._tries.move_to_end(key)
            while tries and tries[0] <= now - WINDOW:
                tries.popleft()
            if len(tries) >= TRIES:
                return tries[0] + WINDOW - now
            tries.append(now)
            while len(self._tries) > MOST_KEYS:
                self._tries.popitem(last=False)
            return 0.0

    def forget(self, key: tuple[str, str]) -> None:
        """The password was right: the tries before it count no more."""
        with self._lock:
            self._tries.pop(key, None)
