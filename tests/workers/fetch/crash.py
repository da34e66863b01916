"""One fetch in a process of its own, which kills itself at a point.

The n-th time that the point is reached, the process is gone, as by power loss: SIGKILL leaves no time for anything.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any
from uuid import UUID

from schemas.settings import Settings
from storage.blobs.store import Blobs
from storage.ledger import entries
from storage.resources import open_resources
from tests.builders.mailboxes import order
from workers.fetch.custody import CustodyService
from workers.fetch.mailbox.imap import Imap
from workers.fetch.mailbox.pop3 import Pop3
from workers.fetch.pull.stage import fetch

#: Point -> what is called there, and whether the process dies before or after that.
POINTS: dict[str, tuple[tuple[tuple[Any, str], ...], str]] = {
    "before read": (((Imap, "read"), (Pop3, "read")), "before"),
    "read": (((Imap, "read"), (Pop3, "read")), "after"),
    "blob": (((Blobs, "put_all"),), "after"),
    "row": (((entries, "take"),), "after"),
    "commit": (((CustodyService, "take"),), "after"),
    "acknowledge": (((Imap, "acknowledge"), (Pop3, "acknowledge")), "after"),
    "end": (((Imap, "close"), (Pop3, "close")), "before"),
}


def arm(point: str, times: int) -> None:
    """Has the process die the `times`-th time that it comes to the point."""
    left = times

    def die() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    places, when = POINTS[point]
    for owner, name in places:
        setattr(owner, name, deadly(getattr(owner, name), die, when))


def deadly(real: Callable[..., Any], die: Callable[[], None], when: str) -> Callable[..., Any]:
    """The real function, with death before or after it."""

    def call(*args: Any, **named: Any) -> Any:
        if when == "before":
            die()
        result = real(*args, **named)
        if when == "after":
            die()
        return result

    return call


def main(settings: Settings, source_id: UUID, point: str, times: int) -> None:
    """Fetches the source; without a point, to the end."""
    resources = open_resources(settings)
    if point:
        arm(point, times)
    fetch(order(resources, source_id), resources)


def run(settings: Settings, source_id: UUID, point: str = "", times: int = 0) -> int:
    """`main` in a new process; returns its exit code, below zero for the signal that it died of."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=main, args=(settings, source_id, point, times))
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode
