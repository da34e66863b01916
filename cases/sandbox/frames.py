"""The messages between us and a sandbox process: frames over a socket, each with a kind and some bytes.

We send pickles to the process. It answers in JSON only, which is validated by the return type of the task: code that
takes over the process can answer with wrong data, and do nothing else.
"""

import time
from collections.abc import Callable
from functools import cache
from socket import socket
from struct import Struct
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from cases.sandbox.errors import BadAnswerError

_HEAD = Struct("<cQ")
#: Kinds of answers: the task was received; its result; the error that it raised, as text; it ran out of memory; it
#: tried to import a module that is not loaded.
TAKEN, RESULT, RAISED, NO_MEMORY, LACKS = b"T", b"R", b"E", b"M", b"L"
#: The longest answer in bytes: enough for the largest mail with a record for every line.
MOST = 64 * 1024 * 1024
_PIECE = 1 << 20


def send(peer: socket, kind: bytes, *contents: bytes) -> None:
    """Sends a frame. Raises `OSError` when the peer is gone, or does not read within the socket's timeout."""
    peer.sendall(_HEAD.pack(kind, sum(len(content) for content in contents)))
    for content in contents:
        peer.sendall(content)


def receive(peer: socket, wait: Callable[[], None] = lambda: None, *, most: int = MOST) -> tuple[bytes, bytearray]:
    """Returns the kind and the bytes of the next frame. Before each read, calls `wait`, which blocks until data arrive.

    Raises `EOFError` when the peer is gone, and `BadAnswerError` for a frame of more than `most` bytes.
    """
    kind, length = _HEAD.unpack(_exactly(peer, _HEAD.size, wait))
    if length > most:
        raise BadAnswerError(f"an answer of {length:,} bytes")
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
def answers(task: Callable[..., Any]) -> TypeAdapter[Any]:
    """Returns the adapter that writes and reads the task's result as JSON, by the task's return annotation."""
    return TypeAdapter(get_type_hints(task)["return"])


def cpu_seconds(pid: int) -> float:
    """Returns the seconds of CPU time that another process has used (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)
