"""Runs Argon2 in a pool of its own: a hash takes 64 MiB and a processor, and strangers can try log-ins for free."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from console.guards.turns import Share, Turns

#: Hashes at a time: half of the processors are left to the pages.
AT_ONCE = max(1, (os.cpu_count() or 2) // 2)
#: How many more may wait: of an address, of all strangers together, and of all known devices and logged-in people
#: together. The lines are short: in a flood a refusal at once is better than an answer for which nobody waits any more.
ADDRESS, STRANGERS, KNOWN = (1, 3), 5, 20

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


class Hashing:
    """The pool of a process."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(2 * AT_ONCE, "argon2")
        self._turns = Turns()

    async def run(
        self,
        whose: str,
        known: bool,
        work: Callable[_Given, _Made],
        *args: _Given.args,
        **kwargs: _Given.kwargs,
    ) -> _Made:
        """Returns what `work` returns. `whose` is the address, device or user that asks, `known` False for strangers.

        Raises `console.guards.turns.BusyError` if too many wait.
        """
        line = Share("known", AT_ONCE, KNOWN) if known else Share("strangers", AT_ONCE, STRANGERS)
        async with self._turns.of((Share(whose, *ADDRESS), line)):
            call = partial(work, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        """Waits for the work that has begun and ends the threads."""
        self._pool.shutdown()
