"""Recognises signatures: text below "-- ", and the author's name with role and telephone number."""

from collections.abc import Sequence

from workers.parse.text.author_name import AuthorName
from workers.parse.text.languages import LANGUAGES
from workers.parse.text.lines import COLONS, CONTACT, PICTURE, fold, is_short_rule
from workers.parse.text.mobile_lines import is_mobile_line

_CLOSINGS = tuple(closing.casefold() for row in LANGUAGES for closing in row.closings)
_CLOSING_WORDS = frozenset(word.casefold() for row in LANGUAGES for word in row.closing_words)
_THANKS = tuple(word.casefold() for row in LANGUAGES for word in row.thanks)
#: All closings, the longest first, so that what is left behind them is the name.
_BRIEF = tuple(word.casefold() for row in LANGUAGES for word in row.brief_closings)
_ALL_CLOSINGS = tuple(sorted({*_CLOSINGS, *_THANKS, *_BRIEF}, key=len, reverse=True))
#: Most lines below the separator; many programs lose the space at its end (RFC 3676 section 4.3).
_MOST_BELOW = {"-- ": 20, "--": 10}
_MOST_LINES = 12  # of a block of name, role and telephone number
_MOST_NAME, _MOST_CLOSING = 4, 5  # words
_LONGEST_ROLE, _LONGEST_CLOSING = 80, 40  # characters of such a line
_LEAST_WORDS, _LEAST_SENTENCE = 3, 5  # words in a line of prose, and in a sentence with an address or number
_CLOSING_EDGES = " ,.!:*_-\u2013\u2014\u060c\u3001"
_NAME_EDGES = " ,.*_-\u2013\u2014"


def separator(texts: Sequence[str]) -> int | None:
    """Returns the index of the separator "-- "; None if it is absent, or too many lines for a signature follow.

    A separator without its space is ignored if a sentence follows, as that would be the person's own words.
    """
    for index, text in enumerate(texts):
        line = "-- " if text.startswith("-- ") and not text.strip("- \u00a0") else text.rstrip("\u00a0")
        if line in _MOST_BELOW:
            following = [after for after in texts[index + 1 :] if after.strip()]
            words = line == "--" and any(_is_prose(text) and not is_mobile_line(text) for text in following[:1])
            return None if words or len(following) > _MOST_BELOW[line] else index
    return None


def author_block(texts: Sequence[str], author: str) -> int | None:
    """Returns the index at which a signature of name, role and telephone number begins, or None.

    It begins with the author's name as in the From field, or a rule above it. Short lines follow; and a closing is
    above, or a line has an address or number.
    """
    name = AuthorName(author)
    for index in range(len(texts) - 1, max(0, len(texts) - _MOST_LINES), -1):
        if name.is_full(texts[index]):
            rule = index > 1 and is_short_rule(texts[index - 1])
            return index - rule if _is_block(texts, index) else None
    return None


def is_closing_below_quote(texts: Sequence[str], author: str, *, alone: bool) -> bool:
    """Returns whether these lines, below a quote, are only a closing, the author's name and what follows a name.

    `alone`: the name without a closing is enough.
    """
    lines = [text for text in texts if text.strip()]
    if not 0 < len(lines) <= _MOST_LINES or any(map(_is_prose, lines[1:])):
        return False
    name = AuthorName(author)
    behind = _without_closing(lines[0])
    if behind and name.is_part(behind):
        return True
    if behind == "":
        if len(lines) > 1:
            return name.is_part(lines[1]) or _looks_like_name(lines[1])
        return fold(lines[0]).casefold().strip(_CLOSING_EDGES) not in _THANKS
    if len(lines) > 1 and _has_closing_word(lines[0]):
        return name.is_part(lines[1])
    return alone and name.is_full(lines[0]) and (len(lines) == 1 or any(map(CONTACT.search, lines)))


def _has_closing_word(text: str) -> bool:
    """Returns whether a line is a closing in other words: a few, no numbers, one of them only used in closings."""
    words = fold(text).casefold().strip(_CLOSING_EDGES).split()
    return len(words) <= _MOST_CLOSING and text.isprintable() and not _CLOSING_WORDS.isdisjoint(words)


def _without_closing(text: str) -> str | None:
    """Returns what stands behind the closing in a line, None if it does not begin with a closing."""
    line = fold(text).casefold().strip(_CLOSING_EDGES)
    for closing in _ALL_CLOSINGS if len(text) <= _LONGEST_CLOSING else ():
        if line.startswith(closing) and not line[len(closing) : len(closing) + 1].isalpha():
            return line[len(closing) :].strip(_CLOSING_EDGES)
    return None


def _looks_like_name(text: str) -> bool:
    """Returns whether a line below a closing may be a name: a few words, capitalised where there are capitals."""
    words = fold(text).strip(_NAME_EDGES).split()
    cased = all(not word[0].islower() for word in words)
    return 0 < len(words) <= _MOST_NAME and cased and not any(map(str.isdigit, text)) and not text.endswith(".")


def _is_block(texts: Sequence[str], index: int) -> bool:
    """Returns whether a signature begins with the name at `index`: no prose follows, and the name is not alone.

    Either a closing or rule is above and a line directly below; or it is a paragraph with an address or number.
    """
    below = [text for text in texts[index + 1 :] if text.strip()]
    above = next((text for text in reversed(texts[max(0, index - 2) : index]) if text.strip()), "")
    if not below or above.rstrip().endswith(COLONS) or any(map(_is_prose, below)):
        return False
    if (is_closing(above) or is_short_rule(above)) and texts[index + 1].strip():
        return True
    return not texts[index - 1].strip() and any(map(CONTACT.search, below))


def _is_prose(text: str) -> bool:
    line = PICTURE.sub("", text).strip()
    if len(line) > _LONGEST_ROLE or line.endswith(("?", "!", *COLONS)):
        return True
    if CONTACT.search(line):
        return len(line.split()) >= _LEAST_SENTENCE and line.endswith(".")
    return len(line.split()) >= _LEAST_WORDS and (line[0].islower() or line.endswith((".", "\u3002")))


def is_card(texts: Sequence[str]) -> bool:
    """Returns whether these lines look like a business card: no prose, and an address or number."""
    return 0 < len(texts) <= _MOST_LINES and any(map(CONTACT.search, texts)) and not any(map(_is_prose, texts))


def is_closing(text: str) -> bool:
    """Returns whether a line begins like the closing above a name, such as "Regards"."""
    if len(text) > _LONGEST_CLOSING:
        return False
    return fold(text).casefold().strip(" ,.!").startswith(_CLOSINGS)
