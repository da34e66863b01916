# ruff: noqa: RUF001, E501  # the data is in many alphabets, and a line of a mail stays on one line
"""A quote that the person introduces stays, in plain text and in HTML."""

import pytest

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.reply import extract, extract_html

INTRODUCED = (
    "they told me:",
    "The seller says this:",
    "My contract, clause 4:",
    "Please compare what is in the deed:",
    "Das steht im Vertrag:",
    "Der Verkäufer hat mir gesagt:",
    "Voici ce que dit le bail :",
    "Esto dice el contrato:",
    "Il contratto dice:",
    "В договоре написано:",
    "合同上写着：",
    "契約書には次のようにあります：",
)


@pytest.mark.parametrize("words", INTRODUCED)
@pytest.mark.parametrize(
    "tag", ['<blockquote type="cite">', "<blockquote>", '<blockquote style="border-left: 1px solid">']
)
def test_a_quote_that_the_person_introduces_stays(words: str, tag: str) -> None:
    assert extract(f"Hello,\n\n{words}\n\n> No dogs.\n> No cats.").text.endswith("> No dogs.\n> No cats.")
    text = extract_html(f"<p>Hello,</p><p>{words}</p>{tag}No dogs.<br>No cats.</blockquote>").text
    assert text.startswith(f"Hello,\n\n{words}")
    assert "No dogs." in text
    assert text.endswith("No cats.")


def test_what_the_program_quotes_below_an_introduced_quote_is_cut() -> None:
    line = "On Thu, Mar 5, 2026 at 8:30 AM Help Desk &lt;help@x.example&gt; wrote:"
    html = f'<p>They told me:</p><blockquote type="cite">No dogs.</blockquote><p>{line}</p><blockquote>May we?</blockquote>'
    assert extract_html(html).text == "They told me:\n\n> No dogs."


@pytest.mark.parametrize(
    "quote",
    [
        f'<blockquote type="cite">{REPLY_MARKER}<br>May we come?</blockquote>',
        '<div class="gmail_quote"><div class="gmail_attr">On Thu, 5 Mar 2026 at 08:30 Desk &lt;d@x.example&gt; wrote:</div><blockquote class="gmail_quote">May we come?</blockquote></div>',
        '<blockquote type="cite"><div>On 5 Mar 2026, at 08:30, Desk &lt;d@x.example&gt; wrote:</div>May we?</blockquote>',
        '<div id="appendonsend"></div><div><b>From:</b> Desk &lt;d@x.example&gt;<br><b>Sent:</b> Thursday<br><b>To:</b> Ann<br><b>Subject:</b> Your case</div><div>May we come?</div>',
    ],
    ids=["our marker", "gmail", "apple", "outlook"],
)
def test_the_quote_of_the_mail_program_below_a_colon_is_cut(quote: str) -> None:
    assert extract_html(f"<p>Please bring these:</p>{quote}").text == "Please bring these:"
