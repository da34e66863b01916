"""Nodes that work, each run by Dramatiq's command line, and a supervisor that restarts nodes that have ended."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

import psutil

from tests.chaos.broker.clock import Clock

LOOK_SECONDS = 0.2
COMMAND = (sys.executable, "-m", "dramatiq", "tests.chaos.broker.actors", "--threads", "4", "--processes")


class Node:
    """A process group with its own clock: the main process of Dramatiq and its worker `processes`."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str], processes: int) -> None:
        self.clock = Clock(folder / f"clock-{name}")
        self._log = folder / f"log-{name}"
        self._environment = os.environ | environment | {"CHAOS_CLOCK": str(self.clock.file)}
        self._command = [*COMMAND, str(processes)]
        self.start()

    def start(self) -> None:
        """Starts the node, or starts it again when it has ended."""
        with self._log.open("ab") as log:
            self.main = subprocess.Popen(
                self._command, env=self._environment, start_new_session=True, stdout=log, stderr=log
            )

    def workers(self) -> list[int]:
        """Returns the ids of the node's worker processes."""
        try:
            return sorted(child.pid for child in psutil.Process(self.main.pid).children())
        except psutil.NoSuchProcess:
            return []

    def signal(self, number: signal.Signals) -> int:
        """Sends a signal to all processes of the node; returns how many of them are workers."""
        workers = self.workers()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.main.pid, number)
        return len(workers)

    def stop(self, seconds: float = 30.0) -> None:
        """Ends the node cleanly: only the main process gets SIGTERM, because a second SIGTERM would be a hard stop."""
        self.main.terminate()
        self.main.wait(seconds)

    def close(self) -> None:
        """Kills the node."""
        self.signal(signal.SIGKILL)
        self.main.wait()


class Fleet:
    """Nodes that are started again when they end; a context manager. The last node has two worker processes."""

    def __init__(self, nodes: int, folder: Path, environment: Mapping[str, str]) -> None:
        self._size = nodes
        self._folder = folder
        self._environment = environment
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor")
        self.nodes: list[Node] = []
        self.starts = 0

    def workers(self) -> list[int]:
        """Returns the process ids of all worker processes that run now, in the order of the nodes."""
        return [worker for node in self.nodes for worker in node.workers()]

    def some(self, chance: random.Random) -> Node:
        """Returns a random node."""
        return chance.choice(self.nodes)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Restarts no node inside the `with` block."""
        with self._lock:
            yield

    @contextlib.contextmanager
    def guest(self, name: str) -> Iterator[Node]:
        """Adds a node inside the `with` block; it then leaves cleanly."""
        node = Node(name, self._folder, self._environment, 1)
        self.starts += 1
        try:
            yield node
            node.stop()
        finally:
            node.close()

    def _supervise(self) -> None:
        while not self._closing.wait(LOOK_SECONDS):
            with self._lock:
                for node in self.nodes:
                    if node.main.poll() is not None:
                        node.start()
                        self.starts += 1

    def __enter__(self) -> Self:
        for number in range(self._size):
            processes = 2 if number == self._size - 1 else 1
            self.nodes.append(Node(str(number), self._folder, self._environment, processes))
        self._supervisor.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._supervisor.join()
        for node in self.nodes:
            node.close()
