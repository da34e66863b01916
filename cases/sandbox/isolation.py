"""Runs a task on hostile bytes in a confined process that has limits and can be killed.

    isolation.run(Bounds(seconds=10, cpu=5, memory=1_500_000_000), inspect, content, "pdf")

The checks inside a task should keep its cost low; this is for the cases that they miss. The caller neither dies with
the task nor waits for it without end. Code that takes over the process finds no secrets, files or network, and can
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
    have a function `warm` that imports the modules that the task needs: the process can import nothing later. Raises
    `LimitExceededError`, `WorkerDiedError` or `SandboxUnavailableError`.
    """
    return run_timed(bounds, task, *args, **kwargs)[0]


def run_timed(
    bounds: Bounds, task: Callable[_Params, _Result], *args: _Params.args, **kwargs: _Params.kwargs
) -> tuple[_Result, float]:
    """Returns the result as `run` does, and the seconds of CPU time that the task took."""
    timed: tuple[_Result, float] = _pool().run(bounds, task, args, kwargs)
    return timed


_slots = os.cpu_count() or 1
_current: Pool | None = None
_lock = Lock()


def set_process_count(number: int) -> None:
    """Sets how many light tasks of one owner run at a time from now on; 0 means one for each core.

    One more task may run, of another owner. Ends the current processes.
    """
    global _current, _slots
    with _lock:
        _slots, before, _current = number or os.cpu_count() or 1, _current, None
    if before is not None and before.is_ours:
        before.close()


def preload(*tasks: Callable[..., object]) -> None:
    """Starts to load the modules of these tasks, so that the first task need not wait for them."""
    _pool().preload(tasks)


def heavy_slots() -> int:
    """Returns how many heavy tasks run at a time."""
    return _pool().heavy_slots


def missing_modules() -> frozenset[str]:
    """Returns the modules that tasks tried to import in the sandbox; `warm` of the task's module should import them."""
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
