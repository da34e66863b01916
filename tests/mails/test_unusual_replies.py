"""The person's own words are found in unusual replies and wordings."""

import pytest

from tests.mails import unusual_replies, wording_variants
from tests.mails.plain_replies import TextAnswer
from workers.parse.text.reply import extract, extract_html

PLAIN = (*unusual_replies.PLAIN, *wording_variants.PLAIN)
HTML = (*unusual_replies.HTML, *wording_variants.HTML_KEPT)


@pytest.mark.parametrize("answer", PLAIN, ids=[answer.name for answer in PLAIN])
def test_the_own_words_of_an_unusual_reply_are_found(answer: TextAnswer) -> None:
    assert extract(answer.text, author="Anna Smith").text == answer.own


@pytest.mark.parametrize("answer", HTML, ids=[answer.name for answer in HTML])
def test_the_own_words_of_an_unusual_html_reply_are_found(answer: TextAnswer) -> None:
    assert extract_html(answer.text, author="Anna Smith").text == answer.own
