"""Awkward answers and variants, in plain text and in HTML."""

import pytest

from tests.mails import awkward, variants
from tests.workers.parse.text.replies import Answer
from workers.parse.text.reply import extract, extract_html

PLAIN = (*awkward.PLAIN, *variants.PLAIN)
HTML = (*awkward.HTML, *variants.HTML_KEPT)


@pytest.mark.parametrize("answer", PLAIN, ids=[answer.name for answer in PLAIN])
def test_the_own_words_of_an_awkward_answer_are_found(answer: Answer) -> None:
    assert extract(answer.text, author="Anna Smith").text == answer.own


@pytest.mark.parametrize("answer", HTML, ids=[answer.name for answer in HTML])
def test_the_own_words_of_an_awkward_html_answer_are_found(answer: Answer) -> None:
    assert extract_html(answer.text, author="Anna Smith").text == answer.own
