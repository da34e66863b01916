"""Packs: the raw mails that come into custody together lie in one file, which is one name, one write and one fsync.

A mail's place is the offset of its head in the pack. The head says whether the mail is still needed, and how long it
is, so that whoever deletes one sees what else is there. What is deleted is overwritten; with the last the file goes.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from struct import Struct
from typing import BinaryIO

#: Whether the mail is still needed, and its length in octets.
_HEAD = Struct(">?Q")

#: Octets that are overwritten at a time.
_PIECE = 1 << 20


def write(path: Path, contents: Sequence[bytes], new: Callable[[Path], BinaryIO]) -> list[int]:
    """Writes a pack durably, but for its name, and returns the offset of each mail. `new` makes and opens the file.

    When it raises, no file is left. One that a crash left half written is in the way of nobody: no row names it.
    """
    offsets, end = [], 0
    try:
        with new(path) as file:
            for content in contents:
                offsets.append(end)
                end += file.write(_HEAD.pack(True, len(content))) + file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return offsets


def read(path: Path, offset: int, length: int) -> bytes:
    """The octets of a mail; raises FileNotFoundError when there is no such pack, or the mail was deleted."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        found = os.pread(descriptor, _HEAD.size + length, offset)
    finally:
        os.close(descriptor)
    if found[:1] != b"\1":
        raise FileNotFoundError(path)
    return found[_HEAD.size :]


def delete(path: Path, offsets: Sequence[int]) -> None:
    """Deletes these mails from a pack, durably but for its name; raises FileNotFoundError when there is none."""
    with path.open("r+b", buffering=0) as file:
        descriptor = file.fileno()
        for offset in offsets:
            os.pwrite(descriptor, b"\0", offset)
        if not _is_needed(descriptor):
            path.unlink()
            return
        for offset in offsets:
            _overwrite(descriptor, offset)
        os.fsync(descriptor)


def _is_needed(descriptor: int) -> bool:
    offset = 0
    while len(head := os.pread(descriptor, _HEAD.size, offset)) == _HEAD.size:
        needed, length = _HEAD.unpack(head)
        if needed:
            return True
        offset += _HEAD.size + length
    return False


def _overwrite(descriptor: int, offset: int) -> None:
    _, length = _HEAD.unpack(os.pread(descriptor, _HEAD.size, offset))
    at, end = offset + _HEAD.size, offset + _HEAD.size + length
    while at < end:
        at += os.pwrite(descriptor, bytes(min(_PIECE, end - at)), at)
