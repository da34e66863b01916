"""Threads that work during a soak until it is over."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self


class SideBySide:
    """Runs each job in a thread between entry and exit. A job must end when `over` is set.

    `failed` are the errors of the jobs that raised an error, known after the exit.
    """

    def __init__(self) -> None:
        self.over = threading.Event()
        self.failed: list[str] = []
        self._jobs: list[Callable[[], None]] = []
        self._running: list[Future[None]] = []

    def work(self, job: Callable[[], None]) -> None:
        """Adds a job; call it before the entry."""
        self._jobs.append(job)

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(len(self._jobs))
        self._running = [self._pool.submit(job) for job in self._jobs]
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._pool.shutdown()
        self.failed = [repr(error) for task in self._running if (error := task.exception())]
