"""Work on hostile bytes in a process of its own, with bounds, which may be killed.

The limits within a work keep its cost low on paper. This is for what they did not foresee: whoever asks for the work
neither dies of it nor waits for it without end.
"""

import multiprocessing
import resource
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as OutOfTimeError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from math import ceil
from threading import Lock, Thread
from typing import Any, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

#: Works until the process is made anew, in case that something stays in it.
_WORKS = 5_000

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Bounds:
    """What one work may take: `seconds` on the clock, `cpu` in seconds of CPU time, `memory` in bytes of address
    space. Works with the same `memory` share one process, and wait for each other."""

    seconds: int
    cpu: int
    memory: int


class OutOfBounds(Exception):  # noqa: N818  the name says what happened
    """The work took more than it may; `bound` is the name of the field of `Bounds`, `allowed` its figure."""

    def __init__(self, bound: str, allowed: int) -> None:
        super().__init__(f"it took more than {allowed} ({bound})")
        self.bound, self.allowed = bound, allowed


class Died(Exception):  # noqa: N818
    """The process died over the work."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(f"the process died (exit code {exit_code})")
        self.exit_code = exit_code


class Unavailable(Exception):  # noqa: N818
    """There is no process at the moment: it could not be started, or was told to stop. That passes by itself."""


def run(bounds: Bounds, work: Callable[_Given, _Made], *args: _Given.args, **kwargs: _Given.kwargs) -> _Made:
    """What the work, a function of a module, makes of the arguments in a process of its own; what it raises is raised.

    Raises `OutOfBounds`, `Died` or `Unavailable` of what befell the process.
    """
    try:
        made: _Made = _begun(bounds, (bounds.cpu, work, args, kwargs)).result()
    except BrokenProcessPool as failure:  # it died before it had the work
        raise Unavailable("the process could not be started") from failure
    except OutOfTimeError:
        raise OutOfBounds("seconds", bounds.seconds) from None
    except ProcessExpired as death:
        if death.exitcode == -signal.SIGTERM:  # all processes of the service are told to stop
            raise Unavailable("the process was told to stop") from death
        if death.exitcode == -signal.SIGXCPU:
            raise OutOfBounds("cpu", bounds.cpu) from None
        raise Died(death.exitcode) from None
    return made


def _begun(bounds: Bounds, work: tuple[object, ...]) -> Future[Any]:
    pool = _pool(bounds.memory)
    try:
        return pool.schedule(_within, args=work, timeout=bounds.seconds)
    except RuntimeError:  # its process died with nothing to do, and then it begins nothing any more
        pool = _pool(bounds.memory, instead_of=pool)
    try:
        return pool.schedule(_within, args=work, timeout=bounds.seconds)
    except RuntimeError as failure:
        raise Unavailable("the process could not be started") from failure


def _within(cpu: int, work: Callable[_Given, _Made], args: tuple[object, ...], kwargs: dict[str, object]) -> _Made:
    """Does the work in a process that ends by SIGXCPU when this one work takes it more than `cpu`."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    until = ceil(time.process_time()) + cpu
    # where whoever runs us allows less, that holds
    resource.setrlimit(resource.RLIMIT_CPU, (until if most == resource.RLIM_INFINITY else min(until, most), most))
    return work(*args, **kwargs)  # type: ignore[arg-type]  # they are those of `run`


_pools: dict[int, ProcessPool] = {}
_pools_lock = Lock()


def _pool(memory: int, *, instead_of: ProcessPool | None = None) -> ProcessPool:
    """The pool of the one process with this memory; a new one, when it still is the one that is of no use any more."""
    with _pools_lock:
        pool = _pools.get(memory)
        if pool is None or pool is instead_of:
            if pool is not None:
                Thread(target=_end, args=(pool,), daemon=True).start()
            # a fork of a process with threads could hang on a lock that one of them held
            context = multiprocessing.get_context("spawn")
            pool = _pools[memory] = ProcessPool(
                max_workers=1, max_tasks=_WORKS, initializer=_confine, initargs=(memory,), context=context
            )
        return pool


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _confine(memory: int) -> None:
    """Bound this process: `memory` in bytes of address space, and no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # so that its exit code tells
