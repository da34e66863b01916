"""Runs Argon2 in a separate thread pool: a hash takes 64 MiB and a processor, and strangers can start many."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from console.guards.turns import Share, Turns

#: Most hashes at a time for strangers, and as many for known devices and logged-in people: half of the processors.
AT_ONCE = max(1, (os.cpu_count() or 2) // 2)
#: Most hashes of one address, device or user, and how many more of it may wait; how many more may wait of all strangers
#: together, and of all known devices and logged-in people together. Few, because in a flood a refusal at once is better
#: than a response that comes after the client has given up.
ADDRESS, STRANGERS, KNOWN = (1, 3), 5, 20

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


class Hashing:
    """The thread pool of a process for hashes."""

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
        """Returns the result of `work`. `whose` is the address, device or user; `known` is False for strangers.

        Raises `console.guards.turns.BusyError` if too many wait.
        """
        line = Share("known", AT_ONCE, KNOWN) if known else Share("strangers", AT_ONCE, STRANGERS)
        async with self._turns.of((Share(whose, *ADDRESS), line)):
            call = partial(work, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        """Waits for running work and ends the threads."""
        self._pool.shutdown()
