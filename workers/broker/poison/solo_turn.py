"""Whose record is tried alone: of all queues of a process one at a time, or a death would be laid to the others too."""

import threading
import time

SECONDS = 10.0  # who takes longer holds up the others no more: deadly messages rarely take their time


class SoloTurn:
    """Held by one at a time. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: object = None
        self._until = 0.0

    def take(self, who: object) -> bool:
        """Whether it is the turn of `who` now; it stays that until given back, or for `SECONDS`."""
        with self._lock:
            now = time.monotonic()
            if self._holder is not who:
                if self._holder is not None and now < self._until:
                    return False
                self._holder, self._until = who, now + SECONDS
            return True

    def give_back(self, who: object) -> None:
        """End the turn of `who`, if it is theirs."""
        with self._lock:
            if self._holder is who:
                self._holder = None
