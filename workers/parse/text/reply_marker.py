"""Finds casemail's own "reply above this line" in a text, also as mail programs and gateways change it."""

import re

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.lines import visible

_WORDS = re.findall(r"\w+", REPLY_MARKER)
_EDGE = r"[#\s>*_\-\u2010-\u2015]{0,12}"
#: The words of the marker, with any signs between them.
_CHANGED = re.compile(_EDGE + r"[\W_]{1,9}".join(_WORDS) + _EDGE, re.IGNORECASE)
_FIRST = _WORDS[0].casefold()
_SHY = "\u00ad"


def contains_marker(text: str) -> bool:
    """Returns whether a line has the marker, in its own or in a changed form."""
    return REPLY_MARKER in text or (_begins(text) and bool(_CHANGED.search(_plain(text))))


def restore_marker(texts: list[str]) -> None:
    """Writes the marker in its own form wherever it is changed: other white space, dashes or case, invisible
    characters, or broken over two lines."""
    for index, text in enumerate(texts):
        if not _begins(text) or REPLY_MARKER in text:
            continue
        line, below = _plain(text), _plain(texts[index + 1]) if index + 1 < len(texts) else ""
        if match := _CHANGED.search(line):
            texts[index] = _joined(line[: match.start()], line[match.end() :])
        elif (match := _CHANGED.search(f"{line} {below}")) and match.start() < len(line):
            texts[index] = _joined(line[: match.start()], "")
            texts[index + 1] = below[match.end() - len(line) - 1 :]


def _begins(text: str) -> bool:
    """Returns whether the text may have the marker's first word and the sign before it; a quick check."""
    return "#" in text and _FIRST in _plain(text).casefold()


def _plain(text: str) -> str:
    return visible(text).replace(_SHY, "")


def _joined(before: str, after: str) -> str:
    return " ".join(filter(None, (before.rstrip(), REPLY_MARKER, after.lstrip())))
