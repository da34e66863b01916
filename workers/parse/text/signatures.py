"""The lines that mail programs and gateways put under a person's words: signatures, "Sent from my ...", disclaimers."""

import re
from collections.abc import Iterable, Sequence

from workers.parse.text.attributions import any_of, is_rule
from workers.parse.text.languages import LANGUAGES, PRODUCTS
from workers.parse.text.lines import COLONS, PICTURE, fold

_WORDINGS = [wording for row in LANGUAGES for wording in row.mobile]


def _line_of(wordings: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\W{{0,3}}(?:{any_of(wordings)})\W{{0,9}}", re.IGNORECASE)


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
# "sent from my brother's iPhone on Monday", or "Sent from Yahoo, he says, and he should know." is no signature.
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
    """The index of the signature separator among these lines, unless too many lines follow for a signature.

    One that lost its space has no sentence below it: that is the person's own, under a rule.
    """
    for index, text in enumerate(texts):
        line = "-- " if text.startswith("-- ") and not text.strip("- \u00a0") else text.rstrip("\u00a0")
        if line in _MOST_LINES:
            following = [after for after in texts[index + 1 :] if after.strip()]
            words = line == "--" and any(_is_prose(text) and not is_mobile_signature(text) for text in following[:1])
            return None if words or len(following) > _MOST_LINES[line] else index
    return None


def is_mobile_signature(text: str) -> bool:
    """A line such as "Sent from my iPhone" in any of the languages, with the name of a device or program in it."""
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
    """Whether a "Sent from ..." line that stands right under other words begins as the line of a program does."""
    line = text.strip()
    return line[:1].isupper() and (above.rstrip().endswith(_SENTENCE_ENDS) or len(above.split()) == 1)


def is_disclaimer(texts: Sequence[str]) -> bool:
    """Whether these lines, found below the quoted text, are a legal notice or the footer of a mailing list."""
    lines = [text for text in texts if text.strip()]
    if not 0 < len(lines) <= _MOST_DISCLAIMER:
        return False
    folded = fold(" ".join(lines)[:_LONGEST_FOLDED]).casefold()
    return any(phrase in folded for phrase in (*_NOTICES, *_FOOTERS, *_LISTS))


def notice(texts: Sequence[str]) -> int | None:
    """The index at which a legal notice or the footer of a list begins that ends these lines, below other words."""
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
    """The index of the author's name (as in the From field) that begins a signature of name, role, telephone.

    Short lines follow it; and a closing stands above, or one of the lines tells how to reach the author.
    """
    names = _names(author)
    for index in range(len(texts) - 1, max(0, len(texts) - _MOST_BLOCK), -1):
        text = texts[index]
        if names and len(text) <= _LONGEST_MOBILE and fold(text).strip(_NAME_EDGES).casefold() in names:
            rule = index > 1 and is_rule(texts[index - 1])
            return index - rule if _is_block(texts, index) else None
    return None


def _names(author: str) -> frozenset[str]:
    """The name of two words or more, in both orders when a comma stands in it; empty for one word."""
    name = fold(author).casefold()
    last, comma, first = name.partition(", ")
    return frozenset({name, f"{first} {last}"} if comma else {name}) if " " in name else frozenset()


def _is_block(texts: Sequence[str], index: int) -> bool:
    """Whether a card begins here: what follows the name is no prose, and more than the name shows what it is.

    Either a closing stands above and a line right below; or it is a paragraph with a way to reach the author.
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
    """Whether these lines with text are those of a visiting card: no prose, and a way to reach somebody."""
    return 0 < len(texts) <= _MOST_BLOCK and any(map(_CONTACT.search, texts)) and not any(map(_is_prose, texts))


def is_closing(text: str) -> bool:
    """Whether a line begins as the one above a name at the end does, such as "Regards"."""
    if len(text) > _LONGEST_CLOSING:
        return False
    return fold(text).casefold().strip(" ,.!").startswith(_CLOSINGS)
