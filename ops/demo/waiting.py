"""Waiting for something to come true, with a deadline."""

import time
from collections.abc import Callable

#: Seconds between two looks.
_LOOK_EVERY = 0.05


class WaitedTooLongError(Exception):
    """What was waited for did not come true in time; the message says what it was."""


def wait_until(ready: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Returns when `ready()`; raises `WaitedTooLongError` naming `what` when `seconds` pass before."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise WaitedTooLongError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(_LOOK_EVERY)
