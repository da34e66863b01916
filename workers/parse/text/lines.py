"""Splits a plain text into lines and marks quoted lines; normalises lines for comparison."""

import re
import unicodedata
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

#: A colon, and the full-width colon of Chinese and Japanese.
COLONS = (":", "\uff1a")
COLON = re.compile("[:\uff1a]")
#: Dashes and other characters with which people and mail programs draw rules.
DASH_CHARACTERS = tuple("-_=*\u2010\u2011\u2012\u2013\u2014\u2015\u2501")
DASHES = re.compile(r"[-_=*\u2010-\u2015\u2501]{2}")
_RULE = re.compile(r"[-_=*\u2010-\u2015\u2501\s]{5,300}")
_SHORT_RULE = re.compile(r"\s{0,3}(?:[-_=*~\u2010-\u2015\u2501]{2,300}|[\u2014\u2015])\s{0,9}")
#: The sign for a picture in the mail, with its Content-ID, as Outlook writes it in plain text.
PICTURE = re.compile(r"\[cid:([^\]\n]{1,250})\]")
#: A mail or web address, or a telephone number.
CONTACT = re.compile(r"\S@\w|\bwww\.|https?://|\+?\(?\d[\d ()./-]{6,20}\d")
#: A line of only this letter counts how often a mail is read (Streak and other trackers for Gmail); no word is like it.
TRACKER_DOT = "\u1427"
_TRACKER_LINE = re.compile(rf"^[ \t]*{TRACKER_DOT}[ \t]*$", re.MULTILINE)
_QUOTE, _BEGINS_QUOTE = re.compile(r" {0,3}[>\uff1e]"), (" ", ">", "\uff1e")
# The start of a line that is neither quoted nor blank.
_UNQUOTED = re.compile(r"^(?! {0,3}[>\uff1e]|[^\S\n]*$)", re.MULTILINE)
# Below an attribution: a `>` after the initials of the writer, as The Bat! and old news readers quote.
_INITIALS_AND_SIGN = r"\n?( ?[A-Z\u0410-\u042f]{1,3}>)"
_INITIALS, _AT_START = re.compile(rf"[:\uff1a]\n{_INITIALS_AND_SIGN}"), re.compile(_INITIALS_AND_SIGN)
# An attribution that Gmail or Polymail breaks within the brackets of its address: its last line begins with their ">".
_BELOW_BRACKET = r"(\n {0,3}>[^<>@\n]{0,60}[:\uff1a])[^\S\n]{0,9}$"
_BROKEN_BRACKET = re.compile(
    rf"<\s?(?:(?:mailto:)?[^<>\s@]{{1,254}}@[^<>\s@]{{1,254}}|mailto:[^<>\n@]{{0,100}}<[^<>\s@]{{1,254}}@[^<>\s@]{{1,254}}>)"
    rf"{_BELOW_BRACKET}",
    re.MULTILINE,
)
_MOST_BROKEN = 20
_MOST_ESCAPED, _NEAR = 20, 20  # lines
_MOST = 10_000  # lines; the rest of the text becomes one line
_MOST_WRITERS = 10
#: Characters that show nothing.
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class Mark(StrEnum):
    """How the structure of the mail, not its wording, marks a line."""

    NONE = ""
    QUOTE = "quote"
    SIGNATURE = "signature"


class Line(NamedTuple):
    """One line without its line end. `certain`: the mark comes from HTML, not from a `>` at its start."""

    text: str
    mark: Mark = Mark.NONE
    certain: bool = False


_QUOTED = Mark.QUOTE  # used for every line; looking up an enum member is slow


def text_line(text: str) -> Line:
    """Returns a line of plain text, marked as quoted if it begins with `>` (RFC 3676 section 4.5)."""
    return Line(text, _QUOTED) if text[:1] in _BEGINS_QUOTE and _QUOTE.match(text) else Line(text)


def text_lines(text: str) -> list[Line]:
    """Returns the lines of a plain text with LF line ends.

    Everything after the 10,000th line end becomes one line, quoted only if all of it is, so that a text of nothing but
    line ends costs no more than any other.
    """
    if TRACKER_DOT in text:
        text = _TRACKER_LINE.sub("", text)
    lines = text.split("\n", _MOST)
    if ">" not in text and "\uff1e" not in text:
        return list(map(Line, lines))
    found = [
        Line(line, _QUOTED) if line[:1] == ">" else text_line(line) if line[:1] in _BEGINS_QUOTE else Line(line)
        for line in lines
    ]
    if initials := initials_in(text):
        found = [Line(line.text, Mark.QUOTE) if line.text.startswith(initials) else line for line in found]
    for broken in islice(_BROKEN_BRACKET.finditer(text), _MOST_BROKEN):
        below = text.count("\n", 0, broken.start(1)) + 1
        if below < len(lines) - 1 or len(lines) <= _MOST:
            found[below] = Line(lines[below])
    if ">From " in text:
        _unmark_escaped(found)
    if len(lines) > _MOST and _UNQUOTED.search(lines[-1]):
        found[-1] = Line(lines[-1])
    return found


def initials_in(text: str) -> tuple[str, ...]:
    """Returns the different initials of writers, with their `>`, that stand below lines that end with a colon."""
    if ">" not in text:
        return ()
    if "\uff1a" in text:
        found = set(_INITIALS.findall(text))
    else:
        found = {match[1] for match in map(_AT_START.match, text.split(":\n")[1:]) if match}
    return tuple(found) if len(found) <= _MOST_WRITERS else ()


def _unmark_escaped(lines: list[Line]) -> None:
    """Unmarks the person's lines in which a mailbox escaped "From " at the start (RFC 4155).

    A quoted line that begins like them has other quoted lines around it, or the attribution above it.
    """
    escaped = [index for index, line in enumerate(lines) if line.text.startswith(">From ")][:_MOST_ESCAPED]
    for index in escaped:
        around = (range(index - 1, -1, -1), range(index + 1, len(lines)))
        near = [
            next((lines[at] for at in places[:_NEAR] if at not in escaped and lines[at].text.strip()), None)
            for places in around
        ]
        above = near[0]
        if all(line is None or line.mark is Mark.NONE for line in near) and not (
            above and above.text.rstrip().endswith(COLONS)
        ):
            lines[index] = Line(lines[index].text)


def bounded(lines: list[Line]) -> list[Line]:
    """Returns the lines of an HTML text, or of several texts.

    All after the 10,000th become one line, quoted only if each of them is.
    """
    if len(lines) <= _MOST:
        return lines
    rest = lines[_MOST:]
    mark = rest[0].mark if len({line.mark for line in rest if line.text}) == 1 else Mark.NONE
    return [*lines[:_MOST], Line("\n".join(line.text for line in rest), mark, all(line.certain for line in rest))]


def visible(text: str) -> str:
    """Returns the text without invisible characters, normalised (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", INVISIBLE.sub("", text))


def fold(text: str) -> str:
    """Returns a line in the form for comparison: `visible`, with each run of white space as one space."""
    return " ".join(visible(text).split())


def is_rule(text: str) -> bool:
    """Returns whether a line consists of dashes or underscores, like the rule above an Outlook header block."""
    return bool(_RULE.fullmatch(text))


def is_short_rule(text: str) -> bool:
    """Returns whether a line is a rule, or a few such signs ("--", "***"): a rule only above what is no own text."""
    return is_rule(text) or bool(_SHORT_RULE.fullmatch(text))
