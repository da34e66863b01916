"""The pool of sandbox processes: light and heavy tasks have separate slots, and owners take turns."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any

import structlog

from cases.sandbox.bounds import Bounds
from cases.sandbox.errors import SandboxUnavailableError
from cases.sandbox.fair_semaphore import FairSemaphore
from cases.sandbox.processes import ForkServer, Process

#: The most tasks of one owner that may wait for a slot, and the most seconds that each waits.
_MOST_WAITING, _WAIT = 8, 50.0
#: The number of idle processes that are kept (with more slots, one for each slot), each for the same task of the same
#: owner; each takes a few MB.
_IDLE = 8
#: By how much heavy and bulky tasks lower their priority, as nice(2): they get less CPU time while it is scarce.
_HEAVY_NICE, _BULKY_NICE = 19, 15
#: The number of tasks after which a process is replaced, in case they leave something behind in it.
_TASKS = 5_000
#: The most missing modules that are remembered and logged.
_MOST_MISSING = 100

_log = structlog.get_logger(__name__)

#: A task's name, its owner (code that takes over a process never sees bytes of another owner), and whether it is bulky.
_Use = tuple[str, str, bool]


class Pool:
    """Runs up to `slots` light tasks of one owner at a time, and has one more slot, so that no owner can block another.
    Half as many heavy tasks run beside them, at low priority.

    `missing_modules` are the modules that a task tried to import: a `warm` function should have imported them.
    """

    def __init__(self, slots: int) -> None:
        self._most_idle = max(_IDLE, slots)
        self.heavy_slots = max(1, slots // 2)
        self._light = FairSemaphore(slots + 1, _MOST_WAITING, share=slots)
        self._heavy = FairSemaphore(self.heavy_slots, _MOST_WAITING, share=self.heavy_slots)
        self._fork_server: ForkServer | None = None
        self._preloaded: tuple[str, ...] = ()
        self._lock = Lock()
        self._idle: list[tuple[_Use, Process, int]] = []  # the most recently used last
        self.missing_modules: set[str] = set()
        self._owner_pid = os.getpid()

    @property
    def is_ours(self) -> bool:
        """Whether this process made the pool, and not the process that it was forked from."""
        return self._owner_pid == os.getpid()

    def run(
        self, bounds: Bounds, task: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
    ) -> tuple[Any, float]:
        """Waits for a slot, then runs the task as `Process.run` does, in a process that works for this owner only."""
        with (self._heavy if bounds.heavy else self._light).slot(bounds.owner, _WAIT):
            use = (_name(task), bounds.owner, bounds.bulky)
            process, tasks = self._process(use, heavy=bounds.heavy)
            reusable = False
            try:
                result = process.run(bounds, task, args, kwargs, missing=self._note_missing)
                reusable = not bounds.heavy and tasks < _TASKS
                return result
            finally:
                self._put_away(use, process, tasks + 1, keep=reusable)

    def preload(self, tasks: Sequence[Callable[..., Any]]) -> None:
        """Starts the fork server, if it does not run; it loads these tasks first."""
        with self._lock:
            self._preloaded = tuple(_name(task) for task in tasks)
            with suppress(SandboxUnavailableError):  # raised again for the first task that needs a process
                self._fork_server = self._fork_server or ForkServer(self._preloaded)

    def close(self) -> None:
        """Ends all processes."""
        with self._lock:
            self._idle.clear()
            if self._fork_server:
                self._fork_server.close()
                self._fork_server = None

    def _process(self, use: _Use, *, heavy: bool) -> tuple[Process, int]:
        """Returns a process for this use, and how many tasks it has run."""
        with self._lock:
            server = self._fork_server
            if server is None or not server.alive:
                if server is not None:
                    server.close()
                self._idle.clear()
                server = self._fork_server = ForkServer(self._preloaded)
            found = None if heavy else next((idle for idle in reversed(self._idle) if idle[0] == use), None)
            if found:
                self._idle.remove(found)
        if found and found[1].is_idle:
            return found[1], found[2]
        if found:
            _end(found[1])
        process = server.fork(use[0])
        if heavy or use[2]:
            process.lower_priority(_HEAVY_NICE if heavy else _BULKY_NICE)
        return process, 0

    def _put_away(self, use: _Use, process: Process, tasks: int, *, keep: bool) -> None:
        ended = [process]
        if keep:
            with self._lock:
                self._idle.append((use, process, tasks))
                surplus = max(0, len(self._idle) - self._most_idle)
                ended = [idle[1] for idle in self._idle[:surplus]]
                del self._idle[:surplus]
        for old in ended:
            _end(old)

    def _note_missing(self, module: str) -> None:
        if module not in self.missing_modules and len(self.missing_modules) < _MOST_MISSING:
            self.missing_modules.add(module)
            _log.warning("a module is not there where hostile bytes are read", module=module)


def _name(task: Callable[..., Any]) -> str:
    return f"{task.__module__}:{task.__qualname__}"


def _end(process: Process) -> None:
    with suppress(SandboxUnavailableError, OSError):
        process.end()
