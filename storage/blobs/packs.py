"""Packs: files with several raw mails that came into custody together, which saves names, writes and fsyncs.

A mail is located by the offset of its head in the pack. The head has the mail's length, and whether it is still needed,
so that a deletion can see whether other mails are left. Deleted mails are overwritten; with the last mail the file is
deleted.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from struct import Struct
from typing import BinaryIO

#: Whether the mail is still needed, and its length in bytes.
_HEAD = Struct(">?Q")

#: Bytes that are overwritten at a time.
_PIECE = 1 << 20


def write(path: Path, contents: Sequence[bytes], new: Callable[[Path], BinaryIO]) -> list[int]:
    """Writes a pack durably, except for its name, and returns the offset of each mail. `new` creates the file.

    If it raises, no file is left. A file that was half written at a crash does no harm: no row refers to it.
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
    """Returns the bytes of a mail. Raises FileNotFoundError if the pack is missing, or the mail was deleted."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        found = os.pread(descriptor, _HEAD.size + length, offset)
    finally:
        os.close(descriptor)
    if found[:1] != b"\1":
        raise FileNotFoundError(path)
    return found[_HEAD.size :]


def delete(path: Path, offsets: Sequence[int]) -> None:
    """Deletes the mails at `offsets` from a pack; removing the file, with the last mail, is not yet durable.

    Raises FileNotFoundError if the pack is missing.
    """
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
