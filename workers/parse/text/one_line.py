"""Splits a line on which own words stand in front of an attribution, or of casemail's marker.

Programs that lose line breaks write "Yes. On Mon, 9 Feb 2026 at 10:00, Desk <d@x.example> wrote:" on one line.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.attribution_line import LONGEST, Certainty, certainty
from workers.parse.text.attribution_words import (
    DATE,
    HEADS,
    begins_like_attribution,
    has_date_or_address,
    is_title,
    is_weekday,
    masked,
)
from workers.parse.text.attributions import bars_end, begins_later, end_of_attribution, near_ends, quote_follows
from workers.parse.text.lines import DASH_CHARACTERS, Line, Mark, fold
from workers.parse.text.outlook_header_block import header_block_within, is_header_field
from workers.parse.text.reply_marker import restore_marker

_DASHES = "-\u2013\u2014"
_HEADS = "|".join(sorted(map(re.escape, HEADS)))
#: Where an attribution may begin in a line: at dashes, after the end of a sentence, at a word with which one begins.
_STARTS = re.compile(
    rf"\s[{_DASHES}]{{1,10}}\s+|[{_DASHES}]{{2,10}}\s*(?=\w)"
    r"|(?<=[^\w\s,;:])\s+(?=\S)|(?<=[\u3002\uff01\uff1f])(?=\S)"
    rf"|(?:(?<!\s)\s+|(?<=[.!?]))(?=(?:{_HEADS})\s)"
)
_NONE = Mark.NONE  # used for every line; looking up an enum member is slow
_SIGNS = "".join(DASH_CHARACTERS) + " \t|~#\u2022\"'("  # in front of an attribution, not words
_ENDS_OF_NAME = ('"', "'", ")", "]")  # in front of an address
_SENTENCE_ENDS = (".", "!", "?")
_MOST_STARTS = 16
_MOST_SPLIT, _MOST_TRIED = 200, 150  # lines; more is no mail
_MOST_BELOW = 5  # lines to which an attribution may go on


class SplitLines(NamedTuple):
    """Lines, the indices of those that continue the line above, and for each whether an attribution may end near."""

    lines: Sequence[Line]
    continued: frozenset[int]
    near: Sequence[bool]


def split_lines(lines: Sequence[Line]) -> SplitLines:
    """Returns the lines, split where a quote begins in the middle of a line."""
    marked = False
    if any("#" in text for text, _, _ in lines):
        lines = _with_marker(lines)
        marked = any(REPLY_MARKER in text for text, _, _ in lines)
    near = near_ends(lines)
    places = _places(lines, near, marked=marked) if marked or any(near) else {}
    if not places:
        return SplitLines(lines, frozenset(), near)
    made: list[Line] = []
    halves: set[int] = set()
    for index, line in enumerate(lines):
        place = places.get(index, 0)
        if place:
            made.append(line._replace(text=line.text[:place]))
            halves.add(len(made))
        made.append(line._replace(text=line.text[place:]) if place else line)
    return SplitLines(made, frozenset(halves), near_ends(made))


def _places(lines: Sequence[Line], near: Sequence[bool], *, marked: bool) -> dict[int, int]:
    """Returns for each line in which a quote begins behind own words the place where it begins."""
    found: dict[int, int] = {}
    tried = 0
    for index, is_near in enumerate(near):
        if not (is_near or marked) or lines[index].mark is not _NONE:
            continue
        text, place = lines[index].text, 0
        if marked and REPLY_MARKER in text:
            place = _before_marker(text)
        elif is_near and tried < _MOST_TRIED and _has_start(text):
            tried += 1
            place = _attribution_within(lines, index)
        if place:
            found[index] = place
        if len(found) == _MOST_SPLIT:
            break
    return found


def _with_marker(lines: Sequence[Line]) -> Sequence[Line]:
    """Returns the lines with casemail's marker in its own form, wherever a program changed or broke it."""
    texts = [line.text for line in lines]
    restore_marker(texts)
    return [line._replace(text=text) if text != line.text else line for line, text in zip(lines, texts, strict=True)]


def _has_start(text: str) -> bool:
    """Returns whether an attribution may begin within a line."""
    return has_date_or_address(text) and _STARTS.search(text) is not None


def _before_marker(text: str) -> int:
    """Returns the place in the line at which the quote with casemail's marker begins; 0 if no words are in front."""
    place = text.find(REPLY_MARKER)
    head = text[: max(place, 0)].rstrip()
    if not any(map(str.isalnum, head)):
        return 0
    block = header_block_within(head)
    if block is not None:
        return block
    return 0 if certainty(fold(head[-LONGEST:])) else _attribution_within([Line(head), Line(REPLY_MARKER)], 0) or place


def _attribution_within(lines: Sequence[Line], index: int) -> int:
    """Returns the place in the line at which an attribution begins behind other words; 0 for none."""
    text = lines[index].text
    last = lines[index]._replace(text=text[-LONGEST:]) if len(text) > LONGEST else lines[index]
    end = end_of_attribution([last, *lines[index + 1 : index + _MOST_BELOW]], 0)
    places = _starts(text) if end is not None else []
    if end is None or not places:
        return 0
    if any(is_header_field(line.text) for line in lines[index : index + end]):
        return 0
    below = " ".join(line.text for line in lines[index + 1 : index + end])
    if text.rstrip().endswith(_SENTENCE_ENDS) and below[:1].isupper():
        return 0  # the line ends a sentence, and the attribution begins below it
    quoted = quote_follows(lines, index + end) or bars_end(lines, index + end) > index + end
    least = Certainty.IF_QUOTED if quoted else Certainty.ANYWHERE
    line = text.strip(_SIGNS)
    if last is lines[index] and line and begins_like_attribution(line) and certainty(fold(f"{text} {below}")):
        return 0
    for place in places:
        found = certainty(fold(f"{text[place:]} {below}"))
        if found >= least:
            return 0 if begins_later(lines, index, index + end, found) else place
    return 0


def _starts(text: str) -> list[int]:
    """Returns the places in the line at which an attribution may begin, the likeliest first.

    These are the last word like "On" with a date behind it, then a weekday, then a number, then any other word that
    begins a sentence.
    """
    found: list[tuple[int, int]] = []
    for start, _ in zip(_STARTS.finditer(text, max(0, len(text) - LONGEST)), range(_MOST_STARTS), strict=False):
        place, rest = start.end() if start[0].isspace() else start.start(), text[start.end() :].strip()
        if not rest:
            break  # dashes at the end of the line
        word, dashed = rest.split(maxsplit=1)[0], bool(start[0].strip())
        above = text[: start.start()].split()[-1:]
        if not text[:place].strip(_SIGNS) or (word[0] in "<([" and above and above[0].endswith(_ENDS_OF_NAME)):
            continue
        if word in HEADS and has_date_or_address(rest):
            found.append((-1, -place))
        elif is_weekday(word):
            found.append((0, place))
        elif word[0].isdigit():
            found += [(1, place)] if _may_be_date(above, rest) else []
        elif not word[0].islower() and not dashed and not (above and is_title(above[0])):
            found.append((2, place))
    return [abs(place) for _, place in sorted(found)]


def _may_be_date(above: Sequence[str], rest: str) -> bool:
    """Returns whether a number below the last word above may begin an attribution: not within "No. 5" or "9. 2026"."""
    if not above or (is_title(above[0]) and "." not in above[0][:-1]):
        return False
    return not above[0].strip(".").isdecimal() or masked(rest[:LONGEST]).startswith(DATE)
