"""Runs Argon2 in a separate thread pool, which leaves a processor to all else: strangers can start many hashes.

A hash takes 64 MiB, and computes its four lanes in as many threads.
"""

import asyncio
import os
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import NamedTuple, ParamSpec, TypeVar

from console.guards.turns import Share, Turns


class Sizes(NamedTuple):
    """The most hashes at a time: in all, for strangers, and for known devices and logged-in people."""

    together: int
    strangers: int
    known: int


def sizes_for(processors: int) -> Sizes:
    """Returns the sizes for a machine: together all processors but one, if it has more than one.

    Known people have the larger half. Where only one hash is made at a time, they wait for one stranger at most.
    """
    together = max(1, processors - 1)
    strangers = max(1, together // 2)
    return Sizes(together, strangers, max(1, together - strangers))


#: Most hashes of one address, device or user, and how many more of it may wait; how many more may wait of all strangers
#: together, and of all known devices and logged-in people together. Few, because in a flood a refusal at once is better
#: than a response that comes after the client has given up.
ADDRESS, STRANGERS, KNOWN = (1, 3), 5, 20

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


class Hashing:
    """The thread pool of a process for hashes."""

    def __init__(self) -> None:
        usable = sorted(os.sched_getaffinity(0))
        self._sizes = sizes_for(len(usable))
        processors = usable[-self._sizes.together :]
        self._pool = ThreadPoolExecutor(self._sizes.together, "argon2", _bind, (processors,))
        self._turns = Turns()

    async def run(
        self,
        whose: str,
        known: bool,
        work: Callable[_Given, _Made],
        *args: _Given.args,
        **kwargs: _Given.kwargs,
    ) -> _Made:
        """Returns the result of `work`. `whose` is the address, device or user; `known` is False for strangers.

        Raises `console.guards.turns.BusyError` if too many wait.
        """
        at_once = self._sizes
        line = Share("known", at_once.known, KNOWN) if known else Share("strangers", at_once.strangers, STRANGERS)
        async with self._turns.of((Share(whose, *ADDRESS), line)):
            call = partial(work, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        """Waits for running work and ends the threads."""
        self._pool.shutdown()


def _bind(processors: Collection[int]) -> None:
    """Binds this thread, and the threads that Argon2 starts from it, to the processors, if the machine allows that."""
    with suppress(OSError):
        os.sched_setaffinity(0, processors)
