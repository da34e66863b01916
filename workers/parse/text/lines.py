"""A text as lines, each with what its structure says of it."""

import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple

#: A colon, and the full-width one of Chinese and Japanese.
COLONS = (":", "\uff1a")
#: The sign for a picture of the mail itself, with its Content-ID, as Outlook writes it in plain text.
PICTURE = re.compile(r"\[cid:([^\]\n]{1,250})\]")
_QUOTE = re.compile(r" {0,3}[>\uff1e]")
# The start of a line that is neither quoted nor blank.
_UNQUOTED = re.compile(r"^(?! {0,3}[>\uff1e]|[^\S\n]*$)", re.MULTILINE)
# Under an attribution: the initials of the writer before the sign, as The Bat! and old news readers quote.
_INITIALS = re.compile(r":\n\n?( ?[A-Z\u0410-\u042f]{1,3}>)")
# So many lines are told apart.
_MOST = 10_000
_MOST_WRITERS = 10
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class Mark(StrEnum):
    """What the structure of the mail says of a line, before anybody reads the words."""

    NONE = ""
    QUOTE = "quote"
    SIGNATURE = "signature"


class Line(NamedTuple):
    """One line without its line end. `certain`: the HTML says so, not a character at the start of the line."""

    text: str
    mark: Mark = Mark.NONE
    certain: bool = False


def text_line(text: str) -> Line:
    """A line of plain text, quoted if it begins with `>` (RFC 3676 section 4.5)."""
    return Line(text, Mark.QUOTE) if _QUOTE.match(text) else Line(text)


def text_lines(text: str) -> list[Line]:
    """The lines of a plain text with LF line ends.

    What follows the 10,000th line end stays one piece, quoted only if every line in it is, so that a text of line ends
    costs no more than any other.
    """
    lines = text.split("\n", _MOST)
    found = list(map(text_line, lines))
    initials = tuple(set(_INITIALS.findall(text)))
    if initials and len(initials) <= _MOST_WRITERS:
        found = [Line(line.text, Mark.QUOTE) if line.text.startswith(initials) else line for line in found]
    if len(lines) > _MOST and _UNQUOTED.search(lines[-1]):
        found[-1] = Line(lines[-1])
    return found


def bounded(lines: list[Line]) -> list[Line]:
    """The lines of an HTML text, of which what follows the 10,000th is one piece too, quoted only if all of it is."""
    if len(lines) <= _MOST:
        return lines
    rest = lines[_MOST:]
    mark = rest[0].mark if len({line.mark for line in rest if line.text}) == 1 else Mark.NONE
    return [*lines[:_MOST], Line("\n".join(line.text for line in rest), mark, all(line.certain for line in rest))]


def visible(text: str) -> str:
    """The text without invisible characters, and every letter with its accents as one character (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


def fold(text: str) -> str:
    """A line as it is compared: `visible`, and every run of spaces (no-break ones too) one space."""
    return " ".join(visible(text).split())
