"""Decides whether a line is an attribution from first word to last: "On 3 May 2024 at 10:00 Anna <a@x> wrote:".

The line is read as mail programs write it: the wording of a language, a date, a time, a name and an address, in any
order. A line with other words is a person's sentence, such as "I paid on 3 May 2024, and my landlord wrote:".
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from workers.parse.text.attribution_runs import BEFORE_DATE, MOST_BETWEEN, WITHIN_DATE, runs
from workers.parse.text.attribution_words import (
    ADDRESS,
    BARE_ADDRESS,
    DATE,
    MASKS,
    TIME,
    is_break,
    is_dated,
    is_name,
    is_weekday,
    masked,
    tells,
)
from workers.parse.text.languages import LANGUAGES, Language, pattern_of
from workers.parse.text.lines import COLONS, DASH_CHARACTERS, visible

LONGEST = 600  # characters of an attribution
_DASHES = "".join(DASH_CHARACTERS) + "|~"
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&"))
_TO_THE_SECOND = re.compile(r"(?<![\d:.])\d{1,2}[:.]\d{2}[:.]\d{2}(?!\d|[:.]\d)")
_MOST_BEFORE = 3  # words between "On" and the date
_MOST_BEFORE_UNKNOWN = 2
_MOST_BEFORE_DAY = 1  # the month, in "Monday, May 3"
_MOST_IN_DATE, _MOST_BEHIND = 10, 2  # words up to the time, and behind the address
_MOST_DATES = 1  # a line with two is a log, or tells a story
_SHORT = 2


class Certainty(IntEnum):
    """How certain it is that a line is an attribution: where it needs to stand to count as one."""

    NO = 0
    IF_ANSWERED = 1  # above quoted lines, if the person's own words are elsewhere
    IF_QUOTED = 2  # above quoted lines
    OWN_PARAGRAPH = 3  # also above other text, in a paragraph of its own
    ANYWHERE = 4  # also directly between other lines


class _Wording(NamedTuple):
    """A wording of a language.

    `headed`: it begins with words, like "On * wrote", not with the name or date. `to_writer`: it says "you wrote".
    """

    pattern: re.Pattern[str]
    headed: bool
    language: Language
    to_writer: bool


class _Signs(NamedTuple):
    """What a line has."""

    bracketed: bool
    address: bool
    date: bool
    time: bool  # or a weekday
    name: bool
    lower: bool  # a name in lower case


#: Short words of a language are other words in another: "da" is "that" in Croatian, "at" in Hausa.
_UNKNOWN = Language(
    "", telling=tuple({word for row in LANGUAGES for word in row.telling if row.code == "en" or len(word) > _SHORT})
)


def _pattern(wording: str) -> re.Pattern[str]:
    pieces = [f"(?:{pattern_of([piece])})" if piece else "" for piece in wording.split("*")]
    return re.compile(rf"[\s\"'(*\u2022-]{{0,3}}{'(.{0,300}?)'.join(pieces)}[^\w{MASKS}]{{0,3}}", re.IGNORECASE)


def _key(wording: str) -> str:
    return max((piece.strip() for piece in visible(wording).casefold().split("*")), key=len)


_BY_KEY: dict[str, list[_Wording]] = {}
for _row in LANGUAGES:
    for _text in _row.wrote + _row.you_wrote:
        _made = _Wording(_pattern(_text), _text[0] != "*", _row, _text in _row.you_wrote)
        _BY_KEY.setdefault(_key(_text), []).append(_made)
_KEYS = re.compile("|".join(re.escape(key) for key in sorted(_BY_KEY, key=len, reverse=True)))
#: For each key the wordings with it, or with a part of it: "schrieb am" also has "schrieb".
_WORDINGS = {key: [w for part, found in _BY_KEY.items() if part in key for w in found] for key in _BY_KEY}
#: The words with which an attribution ends, if its colon is missing.
LAST_WORDS = frozenset(text.split()[-1].casefold() for row in LANGUAGES for text in row.wrote if text[-1] != "*")


def certainty(line: str) -> Certainty:
    """Returns how certain it is that a line, in the form for comparison (`fold`), is an attribution."""
    if len(line) > LONGEST:
        return Certainty.NO
    text, dashed, colon = _undecorated(line)
    if "@" not in text and not dashed and not any(map(str.isdigit, text)):
        return Certainty.NO
    text = masked(text)
    found = _matches(text)
    if any(wording.to_writer and _is_date(match.groups(), wording) for wording, match in found):
        return Certainty.OWN_PARAGRAPH if is_to_the_second(line) else Certainty.IF_QUOTED
    found = [each for each in found if not each[0].to_writer]
    if found:
        words = " ".join(filter(None, found[0][1].groups())).split()
        if any(tells(words, wording.language, first=False) for wording, _ in found):
            return Certainty.NO  # languages share wordings: "skrev til meg"
        best = Certainty.NO
        for wording, match in found:
            best = max(best, _known(wording, match.groups(), dashed=dashed))
            if best is Certainty.ANYWHERE:
                break
    else:
        best = _unknown(text, dashed=dashed, colon=colon)
    return best or (Certainty.IF_QUOTED if colon and _is_shaped(text) else Certainty.NO)


def is_to_the_second(line: str) -> bool:
    """Returns whether a line has a time with its seconds, which programs write, and people hardly."""
    return _TO_THE_SECOND.search(line) is not None


def _is_date(groups: Sequence[str], wording: _Wording) -> bool:
    """Returns whether what stands for `*` is a date with a time, and nothing else."""
    signs = _read(groups, wording.language, before=_MOST_BEFORE_DAY)
    return signs is not None and signs.date and signs.time and not (signs.name or signs.lower or signs.address)


def first_wording(text: str) -> int | None:
    """Returns where the first words like "wrote" are in a text; None if there are none."""
    folded = text.casefold()
    found = _KEYS.search(folded) if len(folded) == len(text) else None
    return found.start() if found else None


def is_name_and_wording(line: str) -> bool:
    """Returns whether a line is just a name and a wording: "Case Desk wrote:"."""
    text = masked(_undecorated(line)[0])
    signs = [_read(match.groups(), wording.language, before=0) for wording, match in _matches(text)]
    return any(found is not None and found.name and not found.date for found in signs)


def _matches(text: str) -> list[tuple[_Wording, re.Match[str]]]:
    """Returns the wordings that a text matches as a whole, with the matches."""
    keys = dict.fromkeys(_KEYS.findall(text.casefold()))
    found = ((wording, wording.pattern.fullmatch(text)) for key in keys for wording in _WORDINGS[key])
    return [(wording, match) for wording, match in found if match]


def _undecorated(line: str) -> tuple[str, bool, bool]:
    """Returns the line without dashes around it, bullets and colon; whether it had dashes, and a colon."""
    if "&" in line:
        for entity, character in _ENTITIES:
            line = line.replace(entity, character)
    line = line.strip()
    text = line.strip(_DASHES)
    dashes = len(line) - len(line.lstrip(_DASHES)) > 1 or (len(line) - len(line.rstrip(_DASHES)) > 1 and text != line)
    text = text.strip()
    bare = text.rstrip("".join(COLONS) + " ")
    return bare, dashes, bare != text


def _known(wording: _Wording, groups: Sequence[str], *, dashed: bool) -> Certainty:
    """Returns the certainty of a line with a known wording; `groups` is what stands for each `*`."""
    signs = _read(groups, wording.language, before=_MOST_BEFORE if wording.headed else 0)
    if signs is None:
        return Certainty.NO
    if signs.date and signs.bracketed:
        return Certainty.ANYWHERE
    if signs.bracketed or (signs.date and (signs.address or (signs.name and (signs.time or dashed)))):
        return Certainty.OWN_PARAGRAPH
    if signs.address:
        return Certainty.OWN_PARAGRAPH if dashed else Certainty.IF_QUOTED
    named = signs.name or signs.lower
    return Certainty.IF_ANSWERED if (signs.date and (named or signs.time)) or (dashed and named) else Certainty.NO


def _unknown(text: str, *, dashed: bool, colon: bool) -> Certainty:
    """Returns the certainty of a line without a known wording: only its structure tells."""
    signs = _read([text], _UNKNOWN, before=_MOST_BEFORE_UNKNOWN)
    if signs is None or not signs.date:
        return Certainty.NO
    if signs.bracketed and signs.time:
        if colon:
            return Certainty.ANYWHERE
        return Certainty.OWN_PARAGRAPH if dashed else Certainty.IF_QUOTED
    if signs.address:
        certain = Certainty.OWN_PARAGRAPH if colon else Certainty.IF_QUOTED
        return certain if signs.time else Certainty.IF_ANSWERED
    return Certainty.IF_ANSWERED if signs.time and signs.name and colon else Certainty.NO


def _is_shaped(text: str) -> bool:
    """Returns whether a line has the parts of an attribution in their usual order, whatever its words: a few words, a
    date, a time, a name and an address in brackets, and a few words."""
    head, address, end = text.partition(ADDRESS)
    before, time, name = head.rpartition(TIME)
    if not (address and time and name.strip(" ,")) or ADDRESS in end or TIME in before:
        return False
    words = before.split()
    first = next((index for index, word in enumerate(words) if is_dated(word)), len(words))
    dated = DATE in words or any(word.strip(".,").isdecimal() for word in words[first + 1 :])
    few = first <= _MOST_BEFORE and len(words) <= _MOST_IN_DATE and len(end.split()) <= _MOST_BEHIND
    return (
        dated
        and few
        and not (tells([*words, *end.split()], _UNKNOWN, first=False) or is_break(name.split(), _UNKNOWN, first=False))
    )


def _read(groups: Sequence[str], language: Language, *, before: int) -> _Signs | None:
    """Returns the signs in the parts of a line; None if other words are there, so that it is a sentence.

    `before`: how many words may stand before the date at the beginning of the line.
    """
    text = " ".join(groups)
    if text.count(DATE) > _MOST_DATES:
        return None
    bracketed = ADDRESS in text
    weekday = name = lower = False
    for number, group in enumerate(groups):
        for words, follows, first in runs(group):
            opens = first and number == 0
            if tells(words, language, first=opens) or is_break(words, language, first=opens and before != _MOST_BEFORE):
                return None
            days = sum(is_weekday(word, language) for word in words)
            weekday = weekday or days > 0
            if follows is WITHIN_DATE:
                continue
            if follows is BEFORE_DATE:
                # "onsdag den 3. december" begins with the date, as "3. december" does
                if len(words) - days > (max(before, bool(days)) if opens else MOST_BETWEEN):
                    return None
                continue
            found = is_name(words, language, bracketed=follows == ADDRESS, first=opens)
            if found is None and not (bracketed and len(words) <= MOST_BETWEEN and not opens):
                return None
            name, lower = name or found is True, lower or found is False
    return _Signs(
        bracketed=bracketed,
        address=bracketed or BARE_ADDRESS in text,
        date=any(is_dated(token) and token != TIME for token in text.split()),
        time=TIME in text or weekday,
        name=name,
        lower=lower,
    )
