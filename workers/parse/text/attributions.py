"""Recognises attributions: the lines, such as "On 3 May Anna wrote:", that mail programs put above a quote."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.attribution_line import (
    LAST_WORDS,
    LONGEST,
    Certainty,
    certainty,
    is_name_and_wording,
    is_to_the_second,
)
from workers.parse.text.attribution_words import HEADS, has_date_or_address
from workers.parse.text.lines import COLONS, DASH_CHARACTERS, Line, Mark, fold

_MOST_LINES = 5
_QUOTED, _NONE = Mark.QUOTE, Mark.NONE  # used for every line; looking up an enum member is slow

_BRACKETED_ADDRESS = re.compile(r"[<(\[]\s?[^<>()\[\]\s]{1,254}@\w")
_ENDING = 20  # characters
_DASHES, _MOST_DASHES = "-_=*\u2013\u2014", 10
_LEAST_DASHED, _LONGEST_DASHED = 5, 500  # characters with, and without, the dashes
_ARTICLE_ID, _LONGEST_ID = re.compile(r"news:\S{1,254}\.\.\.$"), 262
_GROUPWISE = re.compile(r"(?:>>> )?[^>@]{1,200}<[^<>@\s]{1,100}@[^<>@\s]{1,100}> \d.{1,60}?\d:\d\d.{0,10} >>>")
_LONGEST_NAME = 60
_COLON_AND_SPACES = ":  "
_ANSWER_WITHIN = 200  # lines
_LAST = frozenset(letter for word in LAST_WORDS for letter in (word[-1], word[-1].upper()))  # characters
_OPENS_ADDRESS = ("<", "(", "[")


class Attribution(NamedTuple):
    """An attribution: the index of the line after it, how certain it is, and whether quoted lines follow."""

    end: int
    certainty: Certainty
    quoted: bool


def attribution(lines: Sequence[Line], start: int) -> Attribution | None:
    """Returns the attribution that begins at line `start`; None if there is none.

    An attribution takes up to five lines, and needs its place: see `Certainty`.
    """
    end = end_of_attribution(lines, start)
    if end is None:
        return None
    if end == start + 1 and _name_and_quote(lines, start):
        return Attribution(end, Certainty.IF_QUOTED, quoted=True)
    if end > start + 1 and not _goes_on(lines, start):
        return None
    found = certainty(_joined(lines, start, end))
    if not found or begins_later(lines, start, end, found):
        return None
    quoted = quote_follows(lines, end) or bars_end(lines, end) > end
    if quoted or found is Certainty.ANYWHERE:
        return Attribution(end, found, quoted)
    alone = found is Certainty.OWN_PARAGRAPH and _is_paragraph(lines, start, end)
    return Attribution(end, found, quoted) if alone else None


def begins_later(lines: Sequence[Line], start: int, end: int, found: Certainty) -> bool:
    """Returns whether an attribution that ends above line `end` begins below line `start`: the lines there are one, at
    least as certainly as with what is above (`found`)."""
    return any(
        certainty(_joined(lines, later, end)) >= found
        for later in range(start + 1, end)
        if not lines[later].text.lstrip().startswith(_OPENS_ADDRESS)
    )


def _goes_on(lines: Sequence[Line], start: int) -> bool:
    """Returns whether an attribution that begins at a line may go on below: "Hello," is no part of it."""
    text = lines[start].text
    begun = has_date_or_address(text) or HEADS.intersection(text.split(maxsplit=1)[:1])
    return bool(begun) or lines[start + 1].text.lstrip().startswith(_OPENS_ADDRESS)


def _joined(lines: Sequence[Line], start: int, end: int) -> str:
    return fold(" ".join(line.text for line in lines[start:end]))


def _is_paragraph(lines: Sequence[Line], start: int, end: int) -> bool:
    """Returns whether blank lines are above and below, or only above, if its time has seconds, as programs write it."""
    if start and lines[start - 1].text.strip():
        return False
    return end == len(lines) or not lines[end].text.strip() or is_to_the_second(_joined(lines, start, end))


def attribution_and_text(lines: Sequence[Line], index: int) -> bool:
    """Returns whether a line is an attribution, two spaces and the quoted text, as Yahoo on phones writes it.

    A program may have broken the attribution in two lines.
    """
    line = lines[index].text[:LONGEST].replace("\u00a0", " ")
    below = lines[index + 1].text[:LONGEST].replace("\u00a0", " ") if index + 1 < len(lines) else ""
    if _COLON_AND_SPACES not in line and _COLON_AND_SPACES in below and line.strip() and _goes_on(lines, index):
        line = f"{line} {below}"
    head, spaces, text = line.partition(_COLON_AND_SPACES)
    return bool(spaces and text.strip() and _BRACKETED_ADDRESS.search(head)) and (
        certainty(fold(head) + ":") is Certainty.ANYWHERE
    )


def is_groupwise(lines: Sequence[Line], index: int) -> bool:
    """Returns whether a line is an attribution of GroupWise, which does not mark the quoted text below.

    A program may have taken its first signs away, or broken it in two lines.
    """
    text = lines[index].text
    below = lines[index + 1].text if text.startswith(">>>") and index + 1 < len(lines) else ""
    ends = text.rstrip().endswith(">>>"), below.rstrip().endswith(">>>")
    return any(ends) and bool(_GROUPWISE.fullmatch(fold(text[:LONGEST] if ends[0] else f"{text} {below}"[:LONGEST])))


def near_ends(lines: Sequence[Line]) -> list[bool]:
    """Returns for each line whether a line that may end an attribution is near, so that one may begin here.

    It is in the same paragraph, at most four lines below. This quick check rules out most lines.
    """
    found = [False] * len(lines)
    remaining = 0  # how many more lines upwards may begin the attribution that ends below
    quoted = empty = False  # what the line below is: quoted lines begin there, or it is empty
    for index in range(len(lines) - 1, -1, -1):
        text, mark, _ = lines[index]
        if mark is _QUOTED:
            remaining, quoted, empty = 0, True, False
            continue
        if not text:
            remaining = remaining if _opens_address(lines, index + 1) else 0
            quoted, empty = quoted and not empty, True
        else:
            if quoted or (_ends(text.rstrip()) and not (text[-1].isalnum() and _has_text(lines, index + 1))):
                remaining = _MOST_LINES
            quoted, empty = _is_bar(text), False
        found[index] = remaining > 0
        remaining -= 1
    return found


def has_sign(text: str) -> bool:
    """Returns whether a line may begin a header block or a heading, or has casemail's marker."""
    return (
        ":" in text
        or "\uff1a" in text
        or text.endswith(">")
        or text.lstrip().startswith(DASH_CHARACTERS)
        or REPLY_MARKER in text
    )


def _opens_address(lines: Sequence[Line], index: int) -> bool:
    """Returns whether the line at `index` begins with `<`: Polymail breaks an attribution with a blank line there."""
    return index < len(lines) and lines[index].text.startswith("<")


def end_of_attribution(lines: Sequence[Line], start: int) -> int | None:
    """Returns the index after the first line that may end an attribution, within one paragraph and five lines.

    Such a line ends with a colon, or a quote follows it.
    """
    for end in range(start, min(start + _MOST_LINES, len(lines))):
        text = lines[end].text.rstrip()
        if lines[end].mark is not Mark.NONE or len(text) > LONGEST:
            return None
        if not text:
            if end == start or not _opens_address(lines, end + 1):
                return None
        elif _is_quoted(lines, end + 1) or (_ends(text) and not (_goes_below(text) and _has_text(lines, end + 1))):
            return end + 1
    return None


def _goes_below(text: str) -> bool:
    """Returns whether a line may go on below: it ends with a word, or within brackets ("ezt írta (időpont:")."""
    return text[-1].isalnum() or text.rfind("(") > text.rfind(")")


def _has_text(lines: Sequence[Line], index: int) -> bool:
    return index < len(lines) and bool(lines[index].text.strip())


def _is_quoted(lines: Sequence[Line], index: int) -> bool:
    """Returns whether a quote begins at `index`, or below one blank line."""
    for line in lines[index : index + 2]:
        if line.mark is _QUOTED or line.text:
            return line.mark is _QUOTED or _is_bar(line.text)
    return False


def _is_bar(text: str) -> bool:
    """Returns whether a line begins with a bar, as some programs quote, and is no row of a table."""
    return text.startswith("|") and text[1:2] in ("", " ") and "|" not in text[1:]


def bars_end(lines: Sequence[Line], start: int) -> int:
    """Returns the index after the lines that begin with a bar from `start` on, below blank lines; else `start`."""
    end = index = start
    while index < len(lines) and (not lines[index].text or _is_bar(lines[index].text)):
        index += 1
        end = index if lines[index - 1].text else end
    return end


def _ends(text: str) -> bool:
    """Returns whether a line ends as attributions do: a colon, dashes (Zoho), an article id (usenet), a verb."""
    last = text[-1:]
    if last.isalnum() or last == ")":
        return last in _LAST and text[-_ENDING:].casefold().split()[-1] in LAST_WORDS
    if last in ",;!?" or (last == "." and text[-2:] != ".."):  # nearly every line, or an empty one
        return False
    if text.startswith(("--", "==", "__", "**", "\u2014")):
        return _is_dashed(text) or text.endswith(COLONS)
    if text.endswith("---"):  # the end of one that begins with dashes
        return True
    return fold(text[-_ENDING:]).endswith(COLONS) or (
        last == "." and text.endswith("...") and bool(_ARTICLE_ID.search(text[-_LONGEST_ID:]))
    )


def _is_dashed(text: str) -> bool:
    """Returns whether a line has two dashes or more at both ends, and something between them."""
    line = fold(text).removesuffix(":")
    left, right = len(line) - len(line.lstrip(_DASHES)), len(line) - len(line.rstrip(_DASHES))
    between = len(line) - min(left, _MOST_DASHES) - min(right, _MOST_DASHES)
    return left > 1 and right > 1 and len(line) >= _LEAST_DASHED and between <= _LONGEST_DASHED


def _name_and_quote(lines: Sequence[Line], start: int) -> bool:
    """Returns whether the text begins with just "NAME wrote:", a quote and then an answer, as in newsgroups."""
    text = fold(lines[start].text)
    if len(text) > _LONGEST_NAME or any(lines[above].text.strip() for above in range(start)):
        return False
    if not quote_follows(lines, start + 1) or not is_name_and_wording(text):
        return False
    return any(line.text.strip() and line.mark is _NONE for line in lines[start + 1 : start + _ANSWER_WITHIN])


def begins_with_attribution(line: Line) -> bool:
    """Returns whether a quoted line is an attribution: mail programs on phones quote their attributions, too."""
    return certainty(fold(line.text[:LONGEST]).lstrip("> \uff1e")) >= Certainty.OWN_PARAGRAPH


def quote_follows(lines: Sequence[Line], start: int) -> bool:
    """Returns whether the next line with text, at most three lines on, is quoted or is casemail's reply marker."""
    for line in lines[start : start + 4]:
        if line.text.strip():
            return line.mark is Mark.QUOTE or REPLY_MARKER in line.text
    return False
