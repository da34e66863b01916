"""Reads UTF-16, UTF-32 and EBCDIC, if a text really is in one of them.

In these the octets of ASCII mean something else, so that a wrong label would make signs out of words, or markup out of
harmless text (WHATWG Encoding, section 2). A label alone is no proof.
"""

from unicodedata import category

_SAMPLE = 2000
_MOST_BAD = 0.1
#: Byte order marks; that of UTF-32 begins with that of UTF-16.
_MARKS = ((b"\xff\xfe\0\0", "utf_32"), (b"\0\0\xfe\xff", "utf_32"), (b"\xff\xfe", "utf_16"), (b"\xfe\xff", "utf_16"))
_ORDERS = {"utf_16": ("utf_16_le", "utf_16_be"), "utf_32": ("utf_32_le", "utf_32_be")}
_NO_TEXT = ("Cc", "Cn", "Co", "Cs")


def decode_unlike_ascii(data: bytes, codec: str = "") -> str | None:
    """Returns the text if it is in this codec, or has a byte order mark; None if it is not."""
    if not data or (b"\0" not in data and _is_utf_8(data)):
        return None
    marked = next((codec for mark, codec in _MARKS if data.startswith(mark)), "")
    if not (marked or codec):
        return None
    orders = (marked,) if marked else _ORDERS.get(codec, (codec,))
    strangeness, best = min((_strangeness(data[:_SAMPLE].decode(order, "replace")), order) for order in orders)
    return data.decode(best, "replace") if strangeness <= _MOST_BAD else None


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeError:
        return False
    return True


def _strangeness(text: str) -> float:
    """Returns the share of characters that are in no text, plus a little for each block of letters that it uses."""
    strange = sum(char == "\ufffd" or (category(char) in _NO_TEXT and char not in "\t\r\n\x85") for char in text[:-1])
    blocks = len({ord(char) >> 8 for char in text})
    return (strange + blocks / 16) / max(1, len(text))
