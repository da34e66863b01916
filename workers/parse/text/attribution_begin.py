"""Decides whether an attribution may have a person's words in front, on its line: "Tamam olur Desk <d@x.example> ...:".

In many languages an attribution begins with a name or a date. Then words without a full stop in front of it look like
a part of it.
"""

import re

from workers.parse.text.attribution_line import first_wording
from workers.parse.text.attribution_words import ADDRESS, BARE_ADDRESS, DATE, begins_like_attribution, masked, word_of
from workers.parse.text.languages import LANGUAGES
from workers.parse.text.lines import DASH_CHARACTERS, fold

_LONGEST = 600  # characters looked at
_LONGEST_NAME, _LONGEST_INVERTED = 4, 2  # words: "Desk of the Northern Harbour Office", "Smith, Anna"
_PARTS_OF_DATE, _LONGEST_DAY, _YEAR = 3, 2, 4  # words, digits, digits
_SIGNS = "".join(DASH_CHARACTERS) + " |~#\u2022("
#: Words in lower case within a name, in the languages that write names so.
_WITHIN_NAMES = (
    frozenset({"a", "abu", "af", "al", "am", "an", "and", "at", "av", "bei", "bin", "by", "da", "das", "de", "dei"})
    | {"del", "della", "dello", "dem", "den", "der", "des", "di", "die", "do", "dos", "du", "e", "el", "et"}
    | {"for", "from", "für", "het", "i", "ibn", "im", "in", "ja", "la", "le", "les", "na", "och", "of", "og"}
    | {"on", "pour", "pri", "på", "te", "ten", "ter", "the", "til", "to", "u", "und", "v", "va", "van", "ve"}
    | {"via", "vom", "von", "w", "y", "z", "zu", "zum", "zur", "à", "és"}
)
#: Words between the name and the date, if "wrote" is behind both, as in Chinese.
_IN_FRONT_OF_DATES = frozenset(
    parts[1].strip()
    for row in LANGUAGES
    for parts in (text.split("*") for text in row.wrote)
    if not parts[0] and parts[2:]
)
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_LATIN = re.compile(r"[A-Za-z]")


def may_have_words_in_front(text: str) -> bool:
    """Returns whether the first words of an attribution may be a person's, so that its line must stay.

    That is so for words or a number in front of a date that begins an attribution, and for a name that is no name:
    with a word in lower case, with words in two scripts, or with too many words.
    """
    line = masked(fold(text[:_LONGEST])).lstrip(_SIGNS)
    tokens = line.split()
    if not tokens or tokens[0] == DATE or line[0] in "\"'\u201c\u201e\u00ab":
        return False
    if _begins_with_month(tokens):
        return False
    if begins_like_attribution(line):
        return tokens[0].isdecimal() and _is_number_in_front(tokens)
    wording = first_wording(line)
    head = line[:wording].split() if wording is not None else tokens
    name: list[str] = []
    for token in head:
        if token in (ADDRESS, BARE_ADDRESS):
            return _is_no_name(name)
        if token == DATE or token[0].isdigit():
            return not name or name[-1] not in _IN_FRONT_OF_DATES or _is_no_name(name[:-1])
        name.append(token)
    return wording is not None and _is_no_name(name)


def _is_number_in_front(tokens: list[str]) -> bool:
    """Returns whether the number that begins a line is none of the date behind it: "4 29 Nov 2026"."""
    behind = tokens[1:]
    dated = behind[:1] == [DATE] or _begins_with_month(behind) or _is_date(behind, month=1, day=0)
    return dated or _is_dated_behind_address(tokens)


def _begins_with_month(tokens: list[str]) -> bool:
    """Returns whether a date begins here with the name of its month, in any language: "Nov 29, 2026"."""
    return _is_date(tokens, month=0, day=1)


def _is_date(tokens: list[str], *, month: int, day: int) -> bool:
    if len(tokens) < _PARTS_OF_DATE:
        return False
    words = [word_of(token) for token in tokens[:_PARTS_OF_DATE]]
    numbers = words[day].isdecimal() and len(words[day]) <= _LONGEST_DAY and words[2].isdecimal()
    return numbers and words[month].isalpha() and len(words[2]) == _YEAR


def _is_dated_behind_address(tokens: list[str]) -> bool:
    """Returns whether a date is behind the address, so that a number at the beginning is none of this attribution."""
    behind = tokens[tokens.index(ADDRESS) + 1 :] if ADDRESS in tokens else []
    return any(token == DATE or token[0].isdigit() for token in behind)


def _is_no_name(tokens: list[str]) -> bool:
    words = [word for token in tokens if (word := word_of(token))]
    parts = [word for word in words if word not in _WITHIN_NAMES]
    if len(parts) > _LONGEST_NAME or any(word[0].islower() for word in parts):
        return True
    inverted = any(token.endswith((",", "\uff0c", "\u060c", "\u3001")) for token in tokens[:-1])
    unspaced = [word for word in words if _UNSPACED.search(word)]  # a name in such a script is one word
    mixed = unspaced and any(map(_LATIN.search, words))
    return bool(mixed or unspaced[1:]) or (inverted and len(words) > _LONGEST_INVERTED)
