"""Finds the parts of a multipart whose type or boundary is broken, as mail programs do."""

import re

from workers.parse.limits import UnreadableError
from workers.parse.mime.transfer import decode_transfer
from workers.parse.mime.tree import Part, quoted

# A line that begins a part: "--", the boundary, perhaps blanks, a line end, and a field of the part.
_BEGIN = re.compile(
    rb"^--(\S[^\r\n]{0,279}+)\r?\n(?:[ \t]{0,80}\r?\n)?(?=content-[a-z-]{1,40}[ \t]{0,9}:)",
    re.MULTILINE | re.IGNORECASE,
)
# A line that ends a multipart. Boundaries may end with "-", too.
_END = re.compile(rb"^--(\S[^\r\n]{0,199}?)--[ \t]{0,80}\r?$", re.MULTILINE)
_BLANKS, _LONGEST = b" \t", 200  # behind a boundary; octets of a boundary
# A field that only a part has, and that no person writes at the start of a line.
_FIELD = re.compile(
    rb"^content-(?:type|transfer-encoding|disposition)[ \t]{0,9}:[ \t]{0,9}\S", re.MULTILINE | re.IGNORECASE
)
# The header of a mail, or of a part, whose fields were torn off by a blank line.
_HEADER = re.compile(rb"\s{0,99}(?:mime-version:|content-type:\s{0,9}multipart/)", re.IGNORECASE)
_PART_HEADER = re.compile(rb"\s{0,99}content-(?:type|disposition|transfer-encoding):", re.IGNORECASE)
_MOST_CANDIDATES = 20


def found_multipart(part: Part) -> Part | None:
    """Returns what a leaf becomes that claims to be a multipart, or is one without saying so; None for another leaf.

    Raises `UnreadableError` if it has the fields of parts, but no boundary can be found: raw MIME is nobody's words.
    """
    kind = part.declared_type()
    value = "".join(part.field_values("content-type")[:1])
    is_multipart = kind.startswith("multipart/")
    if not is_multipart and "boundary" not in value.lower() and value:
        return None
    content = part.content()
    if not value:
        return _without_type(part, content)
    encoding = "".join(part.field_values("content-transfer-encoding")[:1])
    for data in (content, decode_transfer(content, encoding).data):
        if boundary := _boundary(data):
            return _parsed(part, kind if is_multipart else "multipart/mixed", boundary, data)
    if is_multipart and _FIELD.search(content):
        raise UnreadableError("The parts of a multipart can't be separated: its boundary is missing.")
    return None


def _without_type(part: Part, content: bytes) -> Part | None:
    """Returns what a part without a type becomes if nothing but the parts of a multipart is in it."""
    if (_PART_HEADER if part.depth else _HEADER).match(content, 0, 300):
        return part.parse(content.lstrip())
    begin = _BEGIN.match(content.lstrip()) if content[:200].lstrip().startswith(b"--") else None
    boundary = _boundary(content) if begin else b""
    return _parsed(part, "multipart/mixed", boundary, content) if boundary else None


def _boundary(content: bytes) -> bytes:
    """Returns the boundary that the content uses, which stands there twice, or with a closing "--"; b"" for none."""
    tried: set[bytes] = set()
    for pattern in (_BEGIN, _END):
        for match in pattern.finditer(content):
            boundary = match[1].rstrip(_BLANKS)
            if boundary in tried or len(boundary) > _LONGEST:
                continue
            if len(tried) == _MOST_CANDIDATES:
                return b""
            tried.add(boundary)
            begins = rb"^--" + re.escape(boundary)
            lines = re.findall(begins + rb"(?:--)?[ \t]{0,80}\r?$", content, re.MULTILINE)
            if len(lines) > 1 and re.search(begins + rb"[ \t]{0,80}\r?$", content, re.MULTILINE):
                return boundary
    # a mail that was cut off after its first part began
    begin = _BEGIN.search(content)
    return begin[1].rstrip(_BLANKS) if begin and begin.start() == len(content) - len(content.lstrip()) else b""


def _parsed(part: Part, kind: str, boundary: bytes, content: bytes) -> Part:
    value = f"{kind}; {quoted('boundary', boundary.decode('latin-1'))}"
    return part.parse(f"Content-Type: {value}\r\n\r\n".encode("latin-1", "replace") + content)
