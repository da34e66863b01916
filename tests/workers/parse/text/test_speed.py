"""The time for a text is linear in its length: 1 MB of anything takes about a second at most."""

import pytest

from schemas.own_mail import REPLY_MARKER
from tests.builders import relative_cost
from workers.parse.text.reply import extract, extract_html

MB = 1_000_000
COST = 120  # units, see tests.builders.relative_cost; quadratic code costs thousands


def repeated(text: str) -> str:
    """Returns the text repeated to 1 MB."""
    return text * (MB // len(text.encode()))


TEXTS = (
    ("quoted lines", repeated("> a line\n")),
    ("signs", ">" * MB),
    ("signs on lines", repeated(">\n")),
    ("the word On", repeated("On ")),
    ("lines with the word On", repeated("On \n")),
    ("attributions", repeated("On 3 May 2024 at 10:00 Anna <a@x.example> wrote:\n")),
    ("attributions that nothing follows", repeated("On 3 May 2024 at 10:00 Anna wrote:\n\n")),
    ("attributions that do not end", repeated("On 3 May 2024 at 10:00 Anna <a@x.example>\n")),
    ("lines that end with a colon", repeated("a:\n")),
    ("three lines and a colon", repeated("On 3.5.\nb\nc\nd:\n")),
    ("spaces", " " * MB),
    ("underscores", "_" * MB),
    ("lines of underscores", repeated("_" * 40 + "\n")),
    ("lines of underscores and quotes", repeated("_" * 40 + "\n\n\n> a\n")),
    ("dashes", repeated("-- \n")),
    ("labels", repeated("From: a\n")),
    ("two labels", repeated("From: a\nSent: b\n")),
    ("telephones", repeated("\nSent from my iPhone\n")),
    ("links", repeated("<https://x.example/>")),
    ("empty lines", "\n" * MB),
    ("no-break spaces", repeated("\u00a0")),
    ("zero-width spaces", repeated("\u200b")),
    ("one long line and a colon", "a" * (MB - 1) + ":"),
    ("addresses", repeated("a@b.example ") + ":"),
    ("colons", ":" * MB),
    ("own lines between quotes", repeated("a\n> b\n")),
    ("attributions of Zoho", repeated("---- On 3 May 2024 Anna <a@x.example> wrote ---\n")),
    ("dashes and spaces", repeated("-- " * 100 + "\n")),
    ("our markers", repeated(REPLY_MARKER + "\n")),
    ("initials", repeated(":\nA> a\n")),
    ("attributions and text", repeated("On 3 May 2024 at 10:00 Anna <a@x.example> wrote:  a\n")),
    ("many places at which an attribution may begin", repeated("Den 1 a skrev du. " * 32 + ":\n")),
    ("colons and spaces", repeated(":  ")),
    ("GroupWise", repeated(">>> ") + "1:00 >>>"),
    ("names and quotes", repeated("Anna wrote:\n> a\n")),
    ("articles", repeated("a wrote in message\nnews:a@b...\n")),
    ("the name of the author", repeated("\n\nAnna Smith\nPartner\n")),
    ("notices", repeated("\n\nThis e-mail and any files: if you have received this\n")),
    ("one long notice", "Yes.\n\n" + repeated("this e-mail and any ")),
    ("letters with accents apart", repeated("e\u0301")),
    ("accents", repeated("\u0301")),
    (
        "Hebrew attributions",
        repeated("\u202b\u05d1\u05ea\u05d0\u05e8\u05d9\u05da 3 2024 \u05de\u05d0\u05ea D <d@x.example>:\u202c\n"),
    ),
    (
        "Thai attributions",
        repeated(
            "\u0e40\u0e21\u0e37\u0e48\u0e2d 3 2567 a@b.example \u0e40\u0e02\u0e35\u0e22\u0e19\u0e27\u0e48\u0e32:\n"
        ),
    ),
)


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=[row[0] for row in TEXTS])
def test_a_megabyte_of_anything_costs_little(name: str, text: str) -> None:
    relative_cost.at_most(COST, lambda: extract(text, author="Anna Smith"))


HTMLS = (
    ("quotes", repeated("<blockquote class=gmail_quote>a</blockquote>")),
    ("quotes without a class", repeated("On 3 May 2024 A &lt;a@x.example&gt; wrote:<blockquote>a</blockquote>")),
    ("headings of forwards", repeated('<div class="gmail_quote"><div class="gmail_attr">a</div></div>')),
    ("breaks", repeated("<br>")),
    ("signatures", repeated("<div class=gmail_signature>a</div>")),
    ("border lines", repeated('<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt">a</div>')),
    ("spaces", repeated("&nbsp;")),
    ("names and quotes", repeated("<p>A wrote:<blockquote type=cite>a</blockquote>")),
    ("our markers", repeated(f"<p>{REPLY_MARKER}")),
    ("initials", repeated(":<br>A&gt; a<br>")),
    ("signs", repeated("&gt;<br>")),
    ("one long line", "a" * MB),
    ("open angles", "<" * MB),
    ("different attributes", "<p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">a"),
    ("empty elements", repeated("<b></b>")),
    ("different styles", "".join(f'<p style="margin:{number}px;border-left:{number}px">a' for number in range(20_000))),
    ("one long style", f'<p style="{"border-top:1pt solid;" * 50_000}">a'),
    ("one long class", f'<blockquote class="{"quote " * 160_000}">a'),
    ("elements that end unopened", "<i>" * 900 + repeated("</b>")[:900_000]),
    ("blockquotes in one another", ("<blockquote>" * 900 + "a" + "</blockquote>" * 900) * 40),
    ("lines deep in marked elements", "<div class=gmail_quote>" * 900 + repeated("a<br>")[:900_000]),
    ("frames and blockquotes", repeated("<div class=zmail_extra>a:<blockquote>b</blockquote>c</div>")),
    ("headers of Outlook", repeated("<div><div id=divRplyFwdMsg>From: a@b.example<br>To: c</div>d</div>")),
    ("headers of Outlook, deep", "<div class=gmail_quote><div id=divRplyFwdMsg>From: a@b<br>To: c</div>" * 900),
    ("pictures in the HTML", repeated('<img src="data:image/png;base64,' + "A" * 400 + '">')),
    ("pictures that do not end", repeated("<img src='data:image/png;base64,")),
    ("images", repeated("<img ")),
    ("emoji", repeated('<img alt="\U0001f44d">')),
    ("almost our markers", repeated("##- please write your answer above this <br>")),
    ("font sizes", repeated('<span style="font-size:0">a')[:60_000]),
)


def test_a_long_thread_is_read_whole_and_soon() -> None:
    mail = "<div>The hearing is on 12 May.</div>" * 8
    quote = '<div>On 3 May 2024 Desk &lt;d@x.example&gt; wrote:</div><blockquote type="cite" style="color:#222">'
    html = "<p>Yes.</p>" + (quote + mail) * 900 + "</blockquote>" * 900
    assert len(html) > 256 * 1024
    assert relative_cost.at_most(COST, lambda: extract_html(html)).text == "Yes."


@pytest.mark.parametrize(("name", "html"), HTMLS, ids=[row[0] for row in HTMLS])
def test_a_megabyte_of_any_html_costs_little(name: str, html: str) -> None:
    relative_cost.at_most(COST, lambda: extract_html(html, author="Anna Smith"))
