"""What goes between us and a process for hostile bytes: frames of a kind and bytes over a socket.

To the process goes a pickle, of ours. From it comes JSON alone, read against the type that the work says it returns:
whatever took the process over can answer with wrong data, and with nothing else.
"""

import time
from collections.abc import Callable
from functools import cache
from socket import socket
from struct import Struct
from typing import Any, get_type_hints

from pydantic import TypeAdapter

_HEAD = Struct("<cQ")
#: Kinds of answers: that the work was taken; the result; what the work raised, in words; that it had too little memory;
#: a module that it looked for in vain.
TAKEN, RESULT, RAISED, NO_MEMORY, LACKS = b"T", b"R", b"E", b"M", b"L"
#: Most bytes of an answer: of a mail of the largest size, every line of it as a record.
MOST = 64 * 1024 * 1024
_PIECE = 1 << 20


class BadAnswer(Exception):  # noqa: N818  the name says what happened
    """What came is no answer."""


def send(peer: socket, kind: bytes, *contents: bytes) -> None:
    """Sends a frame; raises OSError where the other end is gone, or does not read in the time-out of the socket."""
    peer.sendall(_HEAD.pack(kind, sum(len(content) for content in contents)))
    for content in contents:
        peer.sendall(content)


def receive(peer: socket, wait: Callable[[], None] = lambda: None, *, most: int = MOST) -> tuple[bytes, bytearray]:
    """The kind and the bytes of a frame; `wait` is called before each read, and returns when there is something.

    Raises EOFError when the other end is gone, and `BadAnswer` for a frame that is too large.
    """
    kind, length = _HEAD.unpack(_exactly(peer, _HEAD.size, wait))
    if length > most:
        raise BadAnswer(f"an answer of {length:,} bytes")
    return kind, _exactly(peer, length, wait)


def _exactly(peer: socket, length: int, wait: Callable[[], None]) -> bytearray:
    content = bytearray(length)
    left = memoryview(content)
    while left:
        wait()
        got = peer.recv_into(left, min(_PIECE, len(left)))
        if not got:
            raise EOFError
        left = left[got:]
    return content


@cache
def answers(work: Callable[..., Any]) -> TypeAdapter[Any]:
    """Writes and reads what the work returns, by its annotation."""
    return TypeAdapter(get_type_hints(work)["return"])


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU time that a process has used, read from outside of it (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)
