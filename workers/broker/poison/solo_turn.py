"""The turn to try a record alone: one record at a time in a process, otherwise one crash would be blamed on several."""

import threading
import time

SECONDS = 10.0  # after this another queue may take the turn: deadly messages kill quickly


class SoloTurn:
    """A turn that one partition at a time may hold, among all queues of a process. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: object = None
        self._until = 0.0

    def take(self, holder: object) -> bool:
        """Returns whether `holder` has the turn now; it keeps it until `give_back`, or for `SECONDS`."""
        with self._lock:
            now = time.monotonic()
            if self._holder is not holder:
                if self._holder is not None and now < self._until:
                    return False
                self._holder, self._until = holder, now + SECONDS
            return True

    def give_back(self, holder: object) -> None:
        """Ends the turn of `holder`, if it has it."""
        with self._lock:
            if self._holder is holder:
                self._holder = None
