"""Reads ISO-2022-JP as mail programs write it, with the letters that vendors added.

Python's codecs refuse the rows that NEC and IBM added to JIS X 0208, such as the circled digits, and so the whole text.
Programs write these rows all the same; the WHATWG Encoding standard (section 12.2) and Microsoft's code page 50221 read
them.
"""

import codecs
import re
from contextlib import suppress

#: ISO-2022-JP (RFC 1468, RFC 1554, RFC 2237) and ISO-2022-JP-2004: what an escape sequence selects.
_ESCAPE = re.compile(rb"\x1b(\([BJIH]|\$[@AB]|\$\([@BCDOPQ]|\.[AF]|N|&@)")
_KANA = b"(I"
_CODECS = {
    **dict.fromkeys((b"$@", b"$B", b"$(@", b"$(B"), "euc_jp"),
    b"$A": "gb2312",
    b"$(C": "euc_kr",
    b"$(D": "euc_jp",  # each letter of JIS X 0212 has the prefix 8F there
    b"$(O": "euc_jis_2004",
    b"$(Q": "euc_jis_2004",
    b"$(P": "euc_jis_2004",
}
_THREE_OCTETS = (b"$(D", b"$(P")
_SHIFT_UP = bytes.maketrans(bytes(range(0x21, 0x7F)), bytes(range(0xA1, 0xFF)))
_PAIRS = re.compile(rb"[\xa1-\xfe]{2}")
#: Signs of ISO-2022-JP in a text that says it is something else.
_SIGN = re.compile(rb"\x1b(?:\$[@B]|\$\(D|\(I)")
#: The sequences of which a gateway took away the escape character.
_LOST_ESCAPE = re.compile(rb"(?<!\x1b)(?=\$B[!-~]|\([BJ])")
_MOST_LOST = 10_000
_GAPS = "casemail.vendor-letters"


def _vendor_letters() -> dict[bytes, str]:
    """Returns the letters that Microsoft's Shift_JIS has in the rows of vendors, by their octets in EUC-JP."""
    letters = {}
    for row in _VENDOR_ROWS:
        for cell in range(1, 95):
            # how Shift_JIS packs two rows into one (JIS X 0208, annex 1)
            lead = (row + 1) // 2 + (0x80 if row <= _LOW_ROWS else 0xC0)
            trail = cell + 0x9E if row % 2 == 0 else cell + (0x3F if cell <= _LOW_CELLS else 0x40)
            with suppress(UnicodeError):
                letters[bytes((row + 0xA0, cell + 0xA0))] = bytes((lead, trail)).decode("cp932")
    return letters


_VENDOR_ROWS = (13, 89, 90, 91, 92)  # NEC's signs, and IBM's letters as NEC placed them
_LOW_ROWS, _LOW_CELLS = 62, 63
_VENDOR_LETTERS = _vendor_letters()


def _vendor_or_gap(error: UnicodeError) -> tuple[str, int]:
    """Reads a pair that the codec does not know as a vendor's letter, or as U+FFFD."""
    assert isinstance(error, UnicodeDecodeError)
    start = error.start
    pair = error.object[start : start + 2]
    if letter := _VENDOR_LETTERS.get(pair):
        return letter, start + 2
    return "\ufffd", start + (2 if _PAIRS.fullmatch(pair) else 1)


codecs.register_error(_GAPS, _vendor_or_gap)


def decode_euc_jp(data: bytes) -> str:
    """Returns text in EUC-JP, with vendors' letters; U+FFFD for what can't be read."""
    return data.decode("euc_jp", _GAPS)


def has_escapes(data: bytes) -> bool:
    """Returns whether the text has escape sequences of ISO-2022-JP."""
    return b"\x1b" in data and bool(_SIGN.search(data))


def with_escapes(data: bytes) -> bytes:
    """Returns ISO-2022-JP that has lost its escape characters, with them."""
    return _LOST_ESCAPE.sub(b"\x1b", data) if b"\x1b" not in data and 0 < data.count(b"$B") < _MOST_LOST else data


def decode_iso2022_jp(data: bytes) -> str:
    """Returns text in ISO-2022-JP; U+FFFD for what can't be read.

    Octets above 127 do not belong there: they are UTF-8, or the half-width Katakana of Shift_JIS (code page 50220).
    """
    first, *rest = _ESCAPE.split(data)
    out = [_outside(first)]
    for escape, segment in zip(rest[::2], rest[1::2], strict=True):
        if escape == _KANA:
            out.append(segment.translate(_SHIFT_UP).decode("cp932", "replace"))
        elif codec := _CODECS.get(escape):
            out.extend(_two_octets(segment, codec, three=escape in _THREE_OCTETS))
        else:
            out.append(_outside(segment))
    return "".join(out)


def _outside(segment: bytes) -> str:
    try:
        return segment.decode()
    except UnicodeError:
        return segment.decode("cp932", "replace")


def _two_octets(segment: bytes, codec: str, *, three: bool) -> list[str]:
    """Returns the lines of a text of two octets a letter. A line that can't be so was written after a lost escape."""
    lines: list[str] = []
    for line in segment.split(b"\n"):
        high = line.translate(_SHIFT_UP)
        if three:
            high = _PAIRS.sub(lambda pair: b"\x8f" + pair[0], high)
        text = decode_euc_jp(high) if codec == "euc_jp" else high.decode(codec, "replace")
        lines.append(_outside(line) if lines and "\ufffd" in text and line.isascii() else text)
    return ["\n".join(lines)]
