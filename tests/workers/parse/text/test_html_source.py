"""A quote ends where a browser ends it, also if elements in it are left open."""

import pytest

from workers.parse.text.html_source import close_divs
from workers.parse.text.reply import extract_html

CLOSED = (
    ("<blockquote><div>a</blockquote>b", "<blockquote><div>a</div></blockquote>b"),
    ("<blockquote><div><div>a</blockquote>b", "<blockquote><div><div>a</div></div></blockquote>b"),
    (
        "<blockquote><div><blockquote>a</blockquote></blockquote>b",
        "<blockquote><div><blockquote>a</blockquote></div></blockquote>b",
    ),
    ("<div><blockquote><div>a</blockquote>b</div>", "<div><blockquote><div>a</div></blockquote>b</div>"),
    ("<BLOCKQUOTE><DIV class=x>a</BLOCKQUOTE>", "<BLOCKQUOTE><DIV class=x>a</div></BLOCKQUOTE>"),
    ("<blockquote><div>a</div></blockquote>", None),
    ("<blockquote>a</blockquote></blockquote>", None),
    ("a</blockquote>", None),
    ("<div><blockquote>a</div>b</blockquote>", None),
    ("<blockquote><table><tr><td><div>a</blockquote>b", None),
    ("<blockquote><table><tr><td><div>a</td></tr></table></blockquote>b", None),
    ("<blockquote><!-- <div> -->a</blockquote>", None),
    ("<blockquote><!-- <div> a</blockquote>", None),
    ("<blockquote><divider>a</blockquote>", None),
    ("<div>a", None),
    ("", None),
)


@pytest.mark.parametrize(("html", "closed"), CLOSED)
def test_only_what_is_open_in_a_blockquote_is_closed_at_its_end(html: str, closed: str | None) -> None:
    assert close_divs(html) == (html if closed is None else closed)


OPEN = (
    "",
    "<div>",
    "<div><div>",
    "<p>",
    "<ul><li>",
    "<span><b>",
    "<div><span>",
    "<div class=gmail_quote><p>",
    "<font><div>",
)


@pytest.mark.parametrize("left_open", OPEN)
@pytest.mark.parametrize("blockquote", ['<blockquote type="cite" cite="mid:1@x">', '<blockquote class="gmail_quote">'])
def test_words_below_a_quote_with_open_elements_stay(blockquote: str, left_open: str) -> None:
    attribution = "<div>On 3 May 2024 Desk &lt;d@x.example&gt; wrote:</div>"
    html = f"<body>{attribution}{blockquote}{left_open}Is it on?</blockquote><div>Yes.</div></body>"
    assert extract_html(html).text == "Yes."
