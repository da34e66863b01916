"""Recognises what mail programs of any language write above the quote of a notice, by what they name in it.

An attribution names the notice's From; a block of header fields also its subject. `attributions` and
`outlook_header_block` know the wordings of many languages, and need no notice.
"""

import re
from collections.abc import Sequence

from workers.parse.text.lines import COLONS, Line, fold, is_rule

_MOST_LINES, _MOST_FIELDS = 3, 8
_LONGEST = 300  # characters of a line
_FIELD = re.compile(r"[*\s]{0,3}[^\s:\uff1a*]{1,20}(?: [^\s:\uff1a*]{1,15}){0,2}\s?[*]?\s?[:\uff1a]")
_WHEN = re.compile(r"\d{1,2}\s?[:.h\u6642\u65f6\u70b9]\s?\d{2}|\d{4}")
#: A date with the seconds of its time, which only programs write: The Bat! names nobody ("3 May 2024, 10:12:33, you
#: wrote:").
_TO_THE_SECOND = re.compile(r"(?=.{0,40}\d{4}).{0,60}\d{1,2}[:.]\d{2}[:.]\d{2}.{0,40}[:\uff1a]")
#: The end of a sentence in the first words: what stands before it is the person's.
_SENTENCE = re.compile(r"(?:\S{1,40} ){0,2}[^\s\d]{1,40}[.!?\u3002\uff01\uff1f](?: |$)")


def header_above(lines: Sequence[Line], signs: Sequence[str]) -> int:
    """Returns how many of the last lines are an attribution or header fields of a quoted notice that begins below.

    `signs`: the From address, From name and subject of the notice.
    """
    stop = len(lines)
    while stop and len(lines) - stop < _MOST_LINES and not _words(lines[stop - 1]):
        stop -= 1
    first = stop
    while first and stop - first < _MOST_FIELDS and _words(lines[first - 1]):
        first -= 1
    texts = [fold(line.text[:_LONGEST]).casefold() for line in lines[first:stop]]
    folded = [sign.casefold() for sign in signs if sign]
    start = _fields(texts, folded)
    if start is None:
        start = _attribution(texts, folded)
    return 0 if start is None else len(lines) - first - start


def _words(line: Line) -> bool:
    return bool(line.text.strip()) and not is_rule(line.text)


def _fields(texts: Sequence[str], signs: Sequence[str]) -> int | None:
    """Returns where header fields begin that name the notice, up to the end; None if there are none."""
    start = len(texts)
    while start and _FIELD.match(texts[start - 1]):
        start -= 1
    named = [index for index in range(start, len(texts)) if any(sign in texts[index] for sign in signs)]
    if not named or len(texts) - named[0] < 2:  # noqa: PLR2004  # a single field is an attribution
        return None
    return named[0] - 1 if named[0] > start and _WHEN.search(texts[named[0] - 1]) else named[0]


def _attribution(texts: Sequence[str], signs: Sequence[str]) -> int | None:
    """Returns where an attribution begins that names the notice's From, or a time to the second; None for none."""
    for start in range(len(texts) - 1, max(-1, len(texts) - 1 - _MOST_LINES), -1):
        joined = " ".join(texts[start:])
        if any(sign in joined for sign in signs):
            told = joined.endswith(COLONS) or _WHEN.search(joined)
            return start if told and not _SENTENCE.match(joined) else None
    dated = texts and _TO_THE_SECOND.fullmatch(texts[-1]) and not _SENTENCE.match(texts[-1])
    return len(texts) - 1 if dated else None
