"""Recognises what stands near a quote in HTML: attributions, header blocks and buttons, by their lines alone.

These signs are weaker than those for plain text (attributions.py), as the HTML has marked the quote already.
"""

import re
from collections.abc import Sequence

from workers.parse.text.attributions import attribution
from workers.parse.text.lines import COLON, COLONS, Line, Mark, fold, is_rule
from workers.parse.text.mail_programs import QUOTE_BUTTONS
from workers.parse.text.outlook_header_block import header_block, labelled_block

_LONGEST, _LONGEST_LABEL, _LONGEST_BUTTON = 300, 30, 60  # characters
_LEAST_LABELS = 2
_DATE = re.compile(r"\d{4}|\d{1,2}[./-]\s?\d{1,2}")
_TIME = re.compile(r"\d{1,2}\s?[:.hH\u6642\u65f6\u9ede\u70b9\uc2dc]\s?\d{2}")
_QUOTE_LINE = Line(">", Mark.QUOTE)


def is_attributed(above: Sequence[str]) -> bool:
    """Returns whether these last lines above a quote end with an attribution, by its wording or its address."""
    return any(_ends_attribution(above, stop) for stop in range(1, len(above) + 1))


def begins_with_attribution(inside: Sequence[str]) -> bool:
    """Returns whether these first lines of a quote begin with an attribution, which ends with a colon or dashes."""
    return any(
        _ends(fold(inside[stop - 1][-_LONGEST:])) and _ends_attribution(inside, stop)
        for stop in range(1, len(inside) + 1)
    )


def _ends_attribution(texts: Sequence[str], stop: int) -> bool:
    text = fold(texts[stop - 1][-_LONGEST:])
    if _ends(text) and "@" in text:
        return True
    lines = [*_lines(texts[:stop]), _QUOTE_LINE]
    return any(attribution(lines[start:], 0) for start in range(stop))


def is_dated(text: str) -> bool:
    """Returns whether a line ends like an attribution and has a date and a time, in any language."""
    line = fold(text[-_LONGEST:])
    return _ends(line) and bool(_DATE.search(line) and _TIME.search(line))


def begins_header(texts: Sequence[str]) -> bool:
    """Returns whether these lines begin with a header block, behind rules."""
    lines = _lines([text for text in texts if not is_rule(text)])
    return bool(lines) and (header_block(lines, 0) or labelled_block(lines, 0))


def is_labelled(texts: Sequence[str]) -> bool:
    """Returns whether two of these lines have a short label, or one has a label and an address.

    In a place where Outlook writes a header block, that is one, in any language.
    """
    labelled = [text for text in texts if COLON.search(text[:_LONGEST_LABEL])]
    return len(labelled) >= _LEAST_LABELS or any("@" in text[:_LONGEST] for text in labelled)


def is_button(text: str) -> bool:
    """Returns whether a line has only the words of a button that folds a quote."""
    return len(text) <= _LONGEST_BUTTON and fold(text).casefold() in QUOTE_BUTTONS


def _ends(text: str) -> bool:
    return text.endswith((*COLONS, "---"))


def _lines(texts: Sequence[str]) -> list[Line]:
    return [Line(text[:_LONGEST]) for text in texts]
