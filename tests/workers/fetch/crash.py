"""Runs one fetch in a separate process that kills itself at a point.

When the process reaches the point for the n-th time, it sends itself SIGKILL: as after a power loss, no cleanup runs.
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

#: Point -> the calls at which the process may die, and whether it dies before or after the call.
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
    """Makes the process kill itself when it reaches the point for the `times`-th time."""
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
    """Returns the real function with a call of `die` before or after it."""

    def call(*args: Any, **named: Any) -> Any:
        if when == "before":
            die()
        result = real(*args, **named)
        if when == "after":
            die()
        return result

    return call


def main(settings: Settings, source_id: UUID, point: str, times: int) -> None:
    """Fetches the source until the process dies at the point; to the end without a point."""
    resources = open_resources(settings)
    if point:
        arm(point, times)
    fetch(order(resources, source_id), resources)


def run(settings: Settings, source_id: UUID, point: str = "", times: int = 0) -> int:
    """Runs `main` in a new process; returns its exit code, negative if a signal killed it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=main, args=(settings, source_id, point, times))
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode
