"""Recognises the parts of an attribution: dates, times, addresses, names, and words that only a person writes."""

import re
from collections.abc import Sequence
from itertools import pairwise

from workers.parse.text.languages import LANGUAGES, Language
from workers.parse.text.lines import fold

#: What `masked` puts in the place of an address in brackets, an address without, a date and a time.
ADDRESS, BARE_ADDRESS, DATE, TIME = "\x01", "\x02", "\x03", "\x04"
MASKS = "\x01-\x04"
_BRACKETED = re.compile(
    r"[<(\[]{1,2}\s?(?:mailto:)?[^<>()\[\]\s@]{1,254}@[^<>()\[\]\s@]{1,254}(?:\s[^<>()\[\]\s@]{1,100})?\s?[>)\]]{1,2}"
)
# Polymail writes "< mailto:NAME <a@x.example> >", Outlook "<a@x.example <mailto:a@x.example>>".
_AROUND = re.compile(r"<\s?(?:mailto:[^<>\x01]{0,100}|[^<>\s@\x01]{1,254}@[^<>\s@\x01]{1,254})\s?\x01\s?>?")
_BARE = re.compile(r"[^\s<>()\[\]@,;:\"\x01]{1,254}@[\w.-]{1,254}")
_NUMERIC_DATE = re.compile(
    r"(?<!\d)(?:\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}|\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일])"
    r"(?!\d)\.?"
)
_TIME = re.compile(
    r"T?(?<!\d)\d{1,2}\s?[:.hH時时點点시]\s?\d{2}(?!\d)(?:\s?[:.]\s?\d{2}(?!\d))?(?:\s?[AaPp]\.?\s?[Mm]\b\.?)?"
)
_ZONE = re.compile(
    r"\(?(?<!\w)(?:GMT|UTC)?[+-]\d{1,2}(?::?\d{2})?(?!\d)\)?"
    r"|\b(?:[A-Z][\w.]{1,20} ){1,3}(?:Standard|Daylight|Summer) Time\b"  # as Windows names them
    r"|\(?\b(?:GMT|UTC|CES?T|MES?Z|WES?T|EES?T|BST|IST|MSK|JST|KST|BRT|[ECMPA][SD]T)\b\)?"
)
_DIGIT, _AT = re.compile(r"\d"), re.compile(r"\S@\w")
_EDGES = " ,;:()[]{}<>\"'|/\u2022.*\u201e\u201c\u201d\u00ab\u00bb\u2018\u2019\u3001\uff0c\u060c\uff1a"
_SENTENCE_ENDS = re.compile("[!?;\u2026\u3002\uff01\uff1f\uff1b]")
#: How attributions begin, as mail programs write them: "On", "Am", "Le".
HEADS = frozenset(
    text.split()[0] for row in LANGUAGES for text in row.wrote if text[0] != "*" and "*" not in text.split()[0]
)
_BEGINNINGS = tuple(
    {text.partition("*")[0] for row in LANGUAGES for text in row.wrote + row.you_wrote if text[0] != "*"}
)
_LONGEST_BEGINNING = 40
_DASH_WORD = re.compile(r"[-\u2013\u2014]{1,5}")
#: Titles and forms of firms, which end with a full stop within a name.
_TITLES = frozenset(
    (
        "dr",
        "prof",
        "mr",
        "mrs",
        "ms",
        "st",
        "ing",
        "mag",
        "dipl",
        "ltd",
        "inc",
        "co",
        "corp",
        "jr",
        "sr",
        "sra",
        "no",
        "nr",
    )
)
_LONGEST_NAME, _MOST_LOWER = 8, 5  # words
_LONGEST_SHORT_FORM = 5  # characters: "e.V.", "h.c."
_MOST_LEADING = 2  # words in lower case before the name: "user", "from"
_WEEKDAYS = frozenset(day for row in LANGUAGES for day in row.weekdays if len(day) > 1)
_UNSPACED = frozenset({"zh", "ja", "th"})
#: As programs write the sign in the Ukrainian name of Friday.
_APOSTROPHES = {0x2019: "'", 0x02BC: "'"}


def masked(text: str) -> str:
    """Returns the text with a character of `MASKS` for each address, date and time, with spaces around it."""
    if "@" in text:
        text = _BRACKETED.sub(f" {ADDRESS} ", text)
        if ADDRESS in text:
            text = _AROUND.sub(f" {ADDRESS} ", text)
        if "@" in text:
            text = _BARE.sub(f" {BARE_ADDRESS} ", text)
    text = _NUMERIC_DATE.sub(f" {DATE} ", text)
    text = _TIME.sub(f" {TIME} ", text)
    return " ".join(_ZONE.sub(" ", text).split())


def has_date_or_address(text: str) -> bool:
    """Returns whether a text has a digit or a mail address, as nearly every attribution has."""
    return _DIGIT.search(text) is not None or ("@" in text and _AT.search(text) is not None)


def word_of(token: str) -> str:
    """Returns a word without the punctuation around it."""
    return token.strip(_EDGES)


def is_dated(token: str) -> bool:
    """Returns whether a token is a date, a time or a number."""
    return token in (DATE, TIME) or (not token.isalpha() and any(map(str.isdigit, token)))


def begins_like_attribution(text: str) -> bool:
    """Returns whether a line begins with a word like "On", or a weekday, or a number."""
    word = text.split(maxsplit=1)[0]
    return fold(text[:_LONGEST_BEGINNING]).startswith(_BEGINNINGS) or word[0].isdigit() or is_weekday(word)


def is_title(token: str) -> bool:
    """Returns whether a word that ends with a full stop is a title or an initial, not the end of a sentence."""
    word = word_of(token)
    if "." in word:
        return len(word) <= _LONGEST_SHORT_FORM and not any(map(str.isdigit, word))
    return word.casefold() in _TITLES or (len(word) == 1 and word.isalpha())


def is_weekday(token: str, language: Language | None = None) -> bool:
    """Returns whether a word is a day of the week in any language; a single letter only in `language`."""
    word = word_of(token).casefold().translate(_APOSTROPHES)
    return word in _WEEKDAYS or (language is not None and word in language.weekdays)


def tells(words: Sequence[str], language: Language, *, first: bool) -> bool:
    """Returns whether one of the words is only written by a person who tells of something, such as "my" and "he".

    With a capital letter it counts only among the words that begin a line (`first`), and "IT" is a name there, too.
    """
    for token in words:
        word = word_of(token)
        if word in language.telling or (language.code in _UNSPACED and word.startswith(language.telling)):
            if "." in token and is_weekday(token):
                continue  # "mie." is Wednesday, "mie" is "to me"
            return True
        if first and not word.isupper() and word.casefold() in language.telling and not is_weekday(word):
            return True
    return False


def is_break(words: Sequence[str], language: Language, *, first: bool) -> bool:
    """Returns whether a sentence ends among the words. `first`: the words begin a line that has no wording in front."""
    for index, token in enumerate(words):
        if _SENTENCE_ENDS.search(token):
            return True
        if first and index and _DASH_WORD.fullmatch(token):
            return True
        if token.endswith(".") and words[index + 1 : index + 2] and words[index + 1] in HEADS:
            return True
        if token.endswith(".") and (first or index < len(words) - 1):
            word = word_of(token)
            lower = word[:1].islower() and not first
            short = is_title(token)
            weekday = index == len(words) - 1 and is_weekday(token, language)
            if not lower and not short and not weekday:
                return True
    return False


def is_name(words: Sequence[str], language: Language, *, bracketed: bool, first: bool) -> bool | None:
    """Returns whether the words are a name: True, False if it is a single word in lower case, None if they are not.

    `bracketed`: an address in brackets follows. `first`: the words begin the line, so "Then Bo" may be a sentence.
    """
    names = [word for token in words if (word := word_of(token))]
    if not names:
        return None
    if _is_edge(names[0], language, bracketed=bracketed) or (names[-1] in language.joining and not bracketed):
        return None
    if first and names[0].casefold() in language.joining:
        return None
    lower = [word[0].islower() for word in names]
    if all(lower):
        return False if len(names) == 1 else None
    leading = lower.index(False)
    if len(names) > _LONGEST_NAME or sum(lower) > _MOST_LOWER or leading > _MOST_LEADING + bracketed:
        return None
    inserted = any(token.endswith(",") and word_of(below) in language.joining for token, below in pairwise(words))
    sentence = inserted or any(word in language.joining for word in names[:leading])  # "Bo, the owner", "rang and Bo"
    return None if sentence else True


def _is_edge(word: str, language: Language, *, bracketed: bool) -> bool:
    """Returns whether a name does not begin with this word; a title may be part of a name above an address."""
    return word in language.joining and not (bracketed and word[0].isupper())
