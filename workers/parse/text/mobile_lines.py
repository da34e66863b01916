"""Recognises the line that a mail program, or a person, has below each mail: "Sent from my iPhone", in any language."""

import re
from collections.abc import Iterable

from workers.parse.text.languages import LANGUAGES, PRODUCTS, pattern_of
from workers.parse.text.lines import fold
from workers.parse.text.phrases import Phrases

_WORDINGS = [wording for row in LANGUAGES for wording in row.mobile]
_OWN_DEVICE = [wording for row in LANGUAGES for wording in row.own_device]


def _line_of(wordings: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\W{{0,3}}(?:{pattern_of(wordings)})\W{{0,9}}", re.IGNORECASE)


_MOBILE = _line_of(wording for wording in _WORDINGS if "Outlook" not in wording)
_OUTLOOK = _line_of(wording for wording in _WORDINGS if "Outlook" in wording)
_NAMED = "|".join(re.escape(w).replace(re.escape("*"), "(.{1,60}?)") for w in sorted(set(_OWN_DEVICE)))
_OWN = re.compile(rf"\W{{0,3}}(?:{_NAMED})\W{{0,9}}", re.IGNORECASE)
_OUTLOOK_APP = re.compile(r"\bOutlook\b.{0,60}?<?https://aka\.ms/", re.IGNORECASE)
_LINK = re.compile(r"[<(\[]?https?://\S{1,300}|<[^<>]{0,300}>")
_LINKED = re.compile(r"\w[<(\[ ]{1,2}https?://[^\s<>]{1,300}[>)\]]?\W{0,3}")
_DEVICES = (*PRODUCTS, *(device.casefold() for row in LANGUAGES for device in row.devices))
_ON_THE_GO = frozenset(wording.casefold() for row in LANGUAGES for wording in row.on_the_go)
_APOLOGIES = Phrases({word.casefold() for row in LANGUAGES for word in row.apologies})
#: Long names of weekdays: a line with such a name is the person's ("Sent from my iPhone on Monday").
_LEAST_WEEKDAY = 5
_WEEKDAYS = frozenset(
    day.casefold() for row in LANGUAGES for day in row.weekdays if len(day) >= _LEAST_WEEKDAY and day.isalpha()
)
_PERSONAL = _WEEKDAYS.union(*(row.because for row in LANGUAGES))
_EDGES = " .!,;:()[]*_-\u2013\u2014\"'\u201c\u201d"
_SENTENCES = re.compile(r"[.!?,;\u3002\u2013\u2014(]\s*|\s-+\s")
_OWNER = re.compile(r"\w['\u2019]s\s+\w")
_LONGEST_RAW, _LONGEST = 400, 120  # characters, with and without links
#: The most words of such a line: fewer if it begins in lower case, or is a sentence with a comma, because "sent from my
#: brother's iPhone on Monday" and "Sent from Yahoo, he says, and he should know." are a person's own words.
_MOST_WORDS, _MOST_WORDS_LOWER, _MOST_WORDS_SENTENCE, _MOST_APOLOGY = 12, 6, 8, 12
_MOST_NAME = 4  # words in the name of a device
_SENTENCE_ENDS = (".", "!", "?", ",", "\u3002", "\u0964")


def is_mobile_line(text: str) -> bool:
    """Returns whether a line is like "Sent from my iPhone", in any known language, and names a device or program.

    An apology for typing errors may follow: "Sent from my phone, excuse the brevity."
    """
    if len(text) > _LONGEST_RAW:
        return False
    line = _LINK.sub("", fold(text)).strip()
    if not line or len(line) > _LONGEST:
        return False
    known = _is_line(line) or ("://" in text and (_OUTLOOK_APP.search(text) or _is_with_link(text, line)))
    if known and len(line.split()) <= _most_words(line):
        return not _is_personal(line)
    first, apology = _apology(line)
    return bool(first) and not _is_personal(line) and (_is_line(first) or _names_device(first)) and is_apology(apology)


def is_apology(text: str) -> bool:
    """Returns whether a short line excuses typing errors, as people add it below "Sent from my phone"."""
    line = fold(text).casefold()
    return len(line.split()) <= _MOST_APOLOGY and len(line) <= _LONGEST and bool(_APOLOGIES.places_in(line))


def _is_line(line: str) -> bool:
    folded = line.casefold()
    if folded.strip(_EDGES) in _ON_THE_GO or _names_device(line):
        return True
    named = {device for device in _DEVICES if device in folded}
    return bool(named and _MOBILE.fullmatch(line)) or bool(named - {"outlook"} and _OUTLOOK.fullmatch(line))


def _names_device(line: str) -> bool:
    """Returns whether a line says "my" and the name of any device: a few words, each capitalised or a number."""
    found = _OWN.fullmatch(line)
    if not found:
        return False
    name = next(group for group in found.groups() if group is not None).strip(_EDGES)
    words = name.split()
    devices = any(device in name.casefold() for device in _DEVICES)
    named = all(not word[0].isalpha() or word[0].isupper() or devices for word in words)
    return 0 < len(words) <= _MOST_NAME and named and (devices or any(map(str.isdigit, name)) or len(words) > 1)


def _is_with_link(text: str, line: str) -> bool:
    """Returns whether a line with a link behind it is "Sent from" and a name: that of an app, with its store.

    `line` is the text without the link.
    """
    return (
        bool(_LINKED.search(text))
        and bool(_MOBILE.fullmatch(line))
        and len(line.split()) <= _MOST_NAME
        and line[0].isupper()
    )


def _apology(line: str) -> tuple[str, str]:
    """Returns the two halves of "Sent from my phone, excuse the brevity", in this order; "" for no such line."""
    if not _APOLOGIES.places_in(line.casefold()):
        return "", ""
    for found in _SENTENCES.finditer(line):
        first, second = line[: found.start()].strip(), line[found.end() :].strip()
        if is_apology(second) and (_is_line(first) or _names_device(first)):
            return first, second
        if is_apology(first) and (_is_line(second) or _names_device(second)):
            return second, first
    return "", ""


def _is_personal(line: str) -> bool:
    """Returns whether a line names a weekday, a reason, or an owner ("my brother's iPhone")."""
    words = {word.strip(_EDGES) for word in line.casefold().split()}
    return not words.isdisjoint(_PERSONAL) or bool(_OWNER.search(line))


def _most_words(line: str) -> int:
    if line[0].islower():
        return _MOST_WORDS_LOWER
    return _MOST_WORDS_SENTENCE if "," in line and line.endswith(".") else _MOST_WORDS


def may_follow(text: str, above: str) -> bool:
    """Returns whether a "Sent from ..." line may follow the line `above` without a blank line between."""
    line = text.strip()
    return line[:1].isupper() and (above.rstrip().endswith(_SENTENCE_ENDS) or len(above.split()) == 1)
