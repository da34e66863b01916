"""The person's own words are found in the whole mails of the corpus, and in replies as text or HTML alone."""

from pathlib import Path

import pytest

from tests.builders.small_mails import read, words
from tests.mails.answer import Answer
from tests.mails.generate import corpus, main
from workers.parse.text.headings import forward_subject
from workers.parse.text.reply import extract, extract_html

CORPUS = corpus()
REPLIES = [answer for answer in CORPUS if answer.style != "forward"]
AUTHOR = "Anna Smith"


def test_there_are_enough_answers_languages_and_clients() -> None:
    assert len(REPLIES) >= 300
    assert len({answer.language.split("-")[0] for answer in REPLIES}) >= 25
    assert len({answer.client for answer in REPLIES}) >= 15
    assert {answer.style for answer in CORPUS} == {"top", "bottom", "between", "forward"}


@pytest.mark.parametrize("answer", CORPUS, ids=[answer.name for answer in CORPUS])
def test_what_is_left_of_a_mail_is_what_the_person_wrote(answer: Answer) -> None:
    assert words(read(answer.message())) == answer.own


PLAIN = [answer for answer in CORPUS if answer.text]


@pytest.mark.parametrize("answer", PLAIN, ids=[answer.name for answer in PLAIN])
def test_what_is_left_of_a_plain_text_is_what_the_person_wrote(answer: Answer) -> None:
    assert extract(answer.text, forward=forward_subject(answer.subject), author=AUTHOR).text == answer.own


HTML = [answer for answer in CORPUS if answer.html]


@pytest.mark.parametrize("answer", HTML, ids=[answer.name for answer in HTML])
def test_what_is_left_of_an_html_text_is_what_the_person_wrote(answer: Answer) -> None:
    assert extract_html(answer.html, forward=forward_subject(answer.subject), author=AUTHOR).text == answer.own


@pytest.mark.parametrize("answer", HTML, ids=[answer.name for answer in HTML])
def test_a_mail_that_has_only_html_says_the_same(answer: Answer) -> None:
    assert words(read(answer._replace(text="").message())) == answer.own


def test_the_corpus_can_be_written_down_and_is_the_same_each_time(tmp_path: Path) -> None:
    main(tmp_path)
    mails = [path.read_bytes() for path in sorted(tmp_path.glob("*.eml"))]
    assert mails == [answer.message() for answer in corpus()]
