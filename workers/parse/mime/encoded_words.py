"""Decodes the text of header fields: RFC 2047 encoded words as programs write them, and raw octets above 127."""

import binascii
import re

from workers.parse.mime.charset_labels import codec_of
from workers.parse.mime.charsets import decode, one_line

# The text may have spaces, question marks and line ends, which RFC 2047 section 2 forbids and programs write.
_WORD = re.compile(r"=\?([^?\s=]{0,100})\?([bBqQ])\?((?:[^?]|(?<!=)\?(?!=))*+)\?=")
_FOLD = re.compile(r"\r?\n[ \t]*")
_HIGH = re.compile("[\ud800-\udfff]")
_ESCAPE = "\x1b"
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def decode_8bit(value: str, nearby: str = "") -> str:
    """Decodes raw bytes above 127 in a header value, where they are surrogates (PEP 383), and raw ISO-2022-JP.

    `nearby` is the label of the charset of the mail's text, which is that of its header, too, if this is not UTF-8.
    """
    if not _HIGH.search(value) and _ESCAPE not in value:
        return value
    return decode(value.encode("utf-8", "surrogateescape"), "", nearby)[0]


def decode_field(value: str, nearby: str = "") -> str:
    """Returns the text of an unstructured header field as one line, with RFC 2047 words and raw bytes decoded.

    Adjacent encoded words in the same charset are joined before decoding, as mail programs may split a multi-byte
    character between them, or the base64 of one.
    """
    if "=?" not in value:
        return one_line(decode_8bit(value, nearby))
    return one_line(_decode_words(_FOLD.sub(" ", value), nearby))


def _decode_words(value: str, nearby: str) -> str:
    out: list[str] = []
    waiting: list[tuple[str, str]] = []
    label, end = "", 0
    for match in _WORD.finditer(value):
        gap, found = value[end : match.start()], match[1].split("*", 1)[0]
        if waiting and (gap.strip() or not _same(found, label)):
            out.append(_text(waiting, label, nearby))
            waiting = []
        if gap.strip() or end == 0:
            out.append(decode_8bit(gap, nearby))
        waiting.append((match[2].lower(), match[3]))
        label, end = found, match.end()
    if waiting:
        out.append(_text(waiting, label, nearby))
    out.append(decode_8bit(value[end:], nearby))
    return "".join(out)


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower() or (codec_of(one) is not None and codec_of(one) == codec_of(other))


def _text(words: list[tuple[str, str]], label: str, nearby: str) -> str:
    """Returns the text of adjacent words in one charset."""
    text, defect = decode(b"".join(map(_octets, words)), label, nearby)
    if defect and len(words) > 1 and all(encoding == "b" for encoding, _ in words):
        # base64 that was cut between any two of its letters
        joined = decode(_octets(("b", "".join(content for _, content in words))), label, nearby)
        return text if joined[1] else joined[0]
    return text


def _octets(word: tuple[str, str]) -> bytes:
    """Returns the octets of an encoded word; what is left of base64 that is cut off is dropped."""
    encoding, content = word
    data = content.encode("utf-8", "surrogateescape")
    if encoding == "q":
        return binascii.a2b_qp(data, header=True)
    data = b"".join(data.split())
    data = data if b"+" in data or b"/" in data else data.translate(_URL_SAFE)
    for text in (data + b"===", data[:-1] + b"==="):
        try:
            return binascii.a2b_base64(text)
        except binascii.Error:
            continue
    return data
