"""Answers made from seeds: what holds for every answer to an update, and how much of the quotes is found."""

import re
from collections.abc import Iterator
from random import Random

import pytest

from schemas.records import Body
from tests.builders.answered_updates import Answer, make, own_line, sent_update, update_text
from tests.builders.cut_text import restored, squeezed
from workers.parse.text.known_quotes import own_words
from workers.parse.text.reply import extract, extract_html
from workers.parse.text.squashed import squash

SEEDS = range(900)


def read(answer: Answer) -> tuple[Body, Body]:
    """Returns the body as the rules read it without the update, and with it."""
    before = (extract_html if answer.is_html else extract)(answer.text)
    return before, own_words(before, [answer.sent])


def lost(answer: Answer, text: str) -> list[str]:
    """Returns the own lines that are not in the text, in their order."""
    lines = [squash([line]).text for line in text.split("\n")]
    at = 0
    missing = []
    for own in answer.own:
        words = squash([own]).text
        found = next((index for index in range(at, len(lines)) if words in lines[index]), None)
        if words and found is None:
            missing.append(own)
        at = at if found is None else found
    return missing


@pytest.fixture(scope="module")
def answers() -> list[tuple[Answer, Body, Body]]:
    return [(answer, *read(answer)) for answer in map(make, SEEDS)]


def test_no_own_words_are_lost_that_the_rules_had_kept(answers: list[tuple[Answer, Body, Body]]) -> None:
    for answer, before, after in answers:
        if not lost(answer, before.text):
            assert not lost(answer, after.text), answer


def test_nearly_all_own_words_that_the_rules_had_cut_come_back(answers: list[tuple[Answer, Body, Body]]) -> None:
    cut = sum(len(lost(answer, before.text)) for answer, before, _ in answers)
    still = sum(len(lost(answer, after.text)) for answer, _, after in answers)
    assert cut > len(SEEDS) / 10
    assert still <= cut / 50


def test_few_quoted_words_stay(answers: list[tuple[Answer, Body, Body]]) -> None:
    known = [one for one in answers if one[0].position != "between"]
    quoted = sum(_words(answer.notice) for answer, _, _ in known)
    left = sum(max(0, _words(after.text) - _words("\n".join(answer.own))) for answer, _, after in known)
    without = sum(max(0, _words(before.text) - _words("\n".join(answer.own))) for answer, before, _ in known)
    assert left < 0.025 * quoted < without / 10


def _words(text: str) -> int:
    return len(set(squash(text.split("\n")).words))


def test_every_character_of_the_mail_is_kept_or_cut(answers: list[tuple[Answer, Body, Body]]) -> None:
    for answer, before, after in answers:
        assert _bare(restored(after)) == _bare(restored(before)), answer


def _bare(text: str) -> str:
    return re.sub(r"[>\uff1e]", "", squeezed(text))


def test_a_second_look_loses_no_own_words(answers: list[tuple[Answer, Body, Body]]) -> None:
    for answer, _, after in answers:
        assert lost(answer, own_words(after, [answer.sent]).text) == lost(answer, after.text), answer


def _unrelated() -> Iterator[tuple[Body, str]]:
    for seed in range(300):
        random = Random(seed)
        update = update_text(random, "English")
        lines = [own_line(random, "English", update) for _ in range(random.randint(1, 30))]
        yield extract("\n".join(lines)), update


def test_a_mail_without_a_quote_stays_whatever_words_it_repeats() -> None:
    for body, update in _unrelated():
        assert own_words(body, [sent_update(update)]) == body
