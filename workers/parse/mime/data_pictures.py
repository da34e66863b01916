"""Finds the pictures that stand in an HTML text itself, as `data:` URIs (RFC 2397): some programs so paste screenshots.

Such a picture is treated like a picture in a part of its own that the HTML refers to by its Content-ID (RFC 2392).
"""

import binascii
import re
from hashlib import sha256
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

#: Types of pictures that consist of pixels. SVG is left out: it is a document that may have scripts.
_TYPES = frozenset(
    f"image/{kind}"
    for kind in (
        *("png", "x-png", "apng", "jpeg", "jpg", "pjpeg", "jfif", "gif", "webp", "bmp", "x-ms-bmp", "x-bmp"),
        *("tiff", "heic", "heif", "avif"),
    )
)
_ENDINGS = {"jpeg": "jpg", "pjpeg": "jpg", "jfif": "jpg", "apng": "png", "tiff": "tif"}
_IN_IMAGE = re.compile(
    rb"(<img\b[^<>]{0,2000}?[\s\"'/]src\s{0,9}=\s{0,9})"
    rb"(?:\"\s{0,9}(data:[^\"<>]*+)\"|'\s{0,9}(data:[^'<>]*+)'|(data:[^\s\"'<>]++))",
    re.IGNORECASE,
)
_MAY_HAVE = re.compile(rb"data:\s{0,9}image", re.IGNORECASE)
_BLANKS = b"\t\n\f\r "
_LONGEST_HEAD = 200  # characters before the data
_LEAST = 300  # characters of base64; fewer are a dot that counts how often a mail is read
_MOST = 20  # pictures of an HTML text; the largest count


class DataPicture(NamedTuple):
    """A picture in an HTML text: its type, a Content-ID made from its bytes, and its bytes in base64."""

    type: str
    content_id: str
    base64: str

    @property
    def name(self) -> str:
        """A file name, such as programs give to a picture that was pasted."""
        ending = self.type.removeprefix("image/").removeprefix("x-").removeprefix("ms-")
        return f"picture.{_ENDINGS.get(ending, ending)}"


def take_data_pictures(html: bytes) -> tuple[bytes, list[DataPicture]]:
    """Returns the HTML with `cid:` in the place of each `data:` picture, and the pictures, each once, in order.

    What is no picture, is broken, or is one too many is taken out, too.
    """
    if not _MAY_HAVE.search(html):
        return html, []
    found: dict[bytes, DataPicture | None] = {}
    for match in _IN_IMAGE.finditer(html):
        uri = match[2] or match[3] or match[4]
        if uri not in found:
            found[uri] = _picture(uri)
    pictures = list({picture.content_id: picture for picture in found.values() if picture}.values())
    largest = {picture.content_id for picture in sorted(pictures, key=lambda each: -len(each.base64))[:_MOST]}

    def in_place(match: re.Match[bytes]) -> bytes:
        picture = found[match[2] or match[3] or match[4]]
        kept = picture and picture.content_id in largest
        return match[1] + (b'"cid:%s"' % picture.content_id.encode() if picture and kept else b'""')

    return _IN_IMAGE.sub(in_place, html), [picture for picture in pictures if picture.content_id in largest]


def _picture(uri: bytes) -> DataPicture | None:
    """Returns the picture in a URI; None if it is none, or its base64 is broken."""
    head, _, data = uri.partition(b",")
    kind, *parameters = unescape(head[5:_LONGEST_HEAD].decode("latin-1")).lower().replace(" ", "").split(";")
    if kind not in _TYPES or parameters[-1:] != ["base64"] or len(data) < _LEAST:
        return None
    if b"&" in data:
        data = unescape(data.decode("latin-1")).encode("latin-1", "replace")
    packed = (unquote_to_bytes(data) if b"%" in data else data).translate(None, _BLANKS).rstrip(b"=")
    packed += b"=" * (-len(packed) % 4)
    try:
        content = binascii.a2b_base64(packed, strict_mode=True)
    except binascii.Error:
        return None
    return DataPicture(kind, f"data-{sha256(content).hexdigest()[:24]}@html", packed.decode("ascii"))
