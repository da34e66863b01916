"""Writes compound files (MS-CFB, version 3): Office before 2007, Outlook mails, encrypted documents."""

import struct
from collections.abc import Mapping
from itertools import pairwise

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5
#: The shortest stream, in bytes. Shorter streams would be stored together in another stream, which no test needs.
_SHORTEST = 4096

Tree = Mapping[str, "bytes | Tree"]


def compound(tree: Tree) -> bytes:
    """Returns a file with these streams and storages; short streams are filled up with zeros."""
    entries: list[list[int | str]] = [["Root Entry", _ROOT, _FREE, _FREE, _END, 0]]  # name, kind, next, child, at, size
    sectors: list[bytes] = []
    fat: list[int] = []

    def add(name: str, content: "bytes | Tree") -> int:
        number = len(entries)
        entries.append([name, _STREAM, _FREE, _FREE, _END, 0])
        if isinstance(content, bytes):
            entries[number][4:] = [store(content.ljust(_SHORTEST, b"\0")), max(len(content), _SHORTEST)]
        else:
            entries[number][1] = _STORAGE
            entries[number][3] = chain(content)
        return number

    def chain(children: Tree) -> int:
        numbers = [
            add(name, children[name]) for name in sorted(children, key=lambda child: (len(child), child.upper()))
        ]
        for number, following in pairwise(numbers):
            entries[number][2] = following
        return numbers[0] if numbers else _FREE

    def store(content: bytes) -> int:
        first = len(sectors)
        parts = [content[at : at + _SECTOR].ljust(_SECTOR, b"\0") for at in range(0, len(content), _SECTOR)]
        sectors.extend(parts)
        fat.extend([*range(first + 1, first + len(parts)), _END])
        return first

    entries[0][3] = chain(tree)
    directory = store(b"".join(_entry(*entry) for entry in entries))  # type: ignore[arg-type]
    fat_sectors = 1
    while fat_sectors * 128 < len(fat) + fat_sectors:
        fat_sectors += 1
    fat_at = len(sectors)
    fat.extend([_FAT] * fat_sectors)
    table = fat + [_FREE] * (fat_sectors * 128 - len(fat))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors, directory, 0, _SHORTEST, _END, 0, _END, 0),
    )
    places = [*range(fat_at, fat_at + fat_sectors)] + [_FREE] * (109 - fat_sectors)
    return header + struct.pack("<109I", *places) + b"".join(sectors) + struct.pack(f"<{len(table)}I", *table)


def _entry(name: str, kind: int, following: int, child: int, at: int, size: int) -> bytes:
    written = (name + "\0").encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ", written, len(written), kind, 1, _FREE, following, child, bytes(16), 0, 0, 0, at, size
    )
