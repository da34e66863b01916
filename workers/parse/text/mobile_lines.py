"""Recognises the line that a mail program adds below a mail, such as "Sent from my iPhone", in any known language."""

import re
from collections.abc import Iterable

from workers.parse.text.languages import LANGUAGES, PRODUCTS, pattern_of
from workers.parse.text.lines import fold

_WORDINGS = [wording for row in LANGUAGES for wording in row.mobile]


def _line_of(wordings: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\W{{0,3}}(?:{pattern_of(wordings)})\W{{0,9}}", re.IGNORECASE)


_MOBILE = _line_of(wording for wording in _WORDINGS if "Outlook" not in wording)
_OUTLOOK = _line_of(wording for wording in _WORDINGS if "Outlook" in wording)
_OUTLOOK_APP = re.compile(r"\bOutlook\b.{0,60}?<?https://aka\.ms/", re.IGNORECASE)
_LINK = re.compile(r"[<(\[]?https?://\S{1,300}|<[^<>]{0,300}>")
_DEVICES = (*PRODUCTS, *(device for row in LANGUAGES for device in row.devices))
_LONGEST_RAW, _LONGEST = 400, 120  # characters, with and without links
#: The most words of such a line: fewer if it begins in lower case, or is a sentence with a comma, because "sent from my
#: brother's iPhone on Monday" and "Sent from Yahoo, he says, and he should know." are a person's own words.
_MOST_WORDS, _MOST_WORDS_LOWER, _MOST_WORDS_SENTENCE = 12, 6, 8
_SENTENCE_ENDS = (".", "!", "?", ",", "\u3002", "\u0964")


def is_mobile_line(text: str) -> bool:
    """Returns whether a line is like "Sent from my iPhone", in any known language, and names a device or program."""
    if len(text) > _LONGEST_RAW:
        return False
    line = _LINK.sub("", fold(text)).strip()
    if not line or len(line) > _LONGEST or len(line.split()) > _most_words(line):
        return False
    if _OUTLOOK_APP.search(text):
        return True
    folded = line.casefold()
    named = {device for device in _DEVICES if device in folded}
    return bool(named and _MOBILE.fullmatch(line)) or bool(named - {"outlook"} and _OUTLOOK.fullmatch(line))


def _most_words(line: str) -> int:
    if line[0].islower():
        return _MOST_WORDS_LOWER
    return _MOST_WORDS_SENTENCE if "," in line and line.endswith(".") else _MOST_WORDS


def may_follow(text: str, above: str) -> bool:
    """Returns whether a "Sent from ..." line may follow the line `above` without a blank line between."""
    line = text.strip()
    return line[:1].isupper() and (above.rstrip().endswith(_SENTENCE_ENDS) or len(above.split()) == 1)
