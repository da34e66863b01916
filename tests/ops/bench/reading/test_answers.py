"""Answers are drawn from seeds, and contain the words that they say they contain."""

import unicodedata
from collections import Counter
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape

import pytest
from lxml import etree

from ops.bench.reading.answers import DIMENSIONS, draw
from ops.bench.reading.compare import compare, tokens
from ops.bench.reading.mail import write
from ops.bench.reading.updates import EACH, quoted
from ops.bench.reading.wordings import LANGUAGES
from ops.bench.reading.written import words
from schemas.own_mail import REPLY_MARKER

_SEEDS = [f"3.{number}" for number in range(400)]


def _shown(raw: bytes, form: str) -> str:
    """Returns the text that a mail program shows of a part, read by other code than casemail's."""
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    part = mail.get_body((form,))
    assert isinstance(part, EmailMessage)
    content = str(part.get_content())
    if form == "plain":
        return content
    root = etree.fromstring(content, etree.HTMLParser())
    return unescape(" ".join(str(text) for text in root.itertext()))


def test_a_seed_makes_the_same_mail_again() -> None:
    assert [write(draw(seed)) for seed in _SEEDS[:50]] == [write(draw(seed)) for seed in _SEEDS[:50]]
    assert len({write(draw(seed)) for seed in _SEEDS}) == len(_SEEDS)


def test_all_values_of_all_dimensions_are_drawn() -> None:
    drawn = Counter(value for number in range(1_500) for value in draw(f"4.{number}").values().items())
    assert set(drawn) == {(name, value) for name, values in DIMENSIONS.items() for value in values}


@pytest.mark.parametrize(
    ("dimension", "value"), [(name, value) for name, values in DIMENSIONS.items() for value in values]
)
def test_every_value_can_be_asked_for(dimension: str, value: str) -> None:
    answers = [draw(f"5.{number}", {dimension: value}) for number in range(5)]
    kept = [answer for answer in answers if answer.values()[dimension] == value]
    # an answer between the lines of an unmarked quote of another mail can't be read, and is above instead
    assert kept == answers if dimension != "position" else kept


@pytest.mark.parametrize("form", ["plain", "html"])
def test_own_words_are_in_the_mail(form: str) -> None:
    answers = [answer for answer in map(draw, _SEEDS) if answer.form == form]
    assert len(answers) > 50
    for answer in answers:
        assert not compare(answer, _shown(write(answer), form)).lost, answer.seed


def test_words_that_a_reader_must_cut_are_in_the_mail() -> None:
    for answer in map(draw, _SEEDS):
        if answer.form == "plain" and answer.damage == "none":
            shown = Counter(tokens(_shown(write(answer), "plain")))
            expected = Counter(token for text in words(answer).quoted for token in tokens(text))
            assert not {token for token in expected - shown if token[0].isalpha()}, answer.seed


@pytest.mark.parametrize("code", LANGUAGES)
def test_own_words_are_not_in_the_update(code: str) -> None:
    language = LANGUAGES[code]
    update = " ".join(tokens(" ".join(language.update)))
    assert not [text for text in language.own if " ".join(tokens(text)) in update and len(tokens(text)) > 1]
    assert len(set(language.own)) == len(language.own)


@pytest.mark.parametrize("code", LANGUAGES)
def test_updates_are_composed_with_and_without_the_marker(code: str) -> None:
    for number in range(EACH):
        marked, bare = (
            quoted(LANGUAGES[code], kind, number) for kind in ("update with marker", "update without marker")
        )
        assert REPLY_MARKER in marked.plain[0]
        assert REPLY_MARKER in marked.rich[0][1]
        assert not any(REPLY_MARKER in text for text in (*bare.plain, *(text for _, text in bare.rich)))
        for mail in (marked, bare):
            for rich in (False, True):
                low, high = mail.between(rich=rich)
                assert high - low == len(mail.text.split("\n\n"))


def test_names_and_words_are_in_the_letters_of_the_language() -> None:
    scripts = {"ru": "CYRILLIC", "el": "GREEK", "he": "HEBREW", "ar": "ARABIC", "th": "THAI", "ko": "HANGUL"}
    for code, script in scripts.items():
        letters = [c for c in "".join(LANGUAGES[code].own) if c.isalpha() and not c.isascii()]
        assert all(unicodedata.name(letter).startswith(script) for letter in letters)
