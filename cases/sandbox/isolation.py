"""Runs a task on hostile bytes in a process of its own that has bounds, can be killed, and reaches nothing.

    isolation.run(Bounds(seconds=10, cpu=5, memory=1_500_000_000), inspect, content, "pdf")

The limits inside a task should keep its cost low; this is for what they did not foresee. The caller neither dies with
the task nor waits for it without end. Code that takes the process over finds no secrets, files or network, and can
answer with plain data only.
"""

import atexit
import os
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import ParamSpec, TypeVar

from cases.sandbox.bounds import Bounds
from cases.sandbox.confine import missing_protections
from cases.sandbox.pool import Pool

__all__ = [
    "Bounds",
    "heavy_slots",
    "missing_modules",
    "missing_protections",
    "preload",
    "run",
    "run_timed",
    "set_process_count",
]

_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


def run(bounds: Bounds, task: Callable[_Params, _Result], *args: _Params.args, **kwargs: _Params.kwargs) -> _Result:
    """Returns the task's result for the arguments, computed in a sandbox process.

    The task is a function of a module; its return annotation must be a type that pydantic can read. Its module may
    have a function `warm` that loads what the task needs: the process can load nothing later. Raises
    `LimitExceededError`, `WorkerDiedError` or `SandboxUnavailableError`.
    """
    return run_timed(bounds, task, *args, **kwargs)[0]


def run_timed(
    bounds: Bounds, task: Callable[_Params, _Result], *args: _Params.args, **kwargs: _Params.kwargs
) -> tuple[_Result, float]:
    """Does the same as `run`, and also returns the seconds of CPU time that the task took."""
    timed: tuple[_Result, float] = _pool().run(bounds, task, args, kwargs)
    return timed


_slots = os.cpu_count() or 1
_current: Pool | None = None
_lock = Lock()


def set_process_count(number: int) -> None:
    """Sets how many light tasks run at a time from now on; 0 means one for each core. Ends the current processes."""
    global _current, _slots
    with _lock:
        _slots, before, _current = number or os.cpu_count() or 1, _current, None
    if before is not None and before.is_ours:
        before.close()


def preload(*tasks: Callable[..., object]) -> None:
    """Starts to load what these tasks need, so that the first of them need not wait for it."""
    _pool().preload(tasks)


def heavy_slots() -> int:
    """Returns how many heavy tasks run at a time."""
    return _pool().heavy_slots


def missing_modules() -> frozenset[str]:
    """Returns the modules that a task tried to import too late: the `warm` of its module should load them."""
    return frozenset(_pool().missing_modules)


def _pool() -> Pool:
    global _current  # noqa: PLW0603  # the processes of this process, closed at its exit
    with _lock:
        if _current is None or not _current.is_ours:
            _current = Pool(_slots)
        return _current


@atexit.register
def _close() -> None:
    if _current is not None and _current.is_ours:
        with suppress(Exception):
            _current.close()
