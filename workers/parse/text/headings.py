"""Recognises headings above quoted or forwarded mail ("-----Original Message-----"), and subjects of forwards."""

import re

from workers.parse.text.languages import LANGUAGES
from workers.parse.text.lines import COLON, COLONS, DASH_CHARACTERS, DASHES, fold

_LONGEST = 200
_DASHED = re.compile(r"[-_=*~#+\u2010-\u2015\u2500-\u257f]{2}")
_EDGES = f" \t>:\uff1a{''.join(DASH_CHARACTERS)}"
_ORIGINAL = {fold(phrase).casefold() for row in LANGUAGES for phrase in row.original}
_FORWARDED = {fold(phrase).casefold() for row in LANGUAGES for phrase in row.forwarded}
_FORWARD_PREFIX = {prefix.casefold() for row in LANGUAGES for prefix in row.forward_prefix}


def heading(text: str) -> str:
    """Returns `original` or `forwarded` for a heading such as `-----Original Message-----`, "" for any other line."""
    line = text.strip()
    if len(line) > _LONGEST or not (line.startswith(DASH_CHARACTERS) or line.endswith(COLONS)):
        return ""
    phrase = fold(line).strip(_EDGES).casefold()
    if phrase in _FORWARDED:
        return "forwarded"
    return "original" if phrase in _ORIGINAL and DASHES.search(line) else ""


def is_dashed(text: str) -> bool:
    """Returns whether words stand between dashes, as in headings of any language: `---- Birbidalitako mezua ----`."""
    line = text.strip()
    return (
        len(line) <= _LONGEST
        and bool(_DASHED.match(line) and _DASHED.match(line[::-1]))
        and any(map(str.isalpha, line))
    )


def forward_subject(subject: str) -> bool:
    """Returns whether the subject says that the mail is a forward, not an answer ("Fwd: ...", "WG: ...")."""
    prefix, *rest = COLON.split(subject, maxsplit=1)
    return bool(rest) and prefix.strip().casefold() in _FORWARD_PREFIX
