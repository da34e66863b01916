"""Any text and any HTML has a reply, and no character of a text is lost."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.own_mail import REPLY_MARKER
from schemas.records import Body
from tests.builders.cut_text import restored, squeezed
from tests.mails.html_replies import HTML
from tests.mails.plain_replies import FORWARDS, PLAIN
from workers.parse.limits import OverLimitError
from workers.parse.mime.charsets import clean
from workers.parse.text.html import html_lines
from workers.parse.text.reply import extract, extract_html

LINES = (
    *("", "Yes.", "I agree.", "> quoted", ">", "> On 3 May 2024, at 10:00, D <d@x.example> wrote:", "-- ", "--"),
    *("On 3 May 2024 at 10:00 Desk <d@x.example> wrote:", "On Friday, 3 May 2024,", "<d@x.example> wrote:"),
    *("Am 03.05.24 um 10:00 schrieb Desk:", "Desk wrote:", "he wrote:", "Look:", REPLY_MARKER, f"> {REPLY_MARKER}"),
    *("From: D <d@x.example>", "Sent: Friday", "To: A", "Subject: S", "_" * 32, "-----Original Message-----"),
    *("---------- Forwarded message ---------", "Sent from my iPhone", "Get Outlook for iOS", "Anna Smith", "Partner"),
    *("+44 20 7946 0958", "Kind regards,", "This e-mail and any files: if you have received this, delete it."),
    *("team mailing list x@y.example", "\u202b\u05de\u05d0\u05ea: a\u202c", " ", "\t", "\u00a0", "\u200b", "\ufeff> a"),
    *("---- On 3 May 2024 D <d@x.example> wrote ---", "a\rb", "a\x85b", "a\u2028b", "a\x0cb", "\0", "\ud800"),
)
line = st.sampled_from(LINES) | st.text(max_size=30)
texts = st.lists(line, max_size=20).map("\n".join)
TAGS = (
    *("<div>", "</div>", "<p>", "</p>", "<br>", "<hr>", "<blockquote>", "</blockquote>", "<table><tr><td>", "</table>"),
    *('<div class="gmail_quote">', '<blockquote class="gmail_quote">', '<div id="divRplyFwdMsg">', "<pre>", "</pre>"),
    *('<div id="appendonsend"></div>', '<div class="gmail_signature">', '<div name="quote">', "<ul><li>", "</ul>"),
    *("<!--", "-->", "<![endif]", "&nbsp;", "&#0;", "&lt;", "<a href=https://x.example>", "</a>", "<img src=cid:a>"),
)
htmls = st.lists(st.sampled_from(TAGS) | line, max_size=30).map("".join)


def nothing_lost(text: str, reply: Body) -> None:
    assert squeezed(restored(reply)) == squeezed(clean(text))
    offsets = [cut.before for cut in reply.cut]
    assert offsets == sorted(offsets)
    assert all(offset in (0, len(reply.text)) or reply.text[offset] == "\n" for offset in offsets)
    assert all(cut.text.strip() and 0 < cut.confidence < 1 for cut in reply.cut)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, st.booleans(), st.sampled_from(["", "Anna Smith", "Smith, Anna"]))
def test_no_character_of_any_text_is_lost(text: str, forward: bool, author: str) -> None:
    nothing_lost(text, extract(text, forward=forward, author=author))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400))
def test_any_characters_have_a_reply(text: str) -> None:
    nothing_lost(text, extract(text))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(htmls, st.booleans())
def test_any_html_has_a_reply_and_no_character_of_its_lines_is_lost(html: str, forward: bool) -> None:
    reply = extract_html(html, forward=forward, author="Anna Smith")
    nothing_lost("\n".join(line.text for line in html_lines(clean(html), forward=forward)), reply)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(HTML), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(TAGS)), max_size=8)
)
def test_any_mutation_of_an_html_answer_has_a_reply(answer: object, changes: list[tuple[float, int, str]]) -> None:
    html = answer.text  # type: ignore[attr-defined]
    for place, gone, new in changes:
        at = int(place * len(html))
        html = html[:at] + new + html[at + gone :]
    nothing_lost("\n".join(line.text for line in html_lines(clean(html))), extract_html(html))


def test_html_may_only_be_refused_for_its_nesting() -> None:
    with pytest.raises(OverLimitError):
        extract_html("<div>" * 30_000)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts)
def test_trimming_again_only_takes_from_what_was_left(text: str) -> None:
    first = extract(text).text
    assert squeezed(extract(first).text) in squeezed(first)


@pytest.mark.parametrize("text", [answer.own for answer in PLAIN], ids=[answer.name for answer in PLAIN])
def test_the_own_words_of_an_answer_are_left_as_they_are_by_trimming_again(text: str) -> None:
    assert extract(text).text == text


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FORWARDS), texts)
def test_a_forward_is_never_empty(row: tuple[str, str], text: str) -> None:
    assert extract(f"{text}\n\n{row[1]}", forward=True).text.strip()
