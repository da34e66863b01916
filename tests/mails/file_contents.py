"""Makes small valid files: pictures of any size, and PDFs of one page. Another seed gives other bytes."""

import struct
import zlib


def png(width: int, height: int, seed: int = 0) -> bytes:
    """Returns a picture in shades of grey (W3C PNG, third edition)."""
    row = bytes((column * 7 + seed * 31) % 256 for column in range(width))
    rows = b"".join(b"\0" + row[(line * seed) % width :] + row[: (line * seed) % width] for line in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def gif(width: int, height: int) -> bytes:
    """Returns a picture of one colour, transparent, as tracking pixels are (GIF89a)."""
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + b"\xff\xff\xff\0\0\0"
    frame = b"," + struct.pack("<HHHH", 0, 0, width, height) + b"\0"
    return head + b"!\xf9\x04\x01\0\0\0\0" + frame + b"\x02\x02\x44\x01\0;"


def jpeg(width: int, height: int, seed: int = 0) -> bytes:
    """Returns a grey picture (ITU-T T.81): every block says only that it equals the block before."""

    def segment(code: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, code, len(data) + 2) + data

    table = bytes([1] + [0] * 15 + [0])  # one code, of one bit
    blocks = -(-width // 8) * -(-height // 8)
    bits = 2 * blocks
    body = bytes(bits // 8) + (bytes([(1 << (8 - bits % 8)) - 1]) if bits % 8 else b"")
    return b"".join(
        (
            b"\xff\xd8" + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            segment(0xFE, b"number %d" % seed),
            segment(0xDB, bytes([0] + [8] * 64)),
            segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"),
            segment(0xC4, b"\0" + table) + segment(0xC4, b"\x10" + table),
            segment(0xDA, b"\x01\x01\0\0\x3f\0") + body + b"\xff\xd9",
        )
    )


def pdf(seed: int = 0) -> bytes:
    """Returns a PDF with one empty page (ISO 32000-1)."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 %d] >>" % (200 + seed),
    )
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = b"xref\n0 4\n0000000000 65535 f \n" + table
    return out + start + b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
