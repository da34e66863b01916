"""The lines that mail programs and gateways put under a person's words: signatures, "Sent from my ...", disclaimers."""

import re
from collections.abc import Sequence

from workers.parse.attributions import any_of
from workers.parse.languages import DEVICES, DISCLAIMERS, LANGUAGES
from workers.parse.lines import fold

_MOBILE = re.compile(rf"\W{{0,3}}(?:{any_of(m for row in LANGUAGES for m in row.mobile)})\W{{0,9}}", re.IGNORECASE)
_LINK = re.compile(r"[<(\[]?https?://\S{1,300}|<[^<>]{0,300}>")
_LONGEST_MOBILE = 120
_LONGEST_RAW = 400
_MOST_LINES = {"-- ": 20, "--": 10}  # RFC 3676 section 4.3; many programs lose the space
_MOST_DISCLAIMER = 20


def separator(texts: Sequence[str]) -> int | None:
    """The index of the signature separator among these lines, unless too many lines follow for a signature."""
    for index, text in enumerate(texts):
        line = "-- " if text.startswith("-- ") and not text.strip("- \u00a0") else text.rstrip("\u00a0")
        if line in _MOST_LINES:
            following = sum(1 for after in texts[index + 1 :] if after.strip())
            return index if following <= _MOST_LINES[line] else None
    return None


def is_mobile_signature(text: str) -> bool:
    """A line such as "Sent from my iPhone" in any of the languages, with the name of a device or program in it."""
    if len(text) > _LONGEST_RAW:
        return False
    line = _LINK.sub("", fold(text)).strip()
    folded = line.casefold()
    if not line or len(line) > _LONGEST_MOBILE or not any(device in folded for device in DEVICES):
        return False
    return bool(_MOBILE.fullmatch(line))


def is_disclaimer(texts: Sequence[str]) -> bool:
    """Whether these lines, found below the quoted text, are a legal notice or the footer of a mailing list."""
    lines = [text for text in texts if text.strip()]
    if not 0 < len(lines) <= _MOST_DISCLAIMER:
        return False
    folded = " ".join(lines)[:4000].casefold()
    return any(phrase in folded for phrase in DISCLAIMERS)
