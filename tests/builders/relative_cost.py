"""Measures the cost of a function in units: multiples of a known piece of work, in the same process at the same time.

CPU time alone says more about the machine than about the function: a busy or slow machine takes several times as long.
Only the fastest of some tries counts, because other load only adds time.
"""

import re
import time
from collections.abc import Callable
from typing import TypeVar

TRIES = 4
LEAST_UNIT = 0.01  # seconds; no machine does a unit faster, so a function that takes less needs no comparison
_WORDS = re.compile(r"(\w+)\s+(\w+)")
_TEXT = "some words of a text that is long enough " * 200

_Made = TypeVar("_Made")


def at_most(units: float, work: Callable[[], _Made]) -> _Made:
    """Returns what `work` returns; fails if it takes more than `units` times the CPU time of `_unit`.

    A unit is a twentieth of a second on an idle core of 2025.
    """
    found = []
    for _ in range(TRIES):
        cost, made = _timed(work)
        if cost <= units * LEAST_UNIT:
            return made
        found.append(cost / max(_timed(_unit)[0], _timed(_unit)[0]))
        if found[-1] <= units:
            return made
    raise AssertionError(f"it cost {', '.join(f'{cost:.1f}' for cost in found)} units, and may cost {units}")


def _timed(work: Callable[[], _Made]) -> tuple[float, _Made]:
    started = time.process_time()
    made = work()
    return time.process_time() - started, made


def _unit() -> int:
    """Does the kinds of work that reading a mail needs: patterns, strings, dictionaries."""
    counted: dict[str, int] = {}
    for _ in range(180):
        for first, second in _WORDS.findall(_TEXT):
            counted[first] = counted.get(first, 0) + len(second.upper().encode())
    return len(counted)
