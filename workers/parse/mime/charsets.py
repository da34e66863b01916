"""Decodes bytes to text: by the label of their charset if it can be true, else by what the bytes show."""

import re
from functools import partial

from workers.parse.mime.charset_guess import guess, oddity
from workers.parse.mime.charset_labels import ISO_2022_JP, MULTIBYTE, UNLIKE_ASCII, codec_of
from workers.parse.mime.iso2022 import decode_euc_jp, decode_iso2022_jp, has_escapes, with_escapes
from workers.parse.mime.multibyte import decode_broken
from workers.parse.mime.unlike_ascii import decode_unlike_ascii

_CONTROLS = bytes((*range(9), 11, 12, *range(14, 32), 127))
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_HIGH = re.compile(rb"[\x80-\xff]")
_ABOVE_ASCII = re.compile("[^\x00-\x7f\ufffd]")
_GAP, _GAP_OCTETS = "\ufffd", "\ufffd".encode()
_BOM = "\ufeff"
_NO_LETTER_OF_CP932 = re.compile("[\uf8f0-\uf8f3]")  # what Python makes of the octets A0 and FD to FF
_AT_RANDOM = re.compile(rb"[\xa0\xfd-\xff]")
_KOREAN = b"\x1b$)C"  # at the start of ISO-2022-KR (RFC 1557)
_SAMPLE, _MOST_SEEN = 1024, 4096
_ASCII = bytes(range(128))
_LATER_OCTETS = bytes(range(0x80, 0xC0))  # of a letter in UTF-8
_MOST_CUT, _MOSTLY_ODD = 2, 0.3
#: ASCII, and the octet that most often stands where another was.
_NO_LETTER = bytes((*range(128), 255))
#: Codecs whose label says nothing of text that can't be in them.
_SAYS_NOTHING = frozenset({"ascii", "utf_8", ISO_2022_JP, *UNLIKE_ASCII})
#: Letters in UTF-8 that are no chance, in text that says it has one octet a letter, or two.
_NO_CHANCE, _NO_CHANCE_MULTIBYTE = 4, 8
_THREE_OCTETS = re.compile(rb"[\xe1-\xef][\x80-\xbf]{2}")
#: What is in UTF-8 most often where it says it is windows-1252: letters and signs of Western languages.
_WESTERN = re.compile("[\u00a0-\u00ff\u2010-\u2026\u20ac]*")
#: A word of accented letters only, as of Cyrillic or Greek read as windows-1252.
_ALL_ACCENTED = re.compile(rb"[\xc0-\xff]{4,100}")
_FEWEST_ACCENTED, _FEWEST_OCTETS = 3, 8


def decode(data: bytes, label: str, nearby: str = "") -> tuple[str, str]:
    """Decodes text with its declared charset ("" if undeclared); returns the text, and a defect or "".

    `nearby` is the label of a charset that the mail names for another text; it counts where the own label is of no use.
    Of text that is not what the label says, each letter that can't be read becomes U+FFFD.
    """
    codec = codec_of(label) if label else "utf_8"
    text = _as_declared(data, codec) if codec else None
    if text is not None:
        return text, ""
    text, found = _by_evidence(data, codec, codec_of(nearby) if nearby else None)
    text = text.removeprefix(_BOM)
    name = found.replace("utf_8", "UTF-8")
    if codec is None:
        return text, f"charset {label[:40]!r} is not known; read as {name}"
    if found != codec:
        return text, f"the text is not {label[:40] or 'UTF-8'}; read as {name}{', with gaps' if _GAP in text else ''}"
    return text, f"the text is broken {label[:40] or 'UTF-8'}; it has gaps" if _GAP in text else ""


def _as_declared(data: bytes, codec: str) -> str | None:
    """Returns the text if the declared codec can be true."""
    if codec in UNLIKE_ASCII:
        return decode_unlike_ascii(data, codec)
    if codec == ISO_2022_JP or has_escapes(data) or (codec != "iso2022_kr" and _KOREAN in data):
        return None
    try:
        text = _whole(data, codec)
    except UnicodeError:
        return None
    if codec == "utf_8" or data.isascii():
        return text.removeprefix(_BOM)
    false = (codec == "cp1252" and _is_not_western(data)) or _is_utf_8_instead(data, text, codec)
    return None if false else text


def _whole(data: bytes, codec: str) -> str:
    """Returns text without a gap. Raises `UnicodeError`."""
    try:
        text = data.decode(codec)
    except UnicodeError:
        if codec == "cp950":
            return data.decode("big5hkscs")
        if codec != "euc_jp":
            raise
        text = decode_euc_jp(data)
    if (codec == "euc_jp" and _GAP in text) or (
        codec == "cp932" and _AT_RANDOM.search(data) and _NO_LETTER_OF_CP932.search(text)
    ):
        raise UnicodeError("octets without a letter")
    return text


def _by_evidence(data: bytes, codec: str | None, nearby: str | None) -> tuple[str, str]:
    """Returns the text and the codec that the bytes show; `codec` is the declared one, if it is known."""
    if codec != "iso2022_kr" and _KOREAN in data:
        return data.decode("iso2022_kr", "replace"), "iso2022_kr"
    if has_escapes(data) or (codec == ISO_2022_JP and not _HIGH.search(data)):
        return decode_iso2022_jp(with_escapes(data)), ISO_2022_JP
    if text := decode_unlike_ascii(data):
        return text, "utf_16"
    text = data.decode("utf-8", "replace")
    gaps, letters = text.count(_GAP) - data.count(_GAP_OCTETS), len(_ABOVE_ASCII.findall(text))
    enough = max(gaps, _NO_CHANCE_MULTIBYTE if codec in MULTIBYTE else 1)
    if not gaps or letters >= enough or not data.translate(None, _NO_LETTER):
        return text, "utf_8"
    read, found = _declared_or_guessed(data, codec, nearby)
    # one letter of UTF-8 that is cut looks like a sign or a capital within a word in any other charset
    doubt = 0 if codec in (None, "ascii", "utf_8") else _MOSTLY_ODD
    is_cut = codec not in MULTIBYTE and gaps <= _MOST_CUT and oddity(read) > doubt
    return (text, "utf_8") if is_cut else (read, found)


def _declared_or_guessed(data: bytes, codec: str | None, nearby: str | None) -> tuple[str, str]:
    """Returns the text in the declared codec if few letters are broken, else in the codec that is most likely."""
    if codec is not None and codec not in _SAYS_NOTHING:
        text = _with_gaps(data, codec)
        few = text.count(_GAP) <= max(1, len(_ABOVE_ASCII.findall(text)) // 4)
        odd = codec not in MULTIBYTE and (oddity(text) > _MOSTLY_ODD or _is_not_western(data))
        if few and not odd:
            return text, codec
        nearby = nearby or codec
    found = guess(data, nearby)
    return _with_gaps(data, found), found


def _with_gaps(data: bytes, codec: str) -> str:
    if codec in MULTIBYTE:
        return decode_broken(data, codec, partial(_whole, codec=codec))
    return data.decode(codec, "replace")


def _is_utf_8_instead(data: bytes, text: str, codec: str) -> bool:
    """Returns whether the bytes are UTF-8, and not text in the declared codec that looks like it by chance."""
    high = data[:_MOST_SEEN].translate(None, _ASCII)
    if (len(high) - len(high.translate(None, _LATER_OCTETS))) * 3 < len(high):
        return False
    at = match.start() if (match := _HIGH.search(data)) else 0
    sample = data[at : at + _SAMPLE]
    read = sample.decode("utf-8", "replace")
    gaps = read.count(_GAP) - sample.count(_GAP_OCTETS) - (len(data) > at + _SAMPLE and read.endswith(_GAP))
    letters = len(_ABOVE_ASCII.findall(read))
    if not letters or gaps > letters + 1:
        return False
    if letters >= (_NO_CHANCE_MULTIBYTE if codec in MULTIBYTE else _NO_CHANCE) and gaps * 4 <= letters:
        return True
    if gaps:
        return codec not in MULTIBYTE and oddity(text) >= _MOSTLY_ODD and not oddity(read.replace(_GAP, ""))
    if codec in MULTIBYTE:
        return len(_THREE_OCTETS.findall(sample)) == letters
    return _WESTERN.fullmatch("".join(_ABOVE_ASCII.findall(read))) is not None or oddity(text) > oddity(read)


def _is_not_western(data: bytes) -> bool:
    """Returns whether windows-1252 can't be true, because most words have accented letters only."""
    seen = data[:_MOST_SEEN]
    if len(seen.translate(None, _ASCII)) * 3 < len(seen):
        return False
    words = _ALL_ACCENTED.findall(seen)
    return len(words) >= _FEWEST_ACCENTED and len(set(b"".join(words))) >= _FEWEST_OCTETS


def clean(text: str) -> str:
    """Returns the text with LF line ends, without NUL, other control characters and lone surrogates."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    if lines.isascii():  # nearly every text; the same, but faster
        return lines.encode().translate(None, _CONTROLS).decode()
    return _UNSTORABLE.sub("", lines)


def one_line(text: str, longest: int = 1000) -> str:
    """Returns the text as one clean line of at most `longest` characters."""
    if text.isascii() and text.isprintable():  # nearly every text: it has nothing to clean
        return " ".join(text.split())[:longest]
    return " ".join(clean(text).split())[:longest]
