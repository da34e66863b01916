"""What is in the files that the demo's mails carry: small, valid, and different for each name."""

import struct
import zlib
from base64 import b64decode
from pathlib import PurePosixPath

# the smallest baseline JPEG that viewers open: one grey pixel
_JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////"
    "////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AR//Z"
)
_JPEG_START = b"\xff\xd8"
_JPEG_COMMENT = b"\xff\xfe"


def content(name: str) -> bytes:
    """The bytes of the file called `name`, by the ending of the name. Raises `KeyError` for an unknown ending."""
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
    fonts = b"<< /Font << /F1 5 0 R >> >>"
    page = f"BT /F1 18 Tf 72 720 Td ({name}) Tj ET".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources %s >>" % fonts,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(made))
    return made + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


def _exe(_name: str) -> bytes:
    # the DOS header with its pointer to the PE header, and the start of that: what the file command goes by
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", 0x8664) + bytes(300)


def _csv(name: str) -> bytes:
    return f"day,reading\nMonday,71\nTuesday,74\nfile,{name}\n".encode()


_MAKERS = {".png": _png, ".jpg": _jpeg, ".pdf": _pdf, ".exe": _exe, ".csv": _csv}
