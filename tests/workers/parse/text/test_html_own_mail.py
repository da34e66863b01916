# ruff: noqa: E501, RUF001  # a line of a mail stays on one line
"""casemail's own mail is found in an answer also where a program rewrote its HTML and left no mark of a quote."""

from pathlib import Path

import pytest

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.html_styles import read_style
from workers.parse.text.reply import extract_html
from workers.parse.text.reply_marker import contains_marker, restore_marker

BELOW = "<p>Desk posted an update on case 17:</p><div>The hearing is on 12 May.</div>"

#: The marker as programs and gateways change it.
CHANGED = (
    REPLY_MARKER,
    "##-&nbsp;Please write&nbsp;your answer above&nbsp;this line&nbsp;-##",
    "##- Please\n   write your\tanswer above\n this line -##",
    "##- Please&#8203; write &zwnj;your answer above this line -##",
    "##- Pl&shy;ease write your ans&shy;wer above this line -##",
    "&#35;&#35;- Please write your answer above this line -&#35;&#35;",
    "##– Please write your answer above this line –##",
    "##— Please write your answer above this line —##",
    "## - Please write your answer above this line - ##",
    "##- PLEASE WRITE YOUR ANSWER ABOVE THIS LINE -##",
    "<b>##- Please</b> write <span>your answer</span> above this line -##",
    "##- Please write your answer<br>above this line -##",
    "##- Please write your<br>answer above this line -##<br>",
    "##-_Please_write_your_answer_above_this_line_-##",
    "[##- Please write your answer above this line -##]",
    "&gt; ##- Please write your answer above<br>&gt; this line -##",
    "﻿##-  Please  write  your  answer  above  this  line  -##",
)


@pytest.mark.parametrize("marker", CHANGED)
def test_words_above_a_changed_marker_are_all_that_stays(marker: str) -> None:
    assert extract_html(f"<div>Yes, do it.</div><div><br></div><div>{marker}</div>{BELOW}").text == "Yes, do it."


NO_MARKERS = (
    "Please write your answer above this line",
    "## Please write to me",
    "I wrote my answer above the line ## as you said",
    "## Please, write your answers above these lines",
    "#1 Please write your answer by Friday",
)


@pytest.mark.parametrize("words", NO_MARKERS)
def test_words_that_are_only_like_the_marker_are_the_persons_own(words: str) -> None:
    assert not contains_marker(words)
    assert extract_html(f"<p>{words}</p><p>Anna</p>").text == f"{words}\n\nAnna"


def test_what_stands_before_and_behind_a_changed_marker_stays_beside_it() -> None:
    texts = ["Yes. ## - please write your", "answer above this line - ## More"]
    restore_marker(texts)
    assert texts == [f"Yes. {REPLY_MARKER}", "More"]


STYLES = (
    "white-space: pre-wrap; border-left: 3px solid #1b6ac9; padding-left: 12px",
    "white-space:pre-wrap;border-left:3px solid rgb(27, 106, 201);padding-left:12px",
    "BORDER-LEFT: 3PX SOLID #1B6AC9",
)


@pytest.mark.parametrize("style", STYLES)
def test_the_bar_of_our_own_update_is_a_quote_without_any_other_mark(style: str) -> None:
    html = f'<div>Yes.</div><div style="{style}">The hearing is on 12 May.</div>'
    assert extract_html(html).text == "Yes."


def test_another_bar_is_not_ours() -> None:
    html = '<div>Yes.</div><div style="border-left:3px solid #1b6ac8">The hearing is on 12 May.</div>'
    assert "hearing" in extract_html(html).text


def test_the_style_of_the_update_in_our_own_mail_is_the_one_that_is_looked_for() -> None:
    template = Path("cases/templates/notice.html").read_text("utf-8")
    styles = [piece.split('"', 1)[0] for piece in template.split('style="')[1:]]
    assert sum(read_style(style).own_quote for style in styles) == 1


BUTTONS = (
    "•••",
    "···",
    "⋯",
    "[Quoted text hidden]",
    "- Show quoted text -",
    "Show trimmed content",
    "Hide quoted text",
    "View original message",
    "ᐧ",
)
ATTRIBUTED = '<div class="gmail_quote"><div class="gmail_attr">On 3 May 2024 Desk &lt;d@x.example&gt; wrote:</div><blockquote class="gmail_quote">Shall we?</blockquote></div>'


@pytest.mark.parametrize("button", BUTTONS)
def test_a_button_above_the_quote_or_at_the_end_is_no_word(button: str) -> None:
    assert extract_html(f"<div>Yes.</div><div>{button}</div>{ATTRIBUTED}").text == "Yes."
    assert extract_html(f"<div>Yes.</div><div><br></div><div>{button}</div>").text == "Yes."


@pytest.mark.parametrize("words", ["...", "Hm ...", "See •••", "Show quoted text to Ben", "• one", "ᐧ ᐃᓄᒃ"])
def test_words_that_are_only_like_a_button_stay(words: str) -> None:
    assert extract_html(f"<div>Yes.</div><div>{words}</div>{ATTRIBUTED}").text == f"Yes.\n{words}"


def test_a_button_between_own_words_stays() -> None:
    assert extract_html("<div>One.</div><div>•••</div><div>Two.</div>").text == "One.\n•••\nTwo."
