"""An HTTP/1.1 connection within limits: uvicorn's own, with a bound on what is read before anything parses it, and an
end for whoever says or hears too little (RFC 9110 sections 15.5.9 and 15.6.4; RFC 6585 section 5).
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ops.http.limits import HttpLimits, network_of

#: The end of a header, as h11 looks for it.
_BLANK_LINE = re.compile(rb"\n\r?\n")
#: The Cookie fields with the lines that go on with them, which h11 still joins (RFC 9112 section 5.2).
_COOKIES = re.compile(rb"^cookie[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
#: Seconds from one look at all connections to the next, and for which a client may go on sending what nobody reads.
_LOOK_SECONDS, _LINGER_SECONDS = 1.0, 2.0
#: Octets that have left when the transport wants more (asyncio's high and low water marks).
_WATER_OCTETS = 48 * 1024


class Gate:
    """All connections of a server: how many there may be, and which gives way to a new one.

    `refused` is called with a cause of `http_limits.CAUSES` for whatever is sent away.
    """

    def __init__(self, limits: HttpLimits, refused: Callable[[str], None]) -> None:
        self.limits = limits
        self.refused = refused
        self._connections: dict[Connection, None] = {}  # the oldest first
        self._of: Counter[str] = Counter()
        self._looks = False

    def admit(self, connection: "Connection") -> bool:
        """Whether there is place for a new connection; where there is not, the oldest that has not sent a whole header
        gives way, of whoever has most of them."""
        limits, peer = self.limits, connection.peer
        crowded = not limits.trusts(peer) and self._of[peer] >= limits.address_connections
        if crowded and not self._make_room({peer}):
            return False
        if len(self._connections) >= limits.connections and not self._make_room(None):
            return False
        self._connections[connection] = None
        self._of[peer] += 1
        if not self._looks:
            self._looks = True
            connection.loop.call_later(_LOOK_SECONDS, self._look, connection.loop)
        return True

    def leave(self, connection: "Connection") -> None:
        """A connection is over."""
        if connection in self._connections:
            del self._connections[connection]
            self._of[connection.peer] -= 1
            if not self._of[connection.peer]:
                del self._of[connection.peer]

    def end_slowest_body(self) -> bool:
        """Ends the request whose body is on its way for longest; false when there is none."""
        slow = max((one for one in self._connections if one.awaits_body), key=lambda one: one.waited, default=None)
        if slow is None:
            return False
        self.refused("slow")
        slow.end()
        return True

    def _make_room(self, peers: set[str] | None) -> bool:
        waiting = [one for one in self._connections if one.awaits_header and (peers is None or one.peer in peers)]
        if not waiting:
            self.refused("connections")
            return False
        most = Counter(one.peer for one in waiting).most_common(1)[0][0]
        self.refused("slow")
        next(one for one in waiting if one.peer == most).end()
        return True

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        for connection in list(self._connections):
            if connection.look():
                self.refused("slow")
        self._looks = bool(self._connections)
        if self._looks:
            loop.call_later(_LOOK_SECONDS, self._look, loop)


class _Parser(h11.Connection):
    """h11, which is shown no header that is larger than it may be."""

    def __init__(self, limits: HttpLimits) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=limits.header_bytes)
        self._limits = limits
        self.too_large = False

    def next_event(self) -> Any:
        """The next event. Raises `h11.RemoteProtocolError` for a header that is too large, before it is parsed."""
        if self.their_state is h11.IDLE:
            waiting = self.trailing_data[0]
            end = _BLANK_LINE.search(waiting)
            header = waiting[: end.start() + 1] if end else waiting
            self.too_large = (
                len(header) > self._limits.header_bytes
                or header.count(b"\n") > self._limits.header_fields
                or sum(len(found[0]) for found in _COOKIES.finditer(header)) > self._limits.cookie_bytes
            )
            if self.too_large:
                raise h11.RemoteProtocolError("the header is too large", error_status_hint=431)
        return super().next_event()


class Connection(H11Protocol):
    """uvicorn's connection, at a gate. `gate` is set by a class of its own for each server."""

    gate: Gate

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn = self._parser = _Parser(self.gate.limits)
        self.peer = ""
        self._phase: tuple[object, object] = (None, None)
        self._phase_at = self._looked_at = self.loop.time()
        self._moved = self._unsent = 0  # octets of this phase; of the last look, those that had not left
        self.waited = 0.0  # seconds that this phase has waited for the other side

    @property
    def awaits_header(self) -> bool:
        """Whether no whole header has come of the next request."""
        return self.conn.their_state is h11.IDLE and not self.transport.is_closing()

    @property
    def awaits_body(self) -> bool:
        """Whether a request has begun whose body has not come."""
        return self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection, or one too many."""
        super().connection_made(transport)
        self.peer = network_of(self.client[0]) if self.client else ""
        self._step()
        if not self.gate.admit(self):
            self._say(503, b"Retry-After: 10\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        """The end of a connection."""
        self.gate.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What a client says."""
        self._moved += len(data)
        super().data_received(data)
        self._step()

    def on_response_complete(self) -> None:
        """A response was handed to the transport."""
        super().on_response_complete()
        self._step()

    def resume_writing(self) -> None:
        """The client has heard enough for the next part."""
        self._moved += _WATER_OCTETS
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Tells a client that it does not speak HTTP, or says too much before it comes to the point."""
        if self._parser.too_large:
            self.gate.refused("header")
            self._say(431)
            return
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:  # an answer has begun
            self.end()

    def end(self) -> None:
        """Ends the connection now; who has begun to say something is answered that it took too long."""
        self.gate.leave(self)
        begun = self.awaits_header and self.conn.trailing_data[0]
        if begun or (self.awaits_body and self.conn.our_state is h11.SEND_RESPONSE):
            self._say(408)
        self.transport.abort() if self.transport.get_write_buffer_size() else self.transport.close()

    def look(self) -> bool:
        """Ends the connection if the other side says or hears too little for too long; returns whether it did."""
        self._step()
        now, limits, sent = self.loop.time(), self.gate.limits, self.transport.get_write_buffer_size()
        passed, self._looked_at = now - max(self._looked_at, self._phase_at), now
        if self.awaits_header and not sent:
            self.waited += passed
            late = self.waited > limits.header_seconds
        elif self.awaits_body and self.conn.our_state is not h11.SEND_RESPONSE and not sent:
            self.waited += passed  # it was answered already
            late = self.waited > _LINGER_SECONDS
        elif self.awaits_body and not sent:
            self.waited += 0 if self.flow.read_paused or self.cycle.waiting_for_100_continue else passed
            late = self.waited > limits.body_seconds + self._moved / limits.rate
        else:
            self._moved += max(0, self._unsent - sent)
            self.waited += passed if sent else 0
            late = self.waited > limits.write_seconds + self._moved / limits.rate
        self._unsent = sent
        if late:
            self.end()
        return late

    def _step(self) -> None:
        """Notes that another phase began: a header, a body or a response."""
        phase = (self.conn.their_state, self.cycle)
        if phase != self._phase:
            self._phase, self._phase_at = phase, self.loop.time()
            self._moved, self.waited = 0, 0.0

    def _say(self, status: int, fields: bytes = b"") -> None:
        """An answer that no application gives, and the end of the connection."""
        reason = {408: b"Request Timeout", 431: b"Request Header Fields Too Large", 503: b"Service Unavailable"}[status]
        line = b"HTTP/1.1 %d %s\r\n" % (status, reason)
        self.transport.write(line + fields + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        self.transport.close()
