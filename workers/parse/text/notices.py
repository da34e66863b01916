"""Recognises what gateways and mailing lists put around a person's words: legal notices and footers below them, and
banners above them ("CAUTION: This email originated from outside ...")."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from workers.parse.text.languages import LANGUAGES
from workers.parse.text.lines import CONTACT, visible
from workers.parse.text.phrases import Phrases, Words, words_in


def _column(name: str) -> Phrases:
    return Phrases({phrase.casefold() for row in LANGUAGES for phrase in getattr(row, name)})


_NOTICES, _NOTICE_WORDS = _column("notices"), _column("notice_words")
_FOOTERS, _LISTS, _BANNERS = _column("footers"), _column("lists"), _column("banners")
#: Words for "I" and "my": a paragraph with one of them is the person's. French "je" and Italian "io" are left out, as
#: other languages have such words for something else.
_ENGLISH = ("I", "I've", "I'd", "I'm", "My", "my")
_GERMAN = ("ich", "Ich", "mein", "meine", "meinem", "meinen", "meiner", "mich")
_OTHERS = (
    "J'ai",
    "j'ai",
    "ik",
    "Ik",
    "mijn",
    "jag",
    "Jag",
    "jeg",
    "Jeg",
    "minun",
    "мой",
    "моя",
    "мне",
    "můj",
    "аз",
    "μου",
)
_FIRST_PERSON = frozenset({*_ENGLISH, *_GERMAN, *_OTHERS})
_MOST_LINES = 20
_LONGEST = 4000  # the characters of a paragraph that are searched
_LEAST_PHRASES = 2  # that make a paragraph a legal notice or a banner
_LONG = 120  # characters of a notice that needs fewer phrases
_LATEST = 200  # characters before the first phrase of a banner
_LEFT_OVER = 3  # lines, of only links and rules, at the end of a footer
_APART, _APART_WITHOUT_BLANKS = 12, 4  # characters between the beginnings of two phrases
_WRAPPED = 45  # the least length of a line that a program may have wrapped
_RULE = re.compile(r"\s{0,3}[-_=*~#\u2010-\u2015\u2500\u2501]{2,300}\s*")
_SENTENCE_ENDS = (".", "!", "?", ":", ";", "\u3002", "\uff01", "\uff1f", "\u0964")
_QUESTIONS = ("?", "\uff1f", "\u061f", "\u037e")
_LINK_ALONE = re.compile(r"\s*[<(\[]?https?://\S{1,300}\s*")
#: A tag of a gateway in a paragraph of its own, such as "[EXTERNAL]" or "*** EXTERNAL EMAIL ***".
_TAG = re.compile(
    r"[\[(<{*!\s#-]{0,6}(?:EXT|EXTERN|EXTERNAL|EXTERNE|EXTERNO|ESTERNO|EXTERNA|EKSTERN|外部|ВНЕШНЕЕ)"
    r"(?: ?[:|/-] ?| )?(?:E-?MAIL|MAIL|SENDER|MESSAGE|ABSENDER|EXPÉDITEUR|CORREO|メール|邮件)?[\])>}*!\s#:-]{0,6}"
)
_BRACKETS = "[(<{*!#"
_CALLS = re.compile(r"[\[(*!#\s\u26a0\ufe0f-]{0,9}([^\W\d_]{4,20})[\])*\s]{0,4}[:!\u00a0\s-]")


class _Paragraph(NamedTuple):
    """The lines from `begin` to before `end`: between blank lines, or from a rule on."""

    begin: int
    end: int


def banner_at_top(texts: Sequence[str]) -> int:
    """Returns the index after the banner of a gateway in front of a person's words; 0 for none.

    A banner has two phrases of the table, or one phrase behind a call in capitals ("CAUTION:"); or it is a tag
    ("[EXTERNAL]") in a paragraph of its own.
    """
    found = 0
    for paragraph in _paragraphs(texts[: 2 * _MOST_LINES]):
        lines = texts[paragraph.begin : paragraph.end]
        if all(map(_RULE.fullmatch, lines)):
            if found:
                found = paragraph.end
            continue
        length = _banner(lines)
        if not length:
            break
        found = paragraph.begin + length
        if length < len(lines):
            break
    return found


def _banner(lines: Sequence[str]) -> int:
    """Returns how many lines at the beginning of a paragraph are a banner."""
    first = next(index for index, text in enumerate(lines) if not _RULE.fullmatch(text))
    tag = lines[first].strip()
    if tag[0] in _BRACKETS and _TAG.fullmatch(tag.upper()):
        return first + 1
    folded = _folded(lines)
    places = _BANNERS.places_in(folded)
    if not places:
        return 0
    call = _CALLS.match(lines[first])
    if len(_distinct(places, folded)) < (1 if call and call[1].isupper() else _LEAST_PHRASES):
        return 0
    last = _line_at(lines, places[-1])
    while last + 1 < len(lines) and _goes_on(lines[last]):
        last += 1
    while last + 1 < len(lines) and _RULE.fullmatch(lines[last + 1]):
        last += 1
    return last + 1 if places[0] <= _LATEST and not _is_personal(lines[: last + 1]) else 0


def footer_at_end(texts: Sequence[str], *, all_of_it: bool) -> int | None:
    """Returns where legal notices and footers begin at the end of these lines, or None.

    `all_of_it`: other own words are above, so that the notices may be all of these lines.
    """
    found, end = None, len(texts)
    for paragraph in reversed(_paragraphs(texts)):
        lines = texts[paragraph.begin : paragraph.end]
        begin = _begin_of_notice(lines)
        if begin is None:
            if end - paragraph.begin <= _LEFT_OVER and all(
                _RULE.fullmatch(text) or _LINK_ALONE.fullmatch(text) for text in lines
            ):
                continue  # it belongs to the notice above it, if there is one
            if found is not None and all(map(_RULE.fullmatch, lines)):
                found = paragraph.begin
            break
        found = paragraph.begin + begin
        end = found
        if begin or len(texts) - found >= _MOST_LINES:
            break
    if found is not None and not all_of_it and not any(text.strip() for text in texts[:found]):
        return None
    return found


def is_notice_below_quote(texts: Sequence[str]) -> bool:
    """Returns whether all of these lines, which stand below the quote, are notices: one phrase in each is enough."""
    paragraphs = _paragraphs(texts)
    return bool(paragraphs) and all(
        _begin_of_notice(texts[begin:end], phrases=1) == 0 for begin, end in paragraphs[:_MOST_LINES]
    )


def _begin_of_notice(lines: Sequence[str], phrases: int = _LEAST_PHRASES) -> int | None:
    """Returns the index of the first line of the notice that ends a paragraph, None for none.

    The lines of it above its first phrase are long and no sentence ends there: a program wrapped them.
    """
    if len(lines) > _MOST_LINES or lines[-1].rstrip().endswith(_QUESTIONS):
        return None
    folded = _folded(lines)
    words = words_in(folded)
    places = _FOOTERS.places_in(folded, words)
    if not places and _RULE.fullmatch(lines[0]) and CONTACT.search(folded):
        places = _LISTS.places_in(folded)
    legal = not places
    if legal:
        places = _notice(folded, words, phrases)
    if not places:
        return None
    begin = _line_at(lines, places[0])
    while begin and _goes_on(lines[begin - 1]):
        begin -= 1
    if legal and _is_personal(lines[begin:]):
        return None
    while begin and _RULE.fullmatch(lines[begin - 1]):
        begin -= 1
    return begin if begin == 0 or not _RULE.fullmatch(lines[0]) else 0


def _is_personal(lines: Sequence[str]) -> bool:
    return not _FIRST_PERSON.isdisjoint(word.strip(",.;:!?()\"'") for line in lines for word in line[:_LONGEST].split())


def _notice(folded: str, words: Words, phrases: int) -> list[int]:
    """Returns where the phrases of a legal notice or a banner are, none if these are too few."""
    places, banners = _NOTICES.places_in(folded, words), _BANNERS.places_in(folded, words)
    if len(_distinct(banners, folded)) >= _LEAST_PHRASES:
        return banners
    if len(_distinct(places, folded)) >= phrases:
        return places
    others = _NOTICE_WORDS.places_in(folded, words) if places else []
    least = 1 if len(folded) >= _LONG else _LEAST_PHRASES
    return sorted((*places, *others)) if len(others) >= least else []


def _distinct(places: Sequence[int], folded: str) -> list[int]:
    """Returns the places without those of a phrase that begins within the one before it: both say the same."""
    least = _APART if " " in folded[:_WRAPPED] else _APART_WITHOUT_BLANKS
    found: list[int] = []
    for place in places:
        if not found or place - found[-1] >= least:
            found.append(place)
    return found


def _goes_on(text: str) -> bool:
    """Returns whether the sentence of a line seems to go on in the next line."""
    return len(text) >= _WRAPPED and not text.rstrip().endswith(_SENTENCE_ENDS)


def _folded(lines: Sequence[str]) -> str:
    """Returns the lines of a paragraph as one folded text."""
    whole = " ".join(lines)
    if whole.isascii() and len(whole) <= _LONGEST:  # nearly every paragraph; the same, but faster
        return " ".join(whole.casefold().split())
    return " ".join(_pieces(lines)).replace("\u2019", "'")


def _pieces(lines: Sequence[str]) -> Iterator[str]:
    """Yields each line in its folded form."""
    length = 0
    for text in lines:
        piece = " ".join(visible(text[:_LONGEST]).casefold().split())
        yield piece
        length += len(piece) + 1
        if length > _LONGEST:
            break


def _line_at(lines: Sequence[str], place: int) -> int:
    """Returns the index of the line in which this place of the folded text is."""
    starts = accumulate((len(piece) + 1 for piece in _pieces(lines)), initial=0)
    return sum(start <= place for start in list(starts)[:-1]) - 1


def _paragraphs(texts: Sequence[str]) -> list[_Paragraph]:
    found: list[_Paragraph] = []
    begin = None
    for index, text in enumerate(texts):
        blank = not text.strip()
        if begin is not None and (blank or (_RULE.fullmatch(text) and not _RULE.fullmatch(texts[index - 1]))):
            found.append(_Paragraph(begin, index))
            begin = None
        if begin is None and not blank:
            begin = index
    if begin is not None:
        found.append(_Paragraph(begin, len(texts)))
    return found
