"""Decodes the transfer encodings of parts (RFC 2045 section 6), strictly: broken data is never silently half a file."""

import binascii
import re
from contextlib import suppress
from io import BytesIO
from typing import NamedTuple

from workers.parse.mime.charsets import one_line

#: How programs write the encodings, each with its name; other spellings are not known.
_SPELLINGS: dict[str, str] = {
    **dict.fromkeys(("", "7bit", "8bit", "binary"), "identity"),  # RFC 2045 section 6.2
    **dict.fromkeys(("7-bit", "8-bit", "7bits", "8bits", "7 bit", "8 bit", "none", "plain", "utf-8"), "identity"),
    **dict.fromkeys(("base64", "base-64", "base 64", "b64"), "base64"),
    **dict.fromkeys(("quoted-printable", "quoted printable", "quotedprintable", "quoted_printable"), "qp"),
    **dict.fromkeys(("x-uuencode", "uuencode", "uue", "x-uue"), "uu"),
}
_COMMENT = re.compile(r"\([^()]{0,200}\)")
# A soft line break: "=", blanks that a mail server may have added, and a line end or the end of the data. In binascii,
# blanks after the "=" stop it from being a break, and a bare carriage return loses the rest of the line.
_SOFT_BREAK = re.compile(rb"=[ \t]*+(?:\r?\n|\r|\Z)")
_NOT_QUOTED_PRINTABLE = re.compile(rb"=(?![0-9A-Fa-f]{2}).{0,2}")
#: Octets that a base64 decoder ignores, and the number of octets decoded at a time.
_BETWEEN, _PIECE = b"\r\n\t ", 1 << 20
_OUTSIDE_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\r\n\t ]")
_PADDED = re.compile(rb"=[=\s]*+")
#: A line that is long enough to be base64 and nothing else.
_BASE64_LINE = re.compile(rb"^[A-Za-z0-9+/]{24,}+={0,2}[ \t]*+\r?$", re.MULTILINE)
_UU_BEGIN = re.compile(rb"^begin(-base64)? [0-7]{3,4} \S.*\r?$", re.MULTILINE)
_UU_END = (b"end", b"`")


# Around a label; what ends it if a parameter or words have run into it.
_AROUND = " \t\"';,."
_ENDS = re.compile(r"[;,=:\"']")


class Payload(NamedTuple):
    """The decoded bytes of a part; `defect` says what is wrong with its encoding, "" if nothing."""

    data: bytes
    defect: str


def decode_transfer(data: bytes, encoding: str) -> Payload:
    """Decodes a transfer encoding (RFC 2045 section 6), strictly; spelled as programs spell it.

    Of broken data, as much as could be decoded is returned, for a person to look at. A payload with a defect is not the
    file that was sent.
    """
    kind = kind_of_encoding(encoding)
    if kind == "identity":
        return Payload(data, "")
    if kind == "base64":
        return _from_base64(data)
    if kind == "qp":
        return _from_quoted_printable(data)
    if kind == "uu":
        return _from_uuencode(data)
    return Payload(data, f"the transfer encoding {one_line(encoding, 40)!r} is not known; left as it came")


def kind_of_encoding(label: str) -> str:
    """Returns `identity`, `base64`, `qp` or `uu` for the label of a transfer encoding, "" for an unknown label.

    What has run into it does not matter: a parameter ("base64; x=1"), or words behind a blank.
    """
    known = _COMMENT.sub("", label).strip(_AROUND).lower()
    alone = _ENDS.split(known, maxsplit=1)[0].strip(_AROUND)
    found = (_SPELLINGS.get(name) for name in (known, alone, *alone.split(maxsplit=1)[:1]))
    return next(filter(None, found), "")


def _from_quoted_printable(data: bytes) -> Payload:
    joined = _SOFT_BREAK.sub(b"", data)
    broken = _NOT_QUOTED_PRINTABLE.search(joined)
    return Payload(binascii.a2b_qp(joined), f"broken quoted-printable: {broken[0]!r}"[:60] if broken else "")


def _from_base64(data: bytes) -> Payload:
    with suppress(binascii.Error):
        return Payload(_in_pieces(data), "")
    packed = data.translate(None, _BETWEEN)
    try:
        return Payload(binascii.a2b_base64(packed, strict_mode=True), "")
    except binascii.Error as error:
        problem = f"broken base64: {error}"
    if found := _above_footer(data):
        return found
    return Payload(b"".join(map(_leniently, _segments(packed))), problem)


def _above_footer(data: bytes) -> Payload | None:
    """Returns the base64 above a footer in plain text, as lists and gateways add it; None if there is no such footer.

    The footer is not decoded as if it were data. No line of base64 may follow it.
    """
    outside = _OUTSIDE_BASE64.search(data)
    end = data.rfind(b"\n", 0, outside.start()) + 1 if outside else 0
    # a footer may begin with a line of letters only, below the padding
    padded = _PADDED.search(data, 0, end)
    end = padded.end() if padded else end
    if not end or not data[:end].endswith((b"\n", b"\r")) or _BASE64_LINE.search(data, end):
        return None
    try:
        found = _in_pieces(data[:end])
    except binascii.Error:
        return None
    return Payload(found, "broken base64: text follows it")


def _segments(packed: bytes) -> list[bytes]:
    """Returns the pieces of base64 that each end with padding: a decoder stops at padding, and would lose the rest.

    What follows the first piece counts only if it is whole: it may be words.
    """
    first, *rest = re.split(rb"(?<==)(?!=)", packed)
    return [first, *(piece for piece in rest if piece and len(piece) % 4 == 0)]


def _leniently(packed: bytes) -> bytes:
    known = _OUTSIDE_BASE64.sub(b"", packed).rstrip(b"=")
    return binascii.a2b_base64(known[: len(known) - (len(known) % 4 == 1)] + b"==")


def _in_pieces(data: bytes) -> bytes:
    """Decodes base64 strictly, in pieces, to save the memory for a second copy of a large file.

    Raises `binascii.Error` for data that can't be decoded like this.
    """
    out, rest = BytesIO(), b""
    for at in range(0, len(data), _PIECE):
        packed = rest + data[at : at + _PIECE].translate(None, _BETWEEN)
        is_last = at + _PIECE >= len(data)
        ready = len(packed) if is_last else len(packed) // 4 * 4
        if not is_last and b"=" in packed:
            raise binascii.Error("it ends before its end")
        out.write(binascii.a2b_base64(packed[:ready], strict_mode=True))
        rest = packed[ready:]
    return out.getvalue()


def _from_uuencode(data: bytes) -> Payload:
    """Decodes uuencoded data (POSIX uuencode), also its variant in base64. Without its first line, all lines count."""
    begin = _UU_BEGIN.search(data)
    lines = (data[begin.end() :] if begin else data.lstrip(b"\r\n")).removeprefix(b"\n")
    if begin and begin[1]:
        packed, mark, _ = lines.partition(b"====")
        found = _from_base64(packed)
        return found if mark else Payload(found.data, found.defect or "broken uuencoding: it has no end")
    out: list[bytes] = []
    problem = "it has no end"
    try:
        for line in lines.splitlines():
            if line.strip() in _UU_END:
                problem = ""
                break
            out.append(binascii.a2b_uu(line))
    except binascii.Error as error:
        problem = str(error)
    problem = problem or ("" if begin else "it has no line 'begin'")
    return Payload(b"".join(out), problem and f"broken uuencoding: {problem}")
