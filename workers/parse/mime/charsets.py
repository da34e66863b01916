"""Decodes bytes to text: charsets on an allow-list, and RFC 2047 words; removes what PostgreSQL can't store."""

import binascii
import re

_CODECS: dict[str, str] = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "ansi-x3.4-1968": "ascii",
    "latin1": "cp1252",
    "iso-8859-1": "cp1252",  # what the label means in practice (WHATWG Encoding, section 4.2)
    **{f"iso-8859-{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)},
    "iso-8859-8-i": "iso8859_8",
    **{f"windows-{n}": f"cp{n}" for n in range(1250, 1259)},
    **{f"cp{n}": f"cp{n}" for n in range(1250, 1259)},
    "windows-874": "cp874",
    "tis-620": "tis_620",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "koi8-t": "koi8_t",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "gb-2312-80": "gb18030",
    "big5": "cp950",
    "big5-hkscs": "big5hkscs",
    "euc-jp": "euc_jp",
    "euc-kr": "cp949",
    "ks-c-5601-1987": "cp949",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-2": "iso2022_jp_2",
    "iso-2022-kr": "iso2022_kr",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
}
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=")
_HIGH = re.compile("[\ud800-\udfff]")


def codec_of(label: str) -> str | None:
    """Returns the codec for a charset label (RFC 2978); None if it is not on the allow-list."""
    return _CODECS.get(label.strip().strip("\"'").lower().replace("_", "-"))


def decode(data: bytes, label: str) -> tuple[str, str]:
    """Decodes text with its declared charset ("" if undeclared); returns the text, and a defect or "".

    Text in a charset that is not on the allow-list is read as UTF-8 with replacement characters, because UTF-7 would
    turn harmless bytes into markup, and punycode takes quadratic time.
    """
    codec = codec_of(label) if label else "utf-8"
    if codec is None:
        return data.decode("utf-8", "replace"), f"charset {label[:40]!r} is not known; read as UTF-8"
    for attempt in (codec, "utf-8"):
        try:
            text = data.decode(attempt)
        except UnicodeError:
            continue
        return text, "" if attempt == codec else f"the text is not {label[:40]}; read as UTF-8"
    fallback = "cp1252" if codec in ("ascii", "utf-8") else codec
    return data.decode(fallback, "replace"), f"the text is not {label[:40] or 'UTF-8'}; read as {fallback}, with gaps"


def decode_8bit(value: str) -> str:
    """Decodes raw bytes above 127 in a header value, where they are surrogates (PEP 383)."""
    if not _HIGH.search(value):
        return value
    return decode(value.encode("utf-8", "surrogateescape"), "")[0]


def decode_field(value: str) -> str:
    """Returns the text of an unstructured header field as one line, with RFC 2047 words and raw bytes decoded.

    Adjacent encoded words in the same charset are joined before decoding, as mail programs may split a multi-byte
    character between them.
    """
    value = decode_8bit(value)
    if "=?" in value:
        value = _decode_words(value)
    return one_line(value)


def _decode_words(value: str) -> str:
    out: list[str] = []
    waiting, charset, end = b"", "", 0
    for match in _WORD.finditer(value):
        gap = value[end : match.start()]
        label = match[1].split("*", 1)[0]
        if waiting and (gap.strip() or label.lower() != charset.lower()):
            out.append(decode(waiting, charset)[0])
            waiting = b""
        if gap.strip() or end == 0:
            out.append(gap)
        waiting, charset, end = waiting + _word_bytes(match[2], match[3]), label, match.end()
    if waiting:
        out.append(decode(waiting, charset)[0])
    out.append(value[end:])
    return "".join(out)


def _word_bytes(encoding: str, content: str) -> bytes:
    data = content.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return data


def clean(text: str) -> str:
    """Returns the text with LF line ends, without NUL, other control characters and lone surrogates."""
    return _UNSTORABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, longest: int = 1000) -> str:
    """Returns the text as one clean line of at most `longest` characters."""
    return " ".join(clean(text).split())[:longest]
