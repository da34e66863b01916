"""The LMTP server as a process that kills itself: `python -m tests.chaos.lmtp_process POINT COUNT`.

It dies when it passes POINT for the COUNT-th time. POINT is `read` (the mail is read), `blob` (the bytes are stored),
`row` (the row is written, not committed), `commit` (the custody is committed), `reply` (the reply is about to be sent),
or `never`.
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
    """Kills this process at the `count`-th call of `step`."""

    def __init__(self, count: int) -> None:
        self._left = count

    def step(self) -> None:
        """Counts a call; kills the process at the last."""
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def after(owner: Any, name: str, mine: Mine) -> None:
    """Makes the mine count each call of the function `name` of `owner`, after the call."""
    plain: Callable[..., Any] = getattr(owner, name)

    def mined(*arguments: Any, **options: Any) -> Any:
        result = plain(*arguments, **options)
        mine.step()
        return result

    setattr(owner, name, mined)


def around_the_mail(mine: Mine, *, before: bool) -> None:
    """Makes the mine count each mail, before or after the LMTP handler has taken the mail."""
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
    """Makes this process die when it passes the point for the `count`-th time."""
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
