"""Decodes the text of header fields: RFC 2047 encoded words as programs write them, and raw octets above 127."""

import binascii
import re
from collections.abc import Iterator

from workers.parse.mime.charset_labels import codec_of
from workers.parse.mime.charsets import decode, one_line

# The text may have spaces, question marks and line ends, which RFC 2047 section 2 forbids and programs write.
_WORD = re.compile(r"=\?([^?\s=]{0,100})\?([bBqQ])\?([^?]*+(?:(?<!=)\?(?!=)[^?]*+)*)\?=")
_FOLD = re.compile(r"\r?\n[ \t]*")
_HIGH = re.compile("[\ud800-\udfff]")
_ESCAPE = "\x1b"
_MOST_DOUBTS = 3
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
    doubts = 0  # words that are not what they say; to guess the charset of each would take too long
    for words, label in _pieces(value):
        text, defect = _text(words, label, nearby) if doubts < _MOST_DOUBTS else (_plain(words), "")
        doubts += bool(defect)
        out.append(text)
    return "".join(out)


def _pieces(value: str) -> Iterator[tuple[list[tuple[str, str]], str]]:
    """Yields adjacent words in one charset, each with its encoding, and the texts between, with the encoding ""."""
    words: list[tuple[str, str]] = []
    label, end = "", 0
    for match in _WORD.finditer(value):
        gap, found = value[end : match.start()], match[1].split("*", 1)[0]
        if words and (gap.strip() or not _same(found, label)):
            yield words, label
            words = []
        if gap.strip() or end == 0:
            yield [("", gap)], ""
        words.append((match[2].lower(), match[3]))
        label, end = found, match.end()
    if words:
        yield words, label
    yield [("", value[end:])], ""


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower() or (codec_of(one) is not None and codec_of(one) == codec_of(other))


def _text(words: list[tuple[str, str]], label: str, nearby: str) -> tuple[str, str]:
    """Returns the text of adjacent words in one charset, and a defect or ""."""
    read = decode(b"".join(map(_octets, words)), label, nearby)
    if read[1] and len(words) > 1 and all(encoding == "b" for encoding, _ in words):
        # base64 that was cut between any two of its letters
        joined = decode(_octets(("b", "".join(content for _, content in words))), label, nearby)
        return read if joined[1] else joined
    return read


def _plain(words: list[tuple[str, str]]) -> str:
    return b"".join(map(_octets, words)).decode("utf-8", "replace")


def _octets(word: tuple[str, str]) -> bytes:
    """Returns the octets of an encoded word; what is left of base64 that is cut off is dropped."""
    encoding, content = word
    data = content.encode("utf-8", "surrogateescape")
    if not encoding:
        return data
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
