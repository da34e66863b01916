"""The author's own words are found in plain text and in HTML."""

import pytest

from schemas.records import CutKind
from tests.builders.cut_text import restored, squeezed
from tests.mails.html_replies import HTML
from tests.mails.plain_replies import ATTRIBUTIONS, BLOCKS, FORWARDS, PHONES, PLAIN, TextAnswer
from workers.parse.limits import OverLimitError
from workers.parse.text.headings import forward_subject
from workers.parse.text.languages import LANGUAGES
from workers.parse.text.reply import extract, extract_html


@pytest.mark.parametrize("answer", PLAIN, ids=[answer.name for answer in PLAIN])
def test_the_own_words_of_a_plain_text_are_found(answer: TextAnswer) -> None:
    assert extract(answer.text).text == answer.own


@pytest.mark.parametrize("answer", HTML, ids=[answer.name for answer in HTML])
def test_the_own_words_of_an_html_text_are_found(answer: TextAnswer) -> None:
    assert extract_html(answer.text).text == answer.own


@pytest.mark.parametrize(("name", "text"), FORWARDS, ids=[row[0] for row in FORWARDS])
def test_what_a_person_forwards_is_content(name: str, text: str) -> None:
    assert extract(text).text == text.strip()


def test_a_forward_by_its_subject_keeps_what_stands_under_a_header_block() -> None:
    text = "See below.\n\nVon: Bo\nGesendet: Freitag 10:00\nAn: A\nBetreff: S\n\nHallo"
    assert extract(text, forward=forward_subject("WG: S")).text == text
    assert extract(text, forward=forward_subject("AW: S")).text == "See below."


@pytest.mark.parametrize("answer", [a for a in PLAIN if a.own], ids=[a.name for a in PLAIN if a.own])
def test_the_cut_text_and_the_own_words_together_are_the_whole_text(answer: TextAnswer) -> None:
    assert squeezed(restored(extract(answer.text))) == squeezed(answer.text)


def test_every_cut_says_what_kind_it_is_and_how_sure() -> None:
    text = "Yes.\n\n-- \nAnna\n\nOn 5/3/24 10:00, Desk wrote:\n> a\n\nThis email is confidential."
    cuts = extract(text).cut
    assert [cut.kind for cut in cuts] == [CutKind.SIGNATURE, CutKind.QUOTE, CutKind.DISCLAIMER]
    assert all(0 < cut.confidence < 1 for cut in cuts)


def test_a_quote_that_only_has_signs_is_less_sure_than_one_with_an_attribution() -> None:
    [bare] = extract("Yes.\n\n> a").cut
    [attributed] = extract("Yes.\n\nOn 5/3/24 10:00, Desk wrote:\n> a").cut
    assert bare.confidence < attributed.confidence


def test_every_language_has_an_attribution_a_header_block_and_a_telephone_in_the_table_of_answers() -> None:
    for table in (ATTRIBUTIONS, BLOCKS, PHONES):
        names = {word.split("-")[0] for answer in table for word in answer.name.split()}
        assert {row.code for row in LANGUAGES} <= names


def test_html_that_is_nested_too_deep_is_over_a_limit_and_not_cut_short() -> None:
    for depth in (900, 1001, 5000, 9900):
        assert extract_html("<div>" * depth + "deep").text == "deep"
    for depth in (10_001, 50_000):
        with pytest.raises(OverLimitError):
            extract_html("<div>" * depth + "deep")


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "a\x1bb"], ids=["NUL", "surrogate", "escape"])
def test_what_postgresql_cannot_store_is_left_out(text: str) -> None:
    assert extract(text).text == "ab"
    assert extract_html(f"<p>{text}</p>").text == "ab"
