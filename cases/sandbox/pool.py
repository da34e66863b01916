"""The processes for hostile bytes of one process of ours: as many at a time as there are places, light work and heavy
work in lanes of their own, by turns among those they are for."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

import structlog

from cases.sandbox.processes import Gone, Process, Template
from cases.sandbox.turns import Crowded, Turns

#: Most works for one key that wait in a lane, and the seconds that one waits.
_MOST_WAITING, _WAIT = 8, 50.0
#: Processes that wait for more of the same work for the same key; each has a few MB of its own.
_IDLE = 8
#: How much less of the CPU heavy work, and bulky work, gets where all of it is wanted: nice(2).
_HEAVY_NICE, _BULKY_NICE = 15, 8
#: Works until a process is made again, in case that something stays in it.
_WORKS = 5_000
#: Most names of modules that are remembered and told.
_MOST_LACKED = 100

_log = structlog.get_logger(__name__)

#: For which work, and for whom: what took a process over never sees what is somebody else's.
_Use = tuple[str, str, bool]


class Pool:
    """Does at most `places` works of one key at a time, and has one place more, so that no key keeps out another; half
    as many heavy works run beside them, and get the CPU time that is left over.

    `lacked` are modules that were looked for in a process, which can load nothing: a `warm` function should load them.
    """

    def __init__(self, places: int) -> None:
        self._most_idle = max(_IDLE, places)
        self.heavy_places = max(1, places // 2)
        self._light = Turns(places + 1, _MOST_WAITING, share=places)
        self._heavy = Turns(self.heavy_places, _MOST_WAITING, share=self.heavy_places)
        self._template: Template | None = None
        self._works: tuple[str, ...] = ()
        self._lock = Lock()
        self._idle: list[tuple[_Use, Process, int]] = []  # the last used last
        self.lacked: set[str] = set()
        self._owner = os.getpid()

    @property
    def is_ours(self) -> bool:
        """Whether this process made it, and not the one that it was forked of."""
        return self._owner == os.getpid()

    def do(
        self,
        work: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        *,
        seconds: float,
        cpu: float,
        memory: int,
        whose: str,
        heavy: bool,
        bulky: bool,
    ) -> tuple[Any, float]:
        """As `Process.do`, in a process that works for nobody else, when its turn comes."""
        with self._turn(whose, heavy=heavy):
            use = (_name(work), whose, bulky)
            process, works = self._process(use, heavy=heavy, bulky=bulky)
            done = False
            try:
                result = process.do(
                    work, args, kwargs, seconds=seconds, cpu=cpu, memory=memory, lacks=self._note_lacking
                )
                done = not heavy and works < _WORKS
                return result
            finally:
                self._put_away(use, process, works + 1, keep=done)

    def prepare(self, works: Sequence[Callable[..., Any]]) -> None:
        """Starts the template, which loads these works first."""
        with self._lock:
            self._works = tuple(_name(work) for work in works)
            with suppress(Gone):  # who needs it hears of it
                self._template = self._template or Template(self._works)

    def close(self) -> None:
        """Ends all processes."""
        with self._lock:
            self._idle.clear()
            if self._template:
                self._template.close()
                self._template = None

    @contextmanager
    def _turn(self, whose: str, *, heavy: bool) -> Iterator[None]:
        try:
            with (self._heavy if heavy else self._light).turn(whose, _WAIT):
                yield
        except Crowded as problem:
            raise Gone(f"there is no room for it: {problem}") from None

    def _process(self, use: _Use, *, heavy: bool, bulky: bool) -> tuple[Process, int]:
        with self._lock:
            template = self._template
            if template is None or not template.alive:
                if template is not None:
                    template.close()
                self._idle.clear()
                template = self._template = Template(self._works)
            found = None if heavy else next((one for one in reversed(self._idle) if one[0] == use), None)
            if found:
                self._idle.remove(found)
        if found and found[1].rests:
            return found[1], found[2]
        if found:
            _end(found[1])
        process = template.fork(use[0])
        if heavy or bulky:
            process.yield_cpu(_HEAVY_NICE if heavy else _BULKY_NICE)
        return process, 0

    def _put_away(self, use: _Use, process: Process, works: int, *, keep: bool) -> None:
        ended = [process]
        if keep:
            with self._lock:
                self._idle.append((use, process, works))
                over = len(self._idle) - self._most_idle
                ended = [one[1] for one in self._idle[: max(0, over)]]
                del self._idle[: max(0, over)]
        for one in ended:
            _end(one)

    def _note_lacking(self, module: str) -> None:
        if module not in self.lacked and len(self.lacked) < _MOST_LACKED:
            self.lacked.add(module)
            _log.warning("a module is not there where hostile bytes are read", module=module)


def _name(work: Callable[..., Any]) -> str:
    return f"{work.__module__}:{work.__qualname__}"


def _end(process: Process) -> None:
    with suppress(Gone, OSError):
        process.end()
