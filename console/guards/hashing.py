"""Argon2 in a pool of its own: a hash takes 64 MiB and a processor, and strangers try log-ins for free."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from console.guards.turns import Share, Turns

#: Hashes at a time: half of the processors stay for the pages.
AT_ONCE = max(1, (os.cpu_count() or 2) // 2)
#: How many more may wait: of one address, of all strangers, and of known devices and who is logged in, together. The
#: lines are short: under a flood a refusal at once is better than an answer that nobody waits for any more.
ADDRESS, STRANGERS, KNOWN = (1, 3), 5, 20

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


class Hashing:
    """The pool, of a process."""

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
        """What `work` makes of the arguments; `known` is whether `whose` is a known device or somebody logged in.

        Raises `console.guards.turns.BusyError` when too many wait.
        """
        line = Share("known", AT_ONCE, KNOWN) if known else Share("strangers", AT_ONCE, STRANGERS)
        async with self._turns.of((Share(whose, *ADDRESS), line)):
            call = partial(work, *args, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        """Ends the threads when what they do is done."""
        self._pool.shutdown()
