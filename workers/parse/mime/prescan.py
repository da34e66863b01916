"""Checks the raw bytes of a mail before any parser sees them: sizes, counts, and bytes on which parsers disagree."""

import re
from dataclasses import dataclass

from workers.parse.limits import Limits, TooManyHopsError, UnreadableError, check

_FIELD = re.compile(rb"^(?![ \t\r\n])[^\n]+(?:\n[ \t][^\n]*)*", re.MULTILINE)
_FROM = re.compile(rb"^[^\S\n]*from\s*:", re.MULTILINE | re.IGNORECASE)
# Python codecs that take quadratic time to decode.
_SLOW_CHARSET = re.compile(rb"=\?[^?\s]*(?:punycode|idna)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scan:
    """The header block with its last line end; `froms` counts all lines that any parser may take for a From field, and
    `lines` all lines of the mail."""

    header: bytes
    froms: int
    lines: int


def prescan(raw: bytes, limits: Limits) -> Scan:
    """Measures the raw mail, in linear time.

    Raises `OverLimitError` or `TooManyHopsError`. Raises `UnreadableError` for a NUL or a bare CR in the header block,
    because parsers disagree on where a field with them ends, and for a refused charset, which takes quadratic time.
    """
    check("mail", len(raw), limits)
    lines = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    check("lines", lines, limits)
    header = _header_block(raw)
    check("header", len(header), limits)
    _check_bytes(header)
    fields = [match.group() for match in _FIELD.finditer(header)]
    check("fields", len(fields), limits)
    check("field", max(map(len, fields), default=0), limits)
    if b"=?" in header:
        check("encoded_words", max(field.count(b"=?") for field in fields), limits)
    names = [field.partition(b":")[0].strip().lower() for field in fields]
    signatures = sum(
        len(_FROM.findall(field))
        for name, field in zip(names, fields, strict=True)
        if b"signature" in name or name == b"arc-seal"
    )
    received = names.count(b"received")
    if received > limits.received:
        raise TooManyHopsError(received)
    # A folded h= list in a signature may have a line that begins with "from:"; no parser takes it for a field.
    return Scan(header, len(_FROM.findall(header)) - signatures, lines)


def _header_block(raw: bytes) -> bytes:
    if raw.startswith((b"\n", b"\r\n")):
        return b""
    end = raw.find(b"\n\r\n")
    bare = raw.find(b"\n\n", 0, end + 1 if end >= 0 else len(raw))
    end = bare if bare >= 0 else end
    return raw if end < 0 else raw[: end + 1]


def _check_bytes(header: bytes) -> None:
    if b"\x00" in header:
        raise UnreadableError("The header has a NUL byte.")
    if header.count(b"\r") > header.count(b"\r\n"):
        raise UnreadableError("The header has a carriage return without a line feed.")
    if b"=?" in header and _SLOW_CHARSET.search(header):
        raise UnreadableError("The header has an encoded word in a charset that is refused.")
