"""What the connections of one LMTP server share: how many there are, and the mail that they have in memory."""

import asyncio
from collections import Counter
from typing import Protocol

from schemas.settings import Settings
from workers import metrics
from workers.fetch.push.memory_budget import Budget

#: Seconds that a mail which is coming in has to come to its end when the server stops.
GRACE_SECONDS = 5.0
#: Seconds after which a connection on which nothing goes on gives way to a new one, when there is no place left.
IDLE_SECONDS = 1.0


class Connection(Protocol):
    """A connection: the address of its peer, the seconds for which it has been idle, and how it is ended."""

    peer: str

    @property
    def idle(self) -> float:
        """Seconds for which nothing has gone on."""

    def end(self, words: bytes) -> None:
        """Ends it with a last word."""


class ConnectionLimit:
    """The connections of one server, and their budget."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.lmtp.connections
        self._open: dict[Connection, None] = {}
        self.budget = Budget(max(settings.lmtp.memory, settings.limits.mail))

    def admit(self, connection: Connection) -> bool:
        """Whether there is place for a new connection; the one that is idle for longest makes some, of the peer that
        has most of them."""
        if len(self._open) >= self._most and not self._make_room():
            return False
        self._open[connection] = None
        return True

    def leave(self, connection: Connection) -> None:
        """A connection is over."""
        self._open.pop(connection, None)

    def _make_room(self) -> bool:
        idle = [one for one in self._open if one.idle > IDLE_SECONDS]
        if not idle:
            return False
        of = Counter(one.peer for one in self._open)
        longest = max(idle, key=lambda one: (of[one.peer], one.idle))
        metrics.PUSH_REFUSED.labels("slow").inc()
        self.leave(longest)
        longest.end(b"421 4.3.2 Idle while others wait, try again later\r\n")
        return True

    async def close(self) -> None:
        """Lets the mails that are coming in come to their end, for a while, then closes all connections."""
        deadline = asyncio.get_running_loop().time() + GRACE_SECONDS
        while self.budget.used and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        for connection in list(self._open):
            connection.end(b"421 4.3.2 Going down, try again later\r\n")
        while self._open and asyncio.get_running_loop().time() < deadline + 1:
            await asyncio.sleep(0.01)
