# ruff: noqa: E501  # a line of a mail stays on one line, in any script
"""Answers between and below the quoted pieces of an HTML stay, also inside the element that a program puts around all."""

import pytest

from workers.parse.text.reply import extract_html

FIRST, SECOND = "<div>Is the heating on?</div>", "<div>Who has the key?</div>"
A, B = "<div>Yes, since Monday.</div>", "<div>The neighbour has it.</div>"

#: The program, and its HTML with both answers.
BETWEEN = (
    ("gmail", f'<div class="gmail_quote"><div class="gmail_attr">On 3 May 2024 Desk &lt;d@x.example&gt; wrote:</div><blockquote class="gmail_quote">{FIRST}</blockquote>{A}<blockquote class="gmail_quote">{SECOND}</blockquote>{B}</div>'),
    ("spark", f'<div name="messageReplySection">On 3 May 2024 at 10:00 +0200, Desk &lt;d@x.example&gt;, wrote:<br><blockquote type="cite" class="spark_quote">{FIRST}</blockquote>{A}<blockquote type="cite" class="spark_quote">{SECOND}</blockquote>{B}</div>'),
    ("spark without classes", f'<div name="messageReplySection">Am 3. Mai 2024, 10:00 +0200, Desk &lt;d@x.example&gt; schrieb:<br><blockquote type="cite">{FIRST}</blockquote>{A}<blockquote type="cite">{SECOND}</blockquote>{B}</div>'),
    ("zoho", f'<div class="zmail_extra"><div id="Zm-_Id_-Sgn1">---- On Fri, 03 May 2024 10:00:00 +0200 Desk &lt;d@x.example&gt; wrote ---</div><blockquote id="blockquote_zmail">{FIRST}</blockquote>{A}<blockquote id="blockquote_zmail">{SECOND}</blockquote>{B}</div>'),
    ("proton", f'<div class="protonmail_quote">On Friday, May 3rd, 2024 at 10:00, Desk &lt;d@x.example&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">{FIRST}</blockquote>{A}<blockquote class="protonmail_quote" type="cite">{SECOND}</blockquote>{B}</div>'),
    ("edison", f'<div id="edo-original"><div><blockquote style="border-left:1px #ccc solid"><div>On Friday, May 03, 2024 at 10:00 AM, Desk &lt;d@x.example&gt; wrote:</div>{FIRST}</blockquote>{A}<blockquote style="border-left:1px #ccc solid">{SECOND}</blockquote>{B}</div></div>'),
    ("fairemail", f'<div class="fairemail_quote"><p>Op 3 mei 2024 10:00:00 CEST schreef Desk &lt;d@x.example&gt;:</p><blockquote style="border-left:3px solid #ccc">{FIRST}</blockquote>{A}<blockquote style="border-left:3px solid #ccc">{SECOND}</blockquote>{B}</div>'),
    ("thunderbird", f'<div class="moz-cite-prefix">Le 03/05/2024 à 10:00, Desk a écrit :<br></div><blockquote type="cite" cite="mid:1@x">{FIRST}</blockquote>{A}<blockquote type="cite" cite="mid:1@x">{SECOND}</blockquote>{B}'),
    ("apple mail", f'<div><blockquote type="cite"><div>On 3 May 2024, at 10:00, Desk &lt;d@x.example&gt; wrote:</div><br>{FIRST}</blockquote></div>{A}<div><blockquote type="cite">{SECOND}</blockquote></div>{B}'),
    ("yandex", f'<div>03.05.2024, 10:00, "Desk" &lt;d@x.example&gt;:</div><blockquote>{FIRST}</blockquote>{A}<blockquote>{SECOND}</blockquote>{B}'),
    ("yahoo on phones", f'<blockquote style="margin: 0 0 20px 0;"><div style="color:#6D00F6;"><div>On Fri, May 3, 2024 at 10:00, Desk&lt;d@x.example&gt; wrote:</div></div><div style="border-left: 1px solid #6D00F6;">{FIRST}{SECOND}</div></blockquote>{A}{B}'),
    ("zimbra", f'<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><blockquote style="border-left:2px solid #1010FF;"><b>From: </b>"Desk" &lt;d@x.example&gt;<br><b>To: </b>"Anna"<br><b>Sent: </b>Friday, 3 May, 2024 10:00:00<br><b>Subject: </b>Case 1<br></blockquote></div><div data-marker="__QUOTED_TEXT__"><blockquote style="border-left:2px solid #1010FF;">{FIRST}{SECOND}</blockquote></div>{A}{B}'),
    ("zimbra, the header in a bare blockquote", f'<hr id="zwchr"><div data-marker="__HEADERS__"><blockquote><b>De: </b>"Desk" &lt;d@x.example&gt;<br><b>À: </b>"Anna"<br><b>Envoyé: </b>Vendredi 3 Mai 2024 10:00:00<br><b>Objet: </b>Case 1<br></blockquote></div><div data-marker="__QUOTED_TEXT__"><blockquote style="border-left:2px solid #1010FF">{FIRST}</blockquote></div>{A}<div data-marker="__QUOTED_TEXT__"><blockquote style="border-left:2px solid #1010FF">{SECOND}</blockquote></div>{B}'),
    ("a mail by outlook, quoted by thunderbird", f'<div class="moz-cite-prefix">On 03/05/2024 10:00, Desk wrote:<br></div><blockquote type="cite" cite="mid:1@x"><p>Hello</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>From:</b> Bo &lt;b@x.example&gt;<br><b>Sent:</b> Thursday<br><b>Subject:</b> Case 1</p></div>{FIRST}{SECOND}</blockquote>{A}{B}'),
    ("a mail by outlook on the web, quoted by apple mail", f'<blockquote type="cite"><div>On 3 May 2024, at 10:00, Desk &lt;d@x.example&gt; wrote:</div><div id="x_divRplyFwdMsg"><b>From:</b> Bo &lt;b@x.example&gt;<br><b>Sent:</b> Thursday</div>{FIRST}{SECOND}</blockquote>{A}{B}'),
    ("foxmail", f'<blockquote style="margin-top:0px"><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><b>From:</b> Desk &lt;d@x.example&gt;<br><b>Date:</b> 2024-05-03 10:00<br><b>To:</b> Anna<br><b>Subject:</b> Case 1</div>{FIRST}{SECOND}</blockquote>{A}{B}'),
    ("an unknown program that says quote in its class", f'<div class="acme-quote"><div>On May 3, 2024 at 10:00 Desk &lt;d@x.example&gt; wrote:</div><blockquote>{FIRST}</blockquote>{A}<blockquote>{SECOND}</blockquote>{B}</div>'),
    ("roundcube", f'<p id="reply-intro">W dniu 2024-05-03 10:00, Desk napisał(a):</p><blockquote type="cite" style="border-left: #1010ff 2px solid"><div id="replybody1">{FIRST}</div></blockquote>{A}<blockquote type="cite" style="border-left: #1010ff 2px solid"><div>{SECOND}</div></blockquote>{B}'),
)  # fmt: skip


@pytest.mark.parametrize(("program", "html"), BETWEEN, ids=[row[0] for row in BETWEEN])
def test_answers_between_and_below_the_quotes_stay(program: str, html: str) -> None:
    text = extract_html(html).text
    own = [line for line in text.split("\n") if line and not line.startswith(">")]
    assert own == ["Yes, since Monday.", "The neighbour has it."]


@pytest.mark.parametrize(("program", "html"), BETWEEN, ids=[row[0] for row in BETWEEN])
def test_answers_above_are_all_that_stays_without_the_others(program: str, html: str) -> None:
    above = html.replace(A, "").replace(B, "")
    assert extract_html(f"<div>Both are done.</div>{above}").text == "Both are done."
