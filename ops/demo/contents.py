"""Makes the files that the demo's mails carry: small, valid, and different for each name."""

import struct
import zlib
from base64 import b64decode
from pathlib import PurePosixPath

from ops.pdf import one_page

# the smallest baseline JPEG that viewers open: one grey pixel
_JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////"
    "////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AR//Z"
)
_JPEG_START = b"\xff\xd8"
_JPEG_COMMENT = b"\xff\xfe"


def content(name: str) -> bytes:
    """Returns the bytes of a file for `name`, by its extension. Raises `KeyError` for an unknown extension."""
    return _MAKERS[PurePosixPath(name).suffix](name)


def _png(name: str) -> bytes:
    colour = zlib.crc32(name.encode()).to_bytes(4, "big")[:3]
    width = height = 16
    rows = (b"\0" + colour * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _jpeg(name: str) -> bytes:
    comment = name.encode()
    return _JPEG_START + _JPEG[2:20] + _JPEG_COMMENT + struct.pack(">H", len(comment) + 2) + comment + _JPEG[20:]


def _pdf(name: str) -> bytes:
    return one_page(f"BT /F1 18 Tf 72 720 Td ({name}) Tj ET".encode("ascii"))


def _exe(_name: str) -> bytes:
    # the DOS header with its pointer to the PE header, and the start of the PE header: the `file` command reads these
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", 0x8664) + bytes(300)


def _csv(name: str) -> bytes:
    return f"day,reading\nMonday,71\nTuesday,74\nfile,{name}\n".encode()


_MAKERS = {".png": _png, ".jpg": _jpeg, ".pdf": _pdf, ".exe": _exe, ".csv": _csv}
