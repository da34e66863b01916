"""TNEF data for tests, as Outlook writes it (MS-OXTNEF)."""

from collections.abc import Mapping
from struct import pack


def attribute(ident: int, value: bytes, level: int = 2) -> bytes:
    """Returns an attribute with its checksum."""
    return pack("<BII", level, ident, len(value)) + value + pack("<H", sum(value) & 0xFFFF)


def properties(values: Mapping[int, str | bytes | int]) -> bytes:
    """Returns MAPI properties: texts as Unicode, bytes as binary, numbers as integers."""
    out = pack("<I", len(values))
    for ident, value in values.items():
        if isinstance(value, int):
            out += pack("<HHI", 3, ident, value)
            continue
        data = f"{value}\0".encode("utf-16-le") if isinstance(value, str) else value
        kind = 0x1F if isinstance(value, str) else 0x102
        out += pack("<HHII", kind, ident, 1, len(data)) + data + bytes(-len(data) % 4)
    return out


def packed_file(name: str, data: bytes, *, short: str = "FILE~1.DAT", **more: str | int) -> bytes:
    """Returns the attributes of a file. `more`: `type` and `content_id`, and `method`."""
    idents = {"type": 0x370E, "content_id": 0x3712, "method": 0x3705}
    long = {0x3707: name} if name else {}
    values: dict[int, str | bytes | int] = {**long, **{idents[key]: value for key, value in more.items()}}
    return (
        attribute(0x00069002, bytes(14))
        + attribute(0x00018010, short.encode("cp1252") + b"\0")
        + attribute(0x0006800F, data)
        + attribute(0x00069005, properties(values))
    )


def tnef(*files: bytes, message: Mapping[int, str | bytes | int] | None = None, code_page: int = 1252) -> bytes:
    """Returns TNEF data with these files and these properties of the message."""
    out = pack("<IH", 0x223E9F78, 1) + attribute(0x00069007, pack("<II", code_page, 0), 1)
    if message:
        out += attribute(0x00069003, properties(message), 1)
    return out + b"".join(files)
