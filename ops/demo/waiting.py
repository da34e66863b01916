"""Waits for a condition, with a deadline."""

import time
from collections.abc import Callable

from schemas.errors import CasemailError

#: Seconds between two checks.
_LOOK_EVERY = 0.05


class WaitedTooLongError(CasemailError):
    """A condition did not come true in time; the message names it."""


def wait_until(ready: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Returns when `ready()` is true. Raises `WaitedTooLongError` naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise WaitedTooLongError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(_LOOK_EVERY)
