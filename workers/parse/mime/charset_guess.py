"""Guesses the charset of text that does not say it, or says it wrongly.

chardet weighs the octets by the frequency of pairs in each language. Of the short sentences in tests/mails it reads
94 % right, charset-normalizer 53 %. It does not look at words, so its candidates are weighed again by the words that
come out, which makes that 98 %: no language has a Cyrillic letter, a capital or a box-drawing sign within a Latin word.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from unicodedata import category

from workers.parse.mime.charset_labels import ISO_2022_JP, MULTIBYTE, UNLIKE_ASCII, codec_of

_SAMPLE = 1500
_MOST_WEIGHED = 150  # letters
_CONTROLS = bytes((*range(9), 11, 12, *range(14, 32), 127))
_HIGH = re.compile(rb"[\x80-\xff]")
_ASCII = bytes(range(128))
#: Signs that stand within words, also the tone marks of Vietnamese in windows-1258.
_WITHIN_WORDS = frozenset("\u2019'\u00b7\u00ad\u0300\u0301\u0303\u0309\u0323")
_USUAL_SIGNS = frozenset(
    "\u00a0\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026\u20ac\u00a3\u00a7\u00ab\u00bb\u00b0\u00bf\u00a1\u2022"
)
#: Weights: of the codec that the mail names elsewhere, of codecs by how often mail programs wrote them, of all others.
_NEARBY, _LEAST_NEARBY = 4.0, 0.01
_WEIGHTS = {
    **dict.fromkeys(("cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"), 1.0),
    **dict.fromkeys(("iso8859_5", "iso8859_6", "iso8859_7", "iso8859_8", "iso8859_13", "iso8859_15"), 1.0),
    **dict.fromkeys(("koi8_r", "koi8_u", "cp932", "euc_jp", "gb18030", "cp950", "cp949"), 1.0),
    **{"cp1252": 1.4, "iso8859_2": 1.1},  # noqa: PIE800  # as the rows above
}
_SELDOM, _MOST_WEIGHT = 0.75, 1.4
_WEIGHT_OF_ODD = 0.1
_MUCH_BETTER, _WEAK, _ODD_TEXT, _MOST_BROKEN = 2, 0.2, 0.1, 3
_COMMON_MULTIBYTE = ("cp932", "euc_jp", "gb18030", "cp950", "cp949")
#: How often octets are weighed for one mail, which takes some milliseconds each time; more texts than this are hostile.
_MOST_WEIGHINGS = 60
_left: ContextVar[list[int] | None] = ContextVar("weighings", default=None)
_NEVER = frozenset({"ascii", "utf_8", "cp1006", "iso2022_kr", ISO_2022_JP, *UNLIKE_ASCII})


@contextmanager
def bounded_guesses() -> Iterator[None]:
    """Bounds the time for all guesses within: after the first ones, only the named charset and windows-1252 count."""
    token = _left.set([_MOST_WEIGHINGS])
    try:
        yield
    finally:
        _left.reset(token)


def guess(data: bytes, nearby: str | None = None) -> str:
    """Returns the most likely codec of text that is not UTF-8. `nearby` is a codec that the mail names elsewhere."""
    sample = _sample(data)
    score, codec = _best(sample, nearby)
    in_doubt = codec not in MULTIBYTE and (score < _WEAK or oddity(sample.decode(codec, "replace")) > _ODD_TEXT)
    if in_doubt and any(sample.decode(name, "replace").count("\ufffd") <= _MOST_BROKEN for name in _COMMON_MULTIBYTE):
        # a broken octet rules out what the text is; one half of it is still whole
        half = len(sample) // 2
        pieces = (sample[:-1], sample[:half], sample[: half - 1], sample[half:], sample[half + 1 :])
        other, whole = max(_best(piece, nearby) for piece in pieces)
        if whole in MULTIBYTE and other > _MUCH_BETTER * score:
            return whole
    return codec


def oddity(text: str) -> float:
    """Returns the share of letters above ASCII that stand where no language has them, from 0 to 1."""
    found = [_is_odd(text, at) for at in _above_ascii(text)]
    return sum(found) / len(found) if found else 0.0


def _sample(data: bytes) -> bytes:
    """Returns the lines with octets above 127, without control characters, up to a limit."""
    start = match.start() if (match := _HIGH.search(data)) else 0
    start = max(data.rfind(b"\n", 0, start) + 1, start - _SAMPLE // 2)
    lines, size = [], 0
    for line in data[start : start + 16 * _SAMPLE].split(b"\n"):
        if _HIGH.search(line):
            lines.append(line[: _SAMPLE - size])
            size += len(lines[-1]) + 1
        if size >= _SAMPLE:
            break
    return b"\n".join(lines).translate(None, _CONTROLS)


def _best(sample: bytes, nearby: str | None) -> tuple[float, str]:
    return max(_weighed(sample, nearby), key=lambda found: found[0], default=(0.0, nearby or "cp1252"))


def _weighed(sample: bytes, nearby: str | None) -> Iterator[tuple[float, str]]:
    """Yields the codecs in which the sample can be read, with their weight."""
    best, seen = 0.0, set(_NEVER)
    found = _by_octets(sample)
    for label, confidence in [*([(nearby, _LEAST_NEARBY)] if nearby else []), *found, ("cp1252", 0.0)]:
        codec = codec_of(label)
        most = confidence * _MOST_WEIGHT * (_NEARBY if codec == nearby else 1)
        if codec is None or codec in seen or most < best:
            continue
        if codec == nearby:
            confidence = max(confidence, next((more for name, more in found if codec_of(name) == codec), 0.0))  # noqa: PLW2901
        seen.add(codec)
        try:
            text = sample.decode(codec)
        except UnicodeError:
            continue
        weight = confidence * _WEIGHTS.get(codec, _SELDOM) * (_NEARBY if codec == nearby else 1)
        weight *= _WEIGHT_OF_ODD ** (4 * oddity(text))
        best = max(best, weight)
        yield weight, codec


def _by_octets(sample: bytes) -> list[tuple[str, float]]:
    """Returns labels of charsets with the confidence of each, by the frequency of octets; none for too many texts."""
    from chardet import detect_all  # noqa: PLC0415  # 40 ms, for the few mails that need it

    if (left := _left.get()) is not None:
        left[0] -= 1
        if left[0] < 0:
            return []
    return [(str(row["encoding"] or ""), row["confidence"]) for row in detect_all(sample, ignore_threshold=True)]


def _above_ascii(text: str) -> list[int]:
    return [at for at, char in enumerate(text) if char > "\x7f"][:_MOST_WEIGHED]


def _is_odd(text: str, at: int) -> bool:
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if not char.isalpha():
        if category(char) in ("Mn", "Mc") or char in _WITHIN_WORDS:
            return False
        return (before.isalpha() and after.isalpha()) or (char not in _USUAL_SIGNS and category(char) in _ODD)
    script = _script(char)
    if any(near.isalpha() and _script(near) != script for near in (before, after)):
        return True
    return script != "" and char.isupper() and before.islower()


#: Control characters, unassigned ones, and pictures such as box-drawing signs.
_ODD = ("Cc", "Cf", "Cn", "Co", "So", "Sk", "Sm", "Sc")
_SCRIPTS = (
    (0x370, "Latin"),
    (0x400, "Greek"),
    (0x530, "Cyrillic"),
    (0x590, "Armenian"),
    (0x1E00, ""),
    (0x1F00, "Latin"),
)


def _script(char: str) -> str:
    """Returns the script of a letter with capitals; "" for other letters, which stand beside any."""
    return next((script for end, script in _SCRIPTS if ord(char) < end), "Greek" if ord(char) < 0x2000 else "")  # noqa: PLR2004
