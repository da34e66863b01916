# ruff: noqa: E501  # a line of a mail stays on one line
"""Replies in HTML as mail programs write them. A row: name, HTML, the person's own words."""

from schemas.own_mail import REPLY_MARKER
from tests.mails.plain_replies import TextAnswer

_UPDATE = f"<div>{REPLY_MARKER}</div><p>The hearing is on 12 May.</p><p>Please confirm.</p>"

HTML = (
    TextAnswer(
        "gmail",
        '<div dir="ltr"><div>Thank you,</div><div><br></div><div>I confirm.</div></div><br>'
        '<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Fri, May 3, 2024 at 10:00 AM '
        'Desk &lt;<a href="mailto:d@in.example">d@in.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote" '
        f'style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{_UPDATE}</blockquote></div>',
        "Thank you,\n\nI confirm.",
    ),
    TextAnswer(
        "gmail in a language without a row",
        '<div dir="ltr">Aitäh!</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Kontor kirjutas kuupäeval '
        'R, 3. mai 2024 kell 10:00:<br></div><blockquote class="gmail_quote">Tere</blockquote></div>',
        "Aitäh!",
    ),
    TextAnswer(
        "gmail, interleaved",
        '<div class="gmail_quote"><div class="gmail_attr">On 3 May 2024 Desk &lt;d@x.y&gt; wrote:</div>'
        '<blockquote class="gmail_quote">Is it you?</blockquote><div>Yes.</div>'
        '<blockquote class="gmail_quote">And Bob?</blockquote><div>No.</div></div>',
        "Yes.\n\n> And Bob?\n\nNo.",
    ),
    TextAnswer(
        "gmail signature",
        '<div dir="ltr">Agreed.<br clear="all"><div><br></div><span class="gmail_signature_prefix">-- </span><br>'
        '<div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div>Anna</div>Partner</div></div>',
        "Agreed.",
    ),
    TextAnswer(
        "outlook for windows",
        '<html><head><style>p.MsoNormal{margin:0cm}</style></head><body><div class="WordSection1">'
        '<p class="MsoNormal">Thank you.<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
        '<p class="MsoNormal">I confirm.<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">'
        "<b>Lähettäjä:</b> Desk &lt;d@in.example&gt; <br><b>Lähetetty:</b> perjantai 3. toukokuuta 2024 10.00<br>"
        f"<b>Vastaanottaja:</b> Anna<br><b>Aihe:</b> Case 1<o:p></o:p></p></div></div>{_UPDATE}</div></body></html>",
        "Thank you.\n\nI confirm.",
    ),
    TextAnswer(
        "outlook on the web",
        '<div class="elementToProof">I confirm.</div><div class="elementToProof"><br></div><div id="Signature">Anna</div>'
        '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>From:</b> Desk<br><b>Sent:</b> Friday<br>'
        f"<b>To:</b> Anna<br><b>Subject:</b> Case 1</font><div>&nbsp;</div></div>{_UPDATE}",
        "I confirm.",
    ),
    TextAnswer(
        "outlook on a telephone",
        '<div dir="auto">Yes.</div><div id="ms-outlook-mobile-signature"><div></div>Get <a href="https://aka.ms/o0ukef">'
        "Outlook for iOS</a></div><hr><div id='divRplyFwdMsg'><b>From:</b> Desk<br><b>Sent:</b> x<br><b>To:</b> A</div>"
        f"{_UPDATE}",
        "Yes.",
    ),
    TextAnswer(
        "apple mail",
        '<html><body style="overflow-wrap: break-word;">I confirm.<div><br></div><div>Anna<br><div><br><blockquote '
        'type="cite"><div>On 3. May 2024, at 10:00, Desk &lt;d@in.example&gt; wrote:</div><br '
        f'class="Apple-interchange-newline"><div>{_UPDATE}</div></blockquote></div><br></div></body></html>',
        "I confirm.\n\nAnna",
    ),
    TextAnswer(
        "apple mail on a telephone",
        '<html><body dir="auto">Yes.<br><br><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote '
        'type="cite">On 3 May 2024, at 10:00, Desk &lt;d@in.example&gt; wrote:<br><br></blockquote></div><blockquote '
        f'type="cite"><div dir="ltr">{_UPDATE}</div></blockquote></body></html>',
        "Yes.",
    ),
    TextAnswer(
        "thunderbird",
        '<html><body><p>I confirm.</p><p>Anna<br></p><div class="moz-cite-prefix">Am 03.05.24 um 10:00 schrieb Desk:<br>'
        f'</div><blockquote type="cite" cite="mid:1@x">{_UPDATE}</blockquote>'
        '<pre class="moz-signature" cols="72">-- \nAnna Smith\nPartner</pre></body></html>',
        "I confirm.\n\nAnna",
    ),
    TextAnswer(
        "yahoo",
        '<div class="ydp1yahoo-style-wrap"><div>I confirm.</div></div><div id="ydp2yahoo_quoted_1" class="yahoo_quoted">'
        "<div><div>On Friday, May 3, 2024, 10:00:00 AM GMT+2, Desk &lt;d@in.example&gt; wrote:</div>"
        f"<div>{_UPDATE}</div></div></div>",
        "I confirm.",
    ),
    TextAnswer(
        "proton",
        '<div style="font-family: Arial">I confirm.</div><div class="protonmail_quote">On Friday, May 3rd, 2024 at 10:00, '
        f'Desk &lt;d@in.example&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">{_UPDATE}</blockquote></div>',
        "I confirm.",
    ),
    TextAnswer(
        "yandex",
        '<div>Спасибо.</div><div>\u00a0</div><div>03.05.2024, 10:00, "Desk" &lt;d@in.example&gt;:</div>'
        f"<blockquote>{_UPDATE}</blockquote>",
        "Спасибо.",
    ),
    TextAnswer(
        "mail.ru",
        '<div>Спасибо.</div><blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">'
        f"Пятница, 3 мая 2024, 10:00 +03:00 от Desk &lt;d@in.example&gt;:<br>{_UPDATE}</blockquote>",
        "Спасибо.",
    ),
    TextAnswer(
        "text that the person indented",
        '<div>The clause:</div><blockquote style="margin:0 0 0 40px;border:none;padding:0px">No dogs.</blockquote><div>Ok?</div>',
        "The clause:\n\nNo dogs.\n\nOk?",
    ),
    TextAnswer(
        "a forward by gmail",
        '<div>See below.</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>'
        "From: Bo<br>Subject: S<br></div><div>Hello</div></div>",
        "See below.\n---------- Forwarded message ---------\nFrom: Bo\nSubject: S\nHello",
    ),
    TextAnswer(
        "a forward by apple mail",
        'FYI<div><br><div><br><blockquote type="cite"><div>Begin forwarded message:</div><br><div><b>From: </b>Bo</div>'
        "<div><b>Subject: </b>S</div><br><div>Hello</div></blockquote></div></div>",
        "FYI\n\n\nBegin forwarded message:\n\nFrom: Bo\nSubject: S\n\nHello",
    ),
    TextAnswer(
        "an answer to a forward",
        '<div>Thanks.</div><div class="gmail_quote"><div class="gmail_attr">On 3 May 2024 Desk &lt;d@x.y&gt; wrote:</div>'
        '<blockquote class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: Bo</div>'
        "Hello</blockquote></div>",
        "Thanks.",
    ),
    TextAnswer(
        "lists",
        "<p>Two things:</p><ul><li>one</li><li>two<ol><li>a</li><li>b</li></ol></li></ul><p>Bye</p>",
        "Two things:\n\n- one\n- two\n  1. a\n  2. b\n\nBye",
    ),
    TextAnswer(
        "a table",
        "<table><tr><th>Item</th><th>Cost</th></tr><tr><td><p class=MsoNormal>Fee</p></td><td><p class=MsoNormal>12</p>"
        "</td></tr></table>after",
        "Item\tCost\nFee\t12\nafter",
    ),
    TextAnswer(
        "empty cells",
        "<table><tr><td>a</td><td>b</td></tr><tr><td></td><td>c</td></tr><tr><td>d</td><td></td></tr></table>e",
        "a\tb\nc\nd\ne",
    ),
    TextAnswer(
        "paragraphs in a list",
        "<ul><li><p>one</p></li><li><div>two</div></li><li><ol><li><p>a</p></li></ol></li></ul><p>Bye</p>",
        "- one\n- two\n-\n  1. a\n\nBye",
    ),
    TextAnswer(
        "links",
        'See <a href="https://x.example/a?b=1&amp;c=2">the file</a>, <a href="https://x.example/">x.example</a> and '
        '<a href="mailto:a@b.c">a@b.c</a>.',
        "See the file (https://x.example/a?b=1&c=2), x.example and a@b.c.",
    ),
    TextAnswer(
        "what is not shown",
        "<head><title>T</title><style>p{}</style></head><script>x()</script><div style='display: none'>hidden</div>"
        "<!-- comment -->shown",
        "shown",
    ),
    TextAnswer("white space", "<p>one\n  two&nbsp;three</p>\n\n<p>four<br>five</p>", "one two three\n\nfour\nfive"),
    TextAnswer("preformatted", "<pre>a\n  b\n</pre>c", "a\n  b\n\nc"),
    TextAnswer("no HTML at all", "just words", "just words"),
    TextAnswer("empty", "", ""),
    TextAnswer("broken", "<div><p>one<b>two</div></p></table>three<", "onetwo\n\nthree<"),
)
