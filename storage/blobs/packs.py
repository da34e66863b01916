"""Packs: files with several raw mails that came into custody together, which saves names, writes and fsyncs.

A pack is a sequence of parts, each a head and its bytes: a mail, then the envelopes with which it came in (one for each
recipient), then the next mail. A mail is located by the offset of its head. The head has the kind of the part and its
length, so that a deletion can see whether other mails are left. Deleted mails and their envelopes are overwritten; with
the last mail the file is deleted.

In an object store each mail has a pack of its own, since objects can't be changed.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from struct import Struct
from typing import BinaryIO

#: The kind of a part, and its length in bytes.
_HEAD = Struct(">BQ")
HEAD_BYTES = _HEAD.size

#: Bytes that are overwritten at a time.
_PIECE = 1 << 20


class _Kind(IntEnum):
    DELETED = 0  # a mail that is no longer needed
    MAIL = 1
    ENVELOPE = 2  # of the mail before it


@dataclass(frozen=True)
class NewMail:
    """A mail for a pack, with its envelopes. Packs written before casemail kept envelopes have none."""

    content: bytes
    envelopes: Sequence[bytes] = ()


@dataclass(frozen=True)
class PackedMail:
    """A mail that is in a pack, and not deleted: its place, and its envelopes."""

    offset: int
    length: int
    envelopes: tuple[bytes, ...]


def parts(mail: NewMail) -> Iterator[bytes]:
    """Yields the bytes of a mail and its envelopes, as they are in a pack."""
    for kind, content in ((_Kind.MAIL, mail.content), *((_Kind.ENVELOPE, envelope) for envelope in mail.envelopes)):
        yield _HEAD.pack(kind, len(content))
        yield content


def write(path: Path, mails: Sequence[NewMail], new: Callable[[Path], BinaryIO]) -> list[int]:
    """Writes a pack durably, except for its name, and returns the offset of each mail. `new` creates the file.

    If it raises, no file is left. A file that was half written at a crash does no harm: no row refers to it.
    """
    offsets, end = [], 0
    try:
        with new(path) as file:
            for mail in mails:
                offsets.append(end)
                for part in parts(mail):
                    end += file.write(part)
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
    return content_of(found, path)


def content_of(part: bytes, name: object) -> bytes:
    """Returns the bytes of a mail, from its part of a pack. Raises FileNotFoundError if it is no mail, or deleted."""
    if part[:1] != bytes([_Kind.MAIL]):
        raise FileNotFoundError(name)
    return part[_HEAD.size :]


def mails(size: int, read_at: Callable[[int, int], bytes]) -> list[PackedMail]:
    """Returns the mails of a pack of `size` bytes; `read_at` returns so many bytes from an offset.

    A pack that was half written at a crash ends with its last whole part.
    """
    found: list[PackedMail] = []
    is_deleted, offset = True, 0
    while len(head := read_at(_HEAD.size, offset)) == _HEAD.size:
        kind, length = _HEAD.unpack(head)
        end = offset + _HEAD.size + length
        if end > size:
            break
        if kind == _Kind.ENVELOPE and not is_deleted:
            envelope = read_at(length, offset + _HEAD.size)
            last = found.pop()
            found.append(PackedMail(last.offset, last.length, (*last.envelopes, envelope)))
        elif kind != _Kind.ENVELOPE:
            is_deleted = kind != _Kind.MAIL
            if not is_deleted:
                found.append(PackedMail(offset, length, ()))
        offset = end
    return found


def delete(path: Path, offsets: Sequence[int]) -> None:
    """Deletes the mails at `offsets` from a pack; removing the file, with the last mail, is not yet durable.

    Raises FileNotFoundError if the pack is missing.
    """
    with path.open("r+b", buffering=0) as file:
        descriptor = file.fileno()
        for offset in offsets:
            os.pwrite(descriptor, bytes([_Kind.DELETED]), offset)
        if not _is_needed(descriptor):
            path.unlink()
            return
        for offset in offsets:
            _overwrite(descriptor, offset)
        os.fsync(descriptor)


def _is_needed(descriptor: int) -> bool:
    return any(kind == _Kind.MAIL for kind, _, _ in _heads(descriptor, 0))


def _heads(descriptor: int, offset: int) -> Iterator[tuple[int, int, int]]:
    """Yields kind, offset and length of each part from `offset` on; the offset is that of the bytes behind the head."""
    while len(head := os.pread(descriptor, _HEAD.size, offset)) == _HEAD.size:
        kind, length = _HEAD.unpack(head)
        offset += _HEAD.size
        yield kind, offset, length
        offset += length


def _overwrite(descriptor: int, offset: int) -> None:
    """Overwrites a mail and its envelopes."""
    for number, (kind, begin, length) in enumerate(_heads(descriptor, offset)):
        if number and kind != _Kind.ENVELOPE:
            return
        at, end = begin, begin + length
        while at < end:
            at += os.pwrite(descriptor, bytes(min(_PIECE, end - at)), at)
