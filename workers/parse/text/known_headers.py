"""Recognises what mail programs of any language write above the quote of a notice, by what they name in it.

An attribution names the notice's From; a block of header fields also its subject. `attributions` and
`outlook_header_block` know the wordings of many languages, and need no notice.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from workers.parse.text.attribution_begin import may_have_words_in_front
from workers.parse.text.lines import COLONS, Line, fold, is_rule

_MOST_LINES, _MOST_BROKEN, _MOST_FIELDS = 3, 4, 8
_LONGEST = 300  # characters of a line
_FIELD = re.compile(r"[*\s]{0,3}[^\s:\uff1a*]{1,20}(?: [^\s:\uff1a*]{1,15}){0,2}\s?[*]?\s?[:\uff1a]")
_ADDRESS = re.compile(r"[<\[(]\S{1,254}@\S{1,254}[>\])]")  # in a line of its own, broken off from its field
_WHEN = re.compile(r"\d{1,2}\s?[:.h\u6642\u65f6\u70b9]\s?\d{2}|\d{4}")
#: A date with the seconds of its time, which only programs write: The Bat! names nobody ("3 May 2024, 10:12:33, you
#: wrote:").
_TO_THE_SECOND = re.compile(r"(?=.{0,40}\d{4}).{0,60}\d{1,2}[:.]\d{2}[:.]\d{2}.{0,40}[:\uff1a]")
#: The end of a sentence in the first words: what stands before it is the person's.
_SENTENCE = re.compile(r"(?:\S{1,40} ){0,2}[^\s\d]{1,40}[.!?\u3002\uff01\uff1f](?: |$)")


class Header(NamedTuple):
    """How many lines above a quote are its attribution or header fields. `doubtful`: the first words of an attribution
    at the beginning of a mail may be the person's, if the mail has no others."""

    lines: int
    doubtful: bool


def header_above(lines: Sequence[Line], signs: Sequence[str]) -> Header:
    """Returns which of the last lines are an attribution or header fields of a quoted notice that begins below.

    `signs`: the From address, From name and subject of the notice. An attribution that may have a person's words in
    front stays, unless it is doubtful or others are above, with a blank line between.
    """
    doubtful = False
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
        if start is not None and may_have_words_in_front(" ".join(line.text for line in lines[first + start : stop])):
            alone = not any(map(_words, lines[: first + start]))
            stays = start or (alone and _before_name(texts[start:], folded))
            start, doubtful = (None, False) if stays else (start, alone)
    return Header(0, doubtful=False) if start is None else Header(len(lines) - first - start, doubtful)


def _before_name(texts: Sequence[str], signs: Sequence[str]) -> bool:
    """Returns whether an attribution begins with words in front of the notice's From, and no date is between them."""
    joined = " ".join(texts)
    head = joined[: min((joined.index(sign) for sign in signs if sign in joined), default=0)]
    return any(map(str.isalpha, head)) and not any(map(str.isdigit, head))


def _begin(texts: Sequence[str], start: int) -> int:
    """Returns where an attribution begins of which a line from `start` on names the notice's From.

    The line above a bracket is a part of it: programs break lines there.
    """
    while start and len(texts) - start < _MOST_BROKEN:
        if not texts[start].startswith(("<", "(")) or _SENTENCE.match(" ".join(texts[start - 1 :])):
            break
        start -= 1
    return start


def _words(line: Line) -> bool:
    return bool(line.text.strip()) and not is_rule(line.text)


def _fields(texts: Sequence[str], signs: Sequence[str]) -> int | None:
    """Returns where header fields begin that name the notice, up to the end; None if there are none."""
    start = stop = len(texts)
    while start and (_FIELD.match(texts[start - 1]) or _ADDRESS.fullmatch(texts[start - 1])):
        start -= 1
    while start < stop and not _FIELD.match(texts[start]):
        start += 1  # an address goes on the field above it
    if 0 < start < stop and _is_named(texts[start - 1], signs):
        return start - 1
    named = [index for index in range(start, len(texts)) if any(sign in texts[index] for sign in signs)]
    if not named or len(texts) - named[0] < 2:  # noqa: PLR2004  # a single field is an attribution
        return None
    return named[0] - 1 if named[0] > start and _WHEN.search(texts[named[0] - 1]) else named[0]


def _is_named(text: str, signs: Sequence[str]) -> bool:
    """Returns whether a line has the From of the notice and nothing else, as Polymail writes it above "To:"."""
    rest = text
    for sign in signs:
        rest = rest.replace(sign, "")
    return rest != text and not any(map(str.isalnum, rest))


def _attribution(texts: Sequence[str], signs: Sequence[str]) -> int | None:
    """Returns where an attribution begins that names the notice's From, or a time to the second; None for none."""
    for start in range(len(texts) - 1, max(-1, len(texts) - 1 - _MOST_LINES), -1):
        joined = " ".join(texts[start:])
        if any(sign in joined for sign in signs):
            told = joined.endswith(COLONS) or _WHEN.search(joined)
            return _begin(texts, start) if told and not _SENTENCE.match(joined) else None
    dated = texts and _TO_THE_SECOND.fullmatch(texts[-1]) and not _SENTENCE.match(texts[-1])
    return len(texts) - 1 if dated else None
