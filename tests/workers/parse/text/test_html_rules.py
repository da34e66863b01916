# ruff: noqa: E501  # a line of a mail stays on one line
"""A header block of only a few fields begins the quote if a rule is drawn above it."""

import pytest

from workers.parse.text.reply import extract_html

BLOCKS = (
    "<hr><div><b>From: d@in.example</b><br><b>Date: Fri, 03 May 2024 10:00:00 +0200</b></div>",
    "<hr><p>From: Desk &lt;d@in.example&gt;<br>Sent: 3 May 2024 10:00</p>",
    "<hr size=1><div>Von: Desk &lt;d@in.example&gt;</div><div>Datum: 03.05.2024 10:00</div>",
    "<div><hr></div><div><br></div><div><strong>De :</strong> d@in.example<br><strong>Date :</strong> 3 mai 2024 10:00</div>",
    "<hr>Da: Desk (d@in.example)<br>Data: 03/05/2024 10:00<br>",
    "<hr><table><tr><td>От:</td><td>d@in.example</td></tr><tr><td>Дата:</td><td>03.05.2024 10:00</td></tr></table>",
    "<hr><div>差出人: d@in.example</div><div>日時: 2024年5月3日 10:00</div>",
    "<hr><div>De: d@in.example<br>Fecha: viernes, 3 de mayo de 2024 10:00<br>Asunto: Case 1</div>",
    "<div>________________________________</div><div>Od: d@in.example</div><div>Data: 3.05.2024 10:00</div>",
    "<hr><div><span>Van:</span> <a href='mailto:d@in.example'>d@in.example</a><br><span>Verzonden:</span> vrijdag 3 mei 2024 10:00</div>",
)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_short_header_block_under_a_rule_begins_the_quote(block: str) -> None:
    html = f"<body>Noted.<br>{block}<div>The hearing is on 12 May.</div></body>"
    assert extract_html(html).text == "Noted."


OWN = (
    "<hr><p>From: London<br>Date: 3 May 2024 10:00<br>Train: 12</p>",
    "<hr><p>Contact: anna@x.example<br>Time: 10:00, 3 May 2024</p>",
    "<hr><p>The second part.</p>",
    "<hr><p>From: anna@x.example</p><p>This is my new address.</p>",
    "<p>From: d@in.example<br>Date: 3 May 2024 10:00<br>That is the mail I mean.</p>",
)


@pytest.mark.parametrize("words", OWN)
def test_own_words_under_a_rule_stay(words: str) -> None:
    html = f"<p>Noted.</p>{words}<p>The end.</p>"
    assert extract_html(html).text.endswith("The end.")
