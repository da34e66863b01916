"""Work on hostile bytes in a process of its own, with bounds, which may be killed, and that reaches nothing.

The limits within a work keep its cost low on paper. This is for what they did not foresee: whoever asks for the work
neither dies of it nor waits for it without end, and what takes the process over finds no secrets, files or network, and
answers with plain data alone (cases/sandbox).
"""

import atexit
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import ParamSpec, TypeVar

from cases.sandbox.confine import lacking
from cases.sandbox.pool import Pool
from cases.sandbox.processes import Ended, Gone, Over

__all__ = [
    "Bounds",
    "Died",
    "OutOfBounds",
    "Unavailable",
    "heavy_places",
    "lacked",
    "lacking",
    "measured",
    "prepare",
    "run",
    "use_processes",
]

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Bounds:
    """What one work may take: `seconds` on the clock, `cpu` in seconds of CPU time, `memory` in bytes of address
    space.

    `whose` is a key of whom the work is for, as a tenant's id: works wait by turns among keys, and a process works for
    one key alone. `heavy` work has processes of its own, and the CPU time that is left over. `bulky` work, as reading a
    mail of many megabytes, gets less CPU time than other work while all of it is wanted.
    """

    seconds: float
    cpu: float
    memory: int
    whose: str = ""
    heavy: bool = False
    bulky: bool = False


class OutOfBounds(Exception):  # noqa: N818  the name says what happened
    """The work took more than it may; `bound` is the name of the field of `Bounds`, `allowed` its figure."""

    def __init__(self, bound: str, allowed: float) -> None:
        super().__init__(f"it took more than {allowed} ({bound})")
        self.bound, self.allowed = bound, allowed


class Died(Exception):  # noqa: N818
    """The process died over the work, or the work raised, in which case the exit code is 1."""

    def __init__(self, exit_code: int, words: str = "") -> None:
        super().__init__(words or f"the process died (exit code {exit_code})")
        self.exit_code = exit_code


class Unavailable(Exception):  # noqa: N818
    """There is no process at the moment: it could not be started, was told to stop, or too much waits for one. That
    passes by itself."""


def run(bounds: Bounds, work: Callable[_Given, _Made], *args: _Given.args, **kwargs: _Given.kwargs) -> _Made:
    """What the work makes of the arguments in a process of its own.

    The work is a function of a module that says what it returns, in types that pydantic reads. Its module may have a
    function `warm`: the process loads nothing later. Raises `OutOfBounds`, `Died` or `Unavailable`.
    """
    return measured(bounds, work, *args, **kwargs)[0]


def measured(
    bounds: Bounds, work: Callable[_Given, _Made], *args: _Given.args, **kwargs: _Given.kwargs
) -> tuple[_Made, float]:
    """As `run`, and the seconds of CPU time that it took."""
    try:
        made: tuple[_Made, float] = _pool().do(
            work,
            args,
            kwargs,
            seconds=bounds.seconds,
            cpu=bounds.cpu,
            memory=bounds.memory,
            whose=bounds.whose,
            heavy=bounds.heavy,
            bulky=bounds.bulky,
        )
    except Gone as problem:
        raise Unavailable(str(problem)) from problem
    except Over as problem:
        raise OutOfBounds(problem.bound, getattr(bounds, problem.bound)) from None
    except Ended as problem:
        raise Died(problem.exit_code, str(problem)) from None
    return made


_places = os.cpu_count() or 1
_made: Pool | None = None
_lock = Lock()


def use_processes(number: int) -> None:
    """How many light works are done at a time, for all that is begun after this; 0 for one on each core."""
    global _made, _places
    with _lock:
        _places, before, _made = number or os.cpu_count() or 1, _made, None
    if before is not None and before.is_ours:
        before.close()


def prepare(*works: Callable[..., object]) -> None:
    """Starts to load what these works need, so that the first of them does not wait for it."""
    _pool().prepare(works)


def heavy_places() -> int:
    """How many heavy works are done at a time."""
    return _pool().heavy_places


def lacked() -> frozenset[str]:
    """Modules that a work looked for in vain: to be loaded by the `warm` of its module."""
    return frozenset(_pool().lacked)


def _pool() -> Pool:
    global _made  # noqa: PLW0603
    with _lock:
        if _made is None or not _made.is_ours:
            _made = Pool(_places)
        return _made


@atexit.register
def _end() -> None:
    if _made is not None and _made.is_ours:
        with suppress(Exception):
            _made.close()
