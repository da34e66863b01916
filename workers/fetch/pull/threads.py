"""A pool of daemon threads for slow remote servers: the process may end without waiting for them."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

_Job = Callable[[], None]


class Threads:
    """Runs jobs in at most `most` threads, which are started as they are needed. A job must not raise."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = self._idle = 0

    def do(self, job: _Job) -> None:
        """Runs the job as soon as a thread is free; returns at once."""
        with self._lock:
            wanted = self._idle <= self._jobs.qsize() and self._threads < self._most
            self._threads += wanted
            self._jobs.put(job)
        if wanted:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            job = self._jobs.get()
            with self._lock:
                self._idle -= 1
            job()
