"""The LMTP server as a process that kills itself: `python -m tests.chaos.lmtp_process POINT COUNT`.

POINT is where: `read` (the mail is read), `blob` (the bytes are stored), `row` (the row is written, not committed),
`commit` (the custody is committed), `reply` (the reply is about to be sent), or `never`; COUNT is at which passing.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from ops.cli.lmtp import serve
from schemas.settings import load
from storage.blobs.store import Blobs
from storage.ledger import entries
from workers.fetch.custody import CustodyService
from workers.fetch.push.lmtp import Handler

POINTS = ("read", "blob", "row", "commit", "reply")


class Mine:
    """Kills this process at the pass with this number."""

    def __init__(self, count: int) -> None:
        self._left = count

    def step(self) -> None:
        """Counts a pass."""
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def after(owner: Any, name: str, mine: Mine) -> None:
    """Lays the mine behind a call."""
    plain: Callable[..., Any] = getattr(owner, name)

    def mined(*arguments: Any, **options: Any) -> Any:
        result = plain(*arguments, **options)
        mine.step()
        return result

    setattr(owner, name, mined)


def around_the_mail(mine: Mine, *, before: bool) -> None:
    """Lays the mine before or behind the taking of one mail."""
    plain = Handler.handle_DATA

    async def mined(*arguments: Any) -> str:
        if before:
            mine.step()
        answer = await plain(*arguments)
        if not before:
            mine.step()
        return answer

    Handler.handle_DATA = mined  # type: ignore[method-assign, assignment]


def lay(point: str, count: int) -> None:
    """Lays the mine at a point."""
    mine = Mine(count)
    match point:
        case "read" | "reply":
            around_the_mail(mine, before=point == "read")
        case "blob":
            after(Blobs, "put_all", mine)
        case "row":
            after(entries, "take", mine)
        case "commit":
            after(CustodyService, "take", mine)


if __name__ == "__main__":
    lay(sys.argv[1], int(sys.argv[2]))
    serve(load())
