"""Recognises legal notices, and the footers of gateways and mailing lists, below a person's words."""

from collections.abc import Sequence

from workers.parse.text.languages import LANGUAGES
from workers.parse.text.lines import CONTACT, fold, is_rule

_NOTICES = [phrase for row in LANGUAGES for phrase in row.notices]
_FOOTERS = [phrase for row in LANGUAGES for phrase in row.footers]
_LISTS = [word for row in LANGUAGES for word in row.lists]
_MOST_LINES = 20
_LONGEST_FOLDED = 4000  # the characters of a paragraph that are searched
_LEAST_PHRASES = 2  # that make a paragraph a legal notice, if it is not below a quote


def is_notice_below_quote(texts: Sequence[str]) -> bool:
    """Returns whether these lines, which stand below the quote, are a legal notice or the footer of a mailing list."""
    lines = [text for text in texts if text.strip()]
    if not 0 < len(lines) <= _MOST_LINES:
        return False
    folded = fold(" ".join(lines)[:_LONGEST_FOLDED]).casefold()
    return any(phrase in folded for phrase in (*_NOTICES, *_FOOTERS, *_LISTS))


def notice_at_end(texts: Sequence[str]) -> int | None:
    """Returns where a legal notice or list footer begins at the end of these lines, below other words, or None."""
    found, end = None, len(texts)
    while end > 0 and len(texts) - end < _MOST_LINES:
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
    if len(paragraph) > _MOST_LINES:
        return False
    folded = fold(" ".join(paragraph)[:_LONGEST_FOLDED]).casefold()
    if any(phrase in folded for phrase in _FOOTERS):
        return True
    if is_rule(paragraph[0]) and CONTACT.search(folded):
        return any(phrase in folded for phrase in _LISTS)
    return sum(phrase in folded for phrase in _NOTICES) >= _LEAST_PHRASES


def _is_rule_alone(paragraph: Sequence[str]) -> bool:
    return len(paragraph) == 1 and is_rule(paragraph[0])
