"""Limits lines that repeat themselves: an outage gives a few lines and a count, not a thousand lines a minute."""

import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Seconds for which equal lines are counted, and how many of them are written before.
SECONDS, FIRST = 60.0, 5
#: The most kinds of lines that are counted one by one; further kinds are counted together.
MOST_KINDS = 500
#: What differs between lines that say the same: ids and numbers.
_VARYING = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|\d+")
#: The characters of an error that tell one kind from another.
_BEGINNING = 80

#: Writes a line: its logger, its level and its fields.
Write = Callable[[str, str, dict[str, Any]], object]


@dataclass
class _Kind:
    """Lines that say the same, since `since` (time.monotonic): how many, and the last that was not written."""

    since: float
    count: int = 0
    left_out: int = 0
    is_flood: bool = False
    last: dict[str, Any] = field(default_factory=dict)


class Repeats:
    """Tells which lines are written, and sums up the others.

    The first `FIRST` lines of a kind are written; after that, one line each `SECONDS` has their number, until none came
    for that long. Lines are of one kind if logger, level, event and the beginning of the error are the same but for
    ids and numbers. May be called by several threads; a forked process counts anew.
    """

    def __init__(self, write: Write, *, seconds: float = SECONDS) -> None:
        """`write` gets the lines that sum up."""
        self._write = write
        self._seconds = seconds
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._kinds: dict[tuple[str, str, str], _Kind] = {}
        self._timer: threading.Timer | None = None

    def admits(self, logger: str, level: str, kind: str, values: dict[str, Any]) -> bool:
        """Returns whether to write a line now. `kind` is its event before values were put in; `values` its fields."""
        about = _VARYING.sub("#", f"{kind} {str(values.get('error', ''))[:_BEGINNING]}")
        with self._lock:
            known = self._kinds.get(key := (logger, level, about))
            if known is None:
                if len(self._kinds) >= MOST_KINDS:
                    key = ("", level, "of many kinds")
                known = self._kinds.setdefault(key, _Kind(time.monotonic()))
                self._start_timer()
            known.count += 1
            if known.count <= FIRST and not known.is_flood:
                return True
            known.left_out += 1
            known.last = values
            return False

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(self._seconds, self._look)
            self._timer.daemon = True
            self._timer.start()

    def _look(self) -> None:
        with self._lock:
            self._timer = None
            ended = time.monotonic() - self._seconds * 0.9
            over = {key: kind for key, kind in self._kinds.items() if kind.since <= ended}
            for key, kind in over.items():
                if kind.left_out:  # it goes on: until it has ended, it is only counted
                    self._kinds[key] = _Kind(time.monotonic(), is_flood=True)
                else:
                    del self._kinds[key]
            if self._kinds:
                self._start_timer()
        self._sum_up(over)

    def end(self) -> None:
        """Writes what was counted so far; for the end of a process."""
        with self._lock:
            kinds, self._kinds = self._kinds, {}
        self._sum_up(kinds)

    def _sum_up(self, kinds: dict[tuple[str, str, str], _Kind]) -> None:
        for (logger, level, _), kind in kinds.items():
            if kind.left_out:
                seconds = round(time.monotonic() - kind.since)
                counted = {"repeated": kind.left_out, "seconds": seconds}
                event = f"{kind.last.get('event', '')} (the same {kind.left_out:,} more times in {seconds} s)"
                self._write(logger, level, {**kind.last, "event": event, **counted})
