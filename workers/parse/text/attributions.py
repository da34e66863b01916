"""Recognises attributions: the lines, such as "On 3 May Anna wrote:", that mail programs put above a quote."""

import re
from collections.abc import Sequence

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.languages import LANGUAGES, pattern_of
from workers.parse.text.lines import COLONS, DASH_CHARACTERS, Line, Mark, fold

_LONGEST_ATTRIBUTION = 600  # characters
_MOST_LINES = 4
_QUOTED = Mark.QUOTE  # used for every line; looking up an enum member is slow

_ADDRESS = re.compile(r"\S@\w")
_BRACKETED_ADDRESS = re.compile(r"[<(\[]\s?[^<>()\[\]\s]{1,254}@\w")
_DATE = re.compile(r"\d{4}|\d{1,2}[./-]\s?\d{1,2}")
# In an unknown language: an address, with or without brackets, near the end.
_UNKNOWN_LANGUAGE = re.compile(r"^.{0,200}\S@[^\s@]{1,100}(?:\s\S{1,20}){0,8}$")
_TIME = re.compile(r"\d{1,2}\s?[:.hH時时點点시]\s?\d{2}")
_ENDING = 20  # characters
_DASHED = re.compile(r"-{2,10} ?(.*?) ?-{2,10}")
_ARTICLE_ID = re.compile(r"news:\S{1,254}\.\.\.$")
_GROUPWISE = re.compile(r">>> .{1,200}?\S@\w.{1,200}?\d:\d\d.{0,10} >>>")
#: How certain it is that a line is an attribution; `_certainty` explains the values.
_NO, _IF_QUOTED, _LIKELY, _WHOLE = range(4)
_LONGEST_NAME = 60
_ANSWER_WITHIN = 200  # lines


_WROTE = [template for row in LANGUAGES for template in row.wrote]
_BEGINS_WITH_WORDING = re.compile(
    rf"\W{{0,2}}(?:{pattern_of(w for w in _WROTE if w[0] != '*')})\W{{0,3}}$", re.IGNORECASE
)
_ENDS_WITH_WORDING = re.compile(
    rf"(?:{pattern_of(w.lstrip('* ') for w in _WROTE if w[0] == '*')})\W{{0,3}}$", re.IGNORECASE
)


def attribution(lines: Sequence[Line], start: int) -> tuple[int, bool] | None:
    """Returns the index after the attribution that begins at line `start`, and whether a quote follows.

    Returns None if no attribution begins there.

    An attribution takes up to four lines, ends with a colon, and has a date or an address. If no quote follows, it must
    have an address in brackets, unlike "On 3 May I wrote to the court and they wrote:".
    """
    end = _end_of_attribution(lines, start)
    if end is None:
        return None
    joined = [fold(" ".join(line.text for line in lines[first:end])) for first in range(start, end)]
    certainty = [_certainty(candidate) for candidate in joined]
    if end == start + 1 and not certainty[0]:
        return (end, True) if _name_and_quote(lines, start, joined[0]) else None
    if not certainty[0] or max(certainty[1:], default=0) >= certainty[0]:
        return None  # not an attribution, or it begins at a later line
    if quote_follows(lines, end):
        return end, True
    return (end, False) if certainty[0] > _IF_QUOTED and _BRACKETED_ADDRESS.search(joined[0]) else None


def attribution_and_text(line: str) -> bool:
    """Returns whether a line is an attribution, two spaces and the quoted text, as Yahoo on phones writes it."""
    head, spaces, text = line[:_LONGEST_ATTRIBUTION].partition(":  ")
    return bool(spaces and text.strip() and _BRACKETED_ADDRESS.search(head)) and _certainty(fold(head) + ":") > _LIKELY


def is_groupwise(line: str) -> bool:
    """Returns whether a line is an attribution of GroupWise, which does not mark the quoted text below."""
    return line.startswith(">>> ") and bool(_GROUPWISE.fullmatch(line.rstrip()[:_LONGEST_ATTRIBUTION]))


def may_begin(lines: Sequence[Line]) -> list[bool]:
    """Returns for each line whether it may begin an attribution, a header block or a heading.

    Such a line is in the same paragraph as a line that may end an attribution, and at most three lines above it; or it
    has a colon, begins with a dash, or contains casemail's marker. This quick check rules out most lines.
    """
    found = [False] * len(lines)
    remaining = 0  # how many more lines upwards may begin the attribution that ends below
    for index in range(len(lines) - 1, -1, -1):
        text, mark, _ = lines[index]
        if mark is _QUOTED:
            remaining = 0
            continue
        if (not text[-1:].isalnum() and _ends(text.rstrip())) or _is_quoted(lines, index + 1):
            remaining = _MOST_LINES
        elif not text:
            remaining = 0
        found[index] = (
            remaining > 0
            or ":" in text
            or "\uff1a" in text
            or text.lstrip().startswith(DASH_CHARACTERS)
            or REPLY_MARKER in text
        )
        remaining -= 1
    return found


def _end_of_attribution(lines: Sequence[Line], start: int) -> int | None:
    """Returns the index after the first line that may end an attribution, within one paragraph and four lines.

    Such a line ends with a colon, or a quote follows it.
    """
    for end in range(start, min(start + _MOST_LINES, len(lines))):
        text = lines[end].text.rstrip()
        if not text or lines[end].mark is not Mark.NONE or len(text) > _LONGEST_ATTRIBUTION:
            return None
        if _ends(text) or _is_quoted(lines, end + 1):
            return end + 1
    return None


def _is_quoted(lines: Sequence[Line], index: int) -> bool:
    """Returns whether a quote begins at `index`, or below one blank line."""
    for line in lines[index : index + 2]:
        if line.mark is _QUOTED or line.text:
            return line.mark is _QUOTED
    return False


def _ends(text: str) -> bool:
    """Returns whether a line ends as attributions do: a colon, dashes (Zoho) or an article id (Outlook Express)."""
    last = text[-1:]
    if last.isalnum() or last in ",;!?)" or (last == "." and text[-2:] != ".."):  # nearly every line, or an empty one
        return False
    if text.startswith("--"):
        return bool(_DASHED.fullmatch(fold(text)))
    return fold(text[-_ENDING:]).endswith(COLONS) or bool(_ARTICLE_ID.search(text[-_LONGEST_ATTRIBUTION:]))


def _name_and_quote(lines: Sequence[Line], start: int, attribution_text: str) -> bool:
    """Returns whether the text begins with just "NAME wrote:", a quote and then an answer, as in newsgroups."""
    if len(attribution_text) > _LONGEST_NAME or not _ENDS_WITH_WORDING.search(attribution_text):
        return False
    if any(lines[above].text.strip() for above in range(start)):
        return False
    below = lines[start + 1 : start + _ANSWER_WITHIN]
    return quote_follows(lines, start + 1) and any(line.text.strip() and line.mark is Mark.NONE for line in below)


def _certainty(line: str) -> int:
    """Returns how certain it is that a line is an attribution.

    _NO: it is not. _IF_QUOTED: only if a quote follows. _LIKELY: probably, but other words may stand before it. _WHOLE:
    surely, from its first word to its last. A line without a colon at the end is _WHOLE or _NO.
    """
    if len(line) > _LONGEST_ATTRIBUTION:
        return _NO
    if not _ends(line):
        return _WHOLE if _BEGINS_WITH_WORDING.match(line) and _ADDRESS.search(line) and _DATE.search(line) else _NO
    dashed = _DASHED.fullmatch(line)
    line = dashed[1] if dashed else line
    address, date = bool(_ADDRESS.search(line)), bool(_DATE.search(line))
    if not address and not date:
        return _NO
    timed = date and bool(_TIME.search(line))
    if _BEGINS_WITH_WORDING.match(line):
        return _WHOLE if address and date else _IF_QUOTED
    if _ENDS_WITH_WORDING.search(line):
        return _LIKELY if address and date else _IF_QUOTED
    return _LIKELY if timed and address and _UNKNOWN_LANGUAGE.search(line) else _NO


def begins_with_attribution(line: Line) -> bool:
    """Returns whether a quoted line is an attribution: mail programs on phones quote their attributions, too."""
    return _certainty(fold(line.text[:_LONGEST_ATTRIBUTION]).lstrip("> \uff1e")) > _IF_QUOTED


def quote_follows(lines: Sequence[Line], start: int) -> bool:
    """Returns whether the next line with text, at most three lines on, is quoted or is casemail's reply marker."""
    for line in lines[start : start + 4]:
        if line.text.strip():
            return line.mark is Mark.QUOTE or REPLY_MARKER in line.text
    return False
