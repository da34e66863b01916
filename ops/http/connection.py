"""HTTP/1.1 connections within limits: uvicorn's protocol, with a bound on the header before it is parsed, and an end
for clients that send or read too slowly (RFC 9110 sections 15.5.9 and 15.6.4; RFC 6585 section 5).
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
#: The Cookie fields with their continuation lines, which h11 still joins (RFC 9112 section 5.2).
_COOKIES = re.compile(rb"^cookie[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
#: Seconds between two checks of all connections, and how long a client may still send a body after the response.
_CHECK_SECONDS, _LINGER_SECONDS = 1.0, 2.0
#: Octets that were sent when the transport asks for more (asyncio's high and low water marks).
_WATER_OCTETS = 48 * 1024


class Gate:
    """All connections of a server. Limits their number, and closes a waiting connection to admit a new one.

    `refused` is called with a cause of `limits.CAUSES` for each connection or request that is refused or ended.
    """

    def __init__(self, limits: HttpLimits, refused: Callable[[str], None]) -> None:
        self.limits = limits
        self.refused = refused
        self._connections: dict[Connection, None] = {}  # the oldest first
        self._by_peer: Counter[str] = Counter()
        self._checking = False

    def admit(self, connection: "Connection") -> bool:
        """Returns whether a new connection is admitted.

        At a limit, it closes a connection whose header is not complete: the oldest of the address with most of these.
        """
        limits, peer = self.limits, connection.peer
        crowded = not limits.trusts(peer) and self._by_peer[peer] >= limits.address_connections
        if crowded and not self._make_room({peer}):
            return False
        if len(self._connections) >= limits.connections and not self._make_room(None):
            return False
        self._connections[connection] = None
        self._by_peer[peer] += 1
        if not self._checking:
            self._checking = True
            connection.loop.call_later(_CHECK_SECONDS, self._check, connection.loop)
        return True

    def leave(self, connection: "Connection") -> None:
        """Forgets a connection that has ended."""
        if connection in self._connections:
            del self._connections[connection]
            self._by_peer[connection.peer] -= 1
            if not self._by_peer[connection.peer]:
                del self._by_peer[connection.peer]

    def end_slowest_body(self) -> bool:
        """Ends the request whose body has been arriving for the longest time. Returns False if no body is arriving."""
        bodies = (connection for connection in self._connections if connection.awaits_body)
        slow = max(bodies, key=lambda connection: connection.waited, default=None)
        if slow is None:
            return False
        self.refused("slow")
        slow.end()
        return True

    def _make_room(self, peers: set[str] | None) -> bool:
        waiting = [each for each in self._connections if each.awaits_header and (peers is None or each.peer in peers)]
        if not waiting:
            self.refused("connections")
            return False
        most = Counter(each.peer for each in waiting).most_common(1)[0][0]
        self.refused("slow")
        next(each for each in waiting if each.peer == most).end()
        return True

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        for connection in list(self._connections):
            if connection.end_if_late():
                self.refused("slow")
        self._checking = bool(self._connections)
        if self._checking:
            loop.call_later(_CHECK_SECONDS, self._check, loop)


class _Parser(h11.Connection):
    """h11, which never parses a header that is over the limits."""

    def __init__(self, limits: HttpLimits) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=limits.header_bytes)
        self._limits = limits
        self.too_large = False

    def next_event(self) -> Any:
        """Returns the next event. Raises `h11.RemoteProtocolError` before a header over the limits is parsed."""
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
    """uvicorn's connection, admitted by a `gate`, which a subclass for each server sets."""

    gate: Gate

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn = self._parser = _Parser(self.gate.limits)
        self.peer = ""
        self._phase: tuple[object, object] = (None, None)
        self._phase_at = self._checked_at = self.loop.time()
        self._moved = self._unsent = 0  # octets of this phase; octets that were unsent at the last check
        self.waited = 0.0  # seconds that this phase has waited for the client

    @property
    def awaits_header(self) -> bool:
        """Whether the header of the next request is not complete."""
        return self.conn.their_state is h11.IDLE and not self.transport.is_closing()

    @property
    def awaits_body(self) -> bool:
        """Whether a request has begun and its body is not complete."""
        return self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Admits the connection or refuses it with 503."""
        super().connection_made(transport)
        self.peer = network_of(self.client[0]) if self.client else ""
        self._step()
        if not self.gate.admit(self):
            self._answer(503, b"Retry-After: 10\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        """Leaves the gate."""
        self.gate.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes octets from the client."""
        self._moved += len(data)
        super().data_received(data)
        self._step()

    def on_response_complete(self) -> None:
        """Notes that a response was handed to the transport."""
        super().on_response_complete()
        self._step()

    def resume_writing(self) -> None:
        """Notes that the client has read enough for the next part."""
        self._moved += _WATER_OCTETS
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answers a client that does not speak HTTP, with 431 if its header is over the limits."""
        if self._parser.too_large:
            self.gate.refused("header")
            self._answer(431)
            return
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:  # an answer has begun
            self.end()

    def end(self) -> None:
        """Ends the connection now. A request that is not complete gets 408 if no response has begun."""
        self.gate.leave(self)
        begun = self.awaits_header and self.conn.trailing_data[0]
        if begun or (self.awaits_body and self.conn.our_state is h11.SEND_RESPONSE):
            self._answer(408)
        self.transport.abort() if self.transport.get_write_buffer_size() else self.transport.close()

    def end_if_late(self) -> bool:
        """Ends the connection if the client sends or reads too slowly; returns whether it did."""
        self._step()
        now, limits, sent = self.loop.time(), self.gate.limits, self.transport.get_write_buffer_size()
        passed, self._checked_at = now - max(self._checked_at, self._phase_at), now
        if self.awaits_header and not sent:
            self.waited += passed
            late = self.waited > limits.header_seconds
        elif self.awaits_body and self.conn.our_state is not h11.SEND_RESPONSE and not sent:
            self.waited += passed  # the response was sent already
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
        """Notes whether another phase has begun: a header, a body or a response."""
        phase = (self.conn.their_state, self.cycle)
        if phase != self._phase:
            self._phase, self._phase_at = phase, self.loop.time()
            self._moved, self.waited = 0, 0.0

    def _answer(self, status: int, fields: bytes = b"") -> None:
        """Sends a response that is not the application's, and ends the connection."""
        reason = {408: b"Request Timeout", 431: b"Request Header Fields Too Large", 503: b"Service Unavailable"}[status]
        line = b"HTTP/1.1 %d %s\r\n" % (status, reason)
        self.transport.write(line + fields + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        self.transport.close()
