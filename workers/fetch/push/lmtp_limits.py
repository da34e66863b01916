"""Limits that the connections of an LMTP server share: their number, and the mail that they have in memory."""

import asyncio
from collections import Counter
from typing import Protocol

from schemas.settings import Settings
from workers import metrics
from workers.fetch.push.memory_budget import MemoryBudget, Patience
from workers.metrics import PushCause

#: Seconds in which a mail that is arriving must end when the server stops.
GRACE_SECONDS = 5.0


class Connection(Protocol):
    """A connection; `peer` is the client's address."""

    peer: str

    @property
    def idle(self) -> float:
        """Seconds since anything happened."""

    def end(self, words: bytes) -> None:
        """Ends the connection with a last reply."""


class ConnectionLimit:
    """The connections of one server, and their memory budget."""

    def __init__(self, settings: Settings, patience: Patience = Patience()) -> None:  # noqa: B008  # it is immutable
        self._most = settings.lmtp.connections
        self._patience = patience
        self._open: dict[Connection, None] = {}
        self.budget = MemoryBudget(max(settings.lmtp.memory, settings.limits.mail), patience)

    def admit(self, connection: Connection) -> bool:
        """Returns whether a new connection may stay. If there are too many, an idle connection ends in its place: the
        longest idle of the peer with the most connections."""
        if len(self._open) >= self._most and not self._make_room():
            return False
        self._open[connection] = None
        return True

    def leave(self, connection: Connection) -> None:
        """Forgets a connection that has ended."""
        self._open.pop(connection, None)

    def _make_room(self) -> bool:
        idle = [connection for connection in self._open if connection.idle > self._patience.idle]
        if not idle:
            return False
        of_peer = Counter(connection.peer for connection in self._open)
        longest = max(idle, key=lambda connection: (of_peer[connection.peer], connection.idle))
        metrics.PUSH_REFUSED.labels(PushCause.SLOW).inc()
        self.leave(longest)
        longest.end(b"421 4.3.2 Idle while others wait, try again later\r\n")
        return True

    async def close(self) -> None:
        """Waits for mails that are arriving, up to `GRACE_SECONDS`, then ends all connections."""
        deadline = asyncio.get_running_loop().time() + GRACE_SECONDS
        while self.budget.used and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        for connection in list(self._open):
            connection.end(b"421 4.3.2 Going down, try again later\r\n")
        while self._open and asyncio.get_running_loop().time() < deadline + 1:
            await asyncio.sleep(0.01)
