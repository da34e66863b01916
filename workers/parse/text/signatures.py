"""Recognises what stands under a person's words: signatures, "Sent from my ..." lines, legal notices, list footers."""

import re
from collections.abc import Iterable, Sequence

from workers.parse.text.languages import LANGUAGES, PRODUCTS, pattern_of
from workers.parse.text.lines import COLONS, PICTURE, fold, is_rule

_WORDINGS = [wording for row in LANGUAGES for wording in row.mobile]


def _line_of(wordings: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\W{{0,3}}(?:{pattern_of(wordings)})\W{{0,9}}", re.IGNORECASE)


_MOBILE = _line_of(wording for wording in _WORDINGS if "Outlook" not in wording)
_OUTLOOK = _line_of(wording for wording in _WORDINGS if "Outlook" in wording)
_LINK = re.compile(r"[<(\[]?https?://\S{1,300}|<[^<>]{0,300}>")
_DEVICES = (*PRODUCTS, *(device for row in LANGUAGES for device in row.devices))
_CLOSINGS = tuple(closing for row in LANGUAGES for closing in row.closings)
_NOTICES = [phrase for row in LANGUAGES for phrase in row.notices]
_FOOTERS = [phrase for row in LANGUAGES for phrase in row.footers]
_LISTS = [word for row in LANGUAGES for word in row.lists]
_OUTLOOK_APP = re.compile(r"\bOutlook\b.{0,60}?<?https://aka\.ms/", re.IGNORECASE)
_LONGEST_MOBILE = 120
_MOST_WORDS = 12
# "sent from my brother's iPhone on Monday" and "Sent from Yahoo, he says, and he should know." are own words.
_MOST_WORDS_LOWER = 6
_MOST_WORDS_SENTENCE = 8
_LONGEST_RAW = 400
_MOST_LINES = {"-- ": 20, "--": 10}  # RFC 3676 section 4.3; many programs lose the space
_MOST_DISCLAIMER = 20
_LONGEST_FOLDED = 4000
_LEAST_PHRASES = 2
_CONTACT = re.compile(r"\S@\w|\bwww\.|https?://|\+?\(?\d[\d ()./-]{6,20}\d")
_MOST_BLOCK = 12
_LONGEST_ROLE = 80
_LONGEST_CLOSING = 40
_LEAST_SENTENCE = 5  # words
_LEAST_WORDS = 3
_SENTENCE_ENDS = (".", "!", "?", ",", "\u3002", "\u0964")
_NAME_EDGES = " ,.*_-\u2013\u2014"


def separator(texts: Sequence[str]) -> int | None:
    """Returns the index of the separator "-- "; None if there is none, or too many lines for a signature follow.

    A separator without its space counts only if no sentence stands below it: that would be the person's own words.
    """
    for index, text in enumerate(texts):
        line = "-- " if text.startswith("-- ") and not text.strip("- \u00a0") else text.rstrip("\u00a0")
        if line in _MOST_LINES:
            following = [after for after in texts[index + 1 :] if after.strip()]
            words = line == "--" and any(_is_prose(text) and not is_mobile_signature(text) for text in following[:1])
            return None if words or len(following) > _MOST_LINES[line] else index
    return None


def is_mobile_signature(text: str) -> bool:
    """Returns whether a line is like "Sent from my iPhone", in any known language, with a device or program in it."""
    if len(text) > _LONGEST_RAW:
        return False
    line = _LINK.sub("", fold(text)).strip()
    if not line or len(line) > _LONGEST_MOBILE or len(line.split()) > _most_words(line):
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


def is_joined(text: str, above: str) -> bool:
    """Returns whether a "Sent from ..." line right under other words begins as a mail program's own line does."""
    line = text.strip()
    return line[:1].isupper() and (above.rstrip().endswith(_SENTENCE_ENDS) or len(above.split()) == 1)


def is_disclaimer(texts: Sequence[str]) -> bool:
    """Returns whether these lines, found below the quoted text, are a legal notice or the footer of a mailing list."""
    lines = [text for text in texts if text.strip()]
    if not 0 < len(lines) <= _MOST_DISCLAIMER:
        return False
    folded = fold(" ".join(lines)[:_LONGEST_FOLDED]).casefold()
    return any(phrase in folded for phrase in (*_NOTICES, *_FOOTERS, *_LISTS))


def notice(texts: Sequence[str]) -> int | None:
    """Returns the index where a legal notice or list footer at the end of these lines begins, below other words."""
    found, end = None, len(texts)
    while end > 0 and len(texts) - end < _MOST_DISCLAIMER:
        begin = end - 1
        while begin > 0 and texts[begin - 1].strip():
            begin -= 1
        paragraph = texts[begin:end]
        if begin == 0 or not (_is_notice(paragraph) or (found is not None and _is_rule_alone(paragraph))):
            break
        found, end = begin, begin
        while end > 0 and not texts[end - 1].strip():
            end -= 1
    return found


def _is_notice(paragraph: Sequence[str]) -> bool:
    if len(paragraph) > _MOST_DISCLAIMER:
        return False
    folded = fold(" ".join(paragraph)[:_LONGEST_FOLDED]).casefold()
    if any(phrase in folded for phrase in _FOOTERS):
        return True
    if is_rule(paragraph[0]) and _CONTACT.search(folded):
        return any(phrase in folded for phrase in _LISTS)
    return sum(phrase in folded for phrase in _NOTICES) >= _LEAST_PHRASES


def _is_rule_alone(paragraph: Sequence[str]) -> bool:
    return len(paragraph) == 1 and is_rule(paragraph[0])


def author_block(texts: Sequence[str], author: str) -> int | None:
    """Returns the index of the author's name (as in the From field) that begins a signature of name, role, telephone.

    Short lines follow it; and a closing stands above, or one of the lines has an address or number of the author.
    """
    names = _names(author)
    for index in range(len(texts) - 1, max(0, len(texts) - _MOST_BLOCK), -1):
        text = texts[index]
        if names and len(text) <= _LONGEST_MOBILE and fold(text).strip(_NAME_EDGES).casefold() in names:
            rule = index > 1 and is_rule(texts[index - 1])
            return index - rule if _is_block(texts, index) else None
    return None


def _names(author: str) -> frozenset[str]:
    """Returns the forms of a name of two or more words, in both orders if it has a comma; empty for one word."""
    name = fold(author).casefold()
    last, comma, first = name.partition(", ")
    return frozenset({name, f"{first} {last}"} if comma else {name}) if " " in name else frozenset()


def _is_block(texts: Sequence[str], index: int) -> bool:
    """Returns whether a signature begins with the name at `index`: no prose follows, and not the name alone shows it.

    Either a closing stands above and a line right below; or it is a paragraph with an address or number of the author.
    """
    below = [text for text in texts[index + 1 :] if text.strip()]
    above = next((text for text in reversed(texts[max(0, index - 2) : index]) if text.strip()), "")
    if not below or above.rstrip().endswith(COLONS) or any(map(_is_prose, below)):
        return False
    if (is_closing(above) or is_rule(above)) and texts[index + 1].strip():
        return True
    return not texts[index - 1].strip() and any(map(_CONTACT.search, below))


def _is_prose(text: str) -> bool:
    line = PICTURE.sub("", text).strip()
    if len(line) > _LONGEST_ROLE or line.endswith(("?", "!", *COLONS)):
        return True
    if _CONTACT.search(line):
        return len(line.split()) >= _LEAST_SENTENCE and line.endswith(".")
    return len(line.split()) >= _LEAST_WORDS and (line[0].islower() or line.endswith((".", "\u3002")))


def is_card(texts: Sequence[str]) -> bool:
    """Returns whether these lines with text look like a visiting card: no prose, and an address or number."""
    return 0 < len(texts) <= _MOST_BLOCK and any(map(_CONTACT.search, texts)) and not any(map(_is_prose, texts))


def is_closing(text: str) -> bool:
    """Returns whether a line begins like the closing above a name, such as "Regards"."""
    if len(text) > _LONGEST_CLOSING:
        return False
    return fold(text).casefold().strip(" ,.!").startswith(_CLOSINGS)
