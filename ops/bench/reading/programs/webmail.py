# ruff: noqa: E501  # the HTML of a mail program stays on one line
"""Programs in the browser."""

from ops.bench.reading.programs.row import BLOCK, Html, Plain, Program

_GMAIL_QUOTE = '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">'
_WEST = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "pl")

ROWS = (
    Program(
        "Gmail", "", "gmail",
        Html(
            '<div dir="ltr">TEXT</div><div dir="ltr"><br></div>',
            '<div dir="ltr" class="gmail_attr">ATTRIBUTION<br></div>',
            '<br><div class="gmail_quote gmail_quote_container">', "</div>", (_GMAIL_QUOTE, "</blockquote>"),
            '<div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div dir="ltr">TEXT</div></div>',
        ),
        Plain(width=76), marks=("gmail",),
    ),
    Program(
        "Outlook web", "", "________________________________\n" + BLOCK,
        Html(
            '<div class="elementToProof" style="font-family: Aptos, Calibri, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);">TEXT</div><div class="elementToProof"><br></div>',
            '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">ATTRIBUTION</font><div>&nbsp;</div></div>',
            '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">', "", ("<div>", "</div>"),
            '<div id="Signature"><div class="elementToProof">TEXT</div></div>', marked=False,
        ),
        Plain("", 0, ""), BLOCK, marks=("divrplyfwdmsg", "appendonsend", "signature", "elementtoproof"),
        encoding="base64", translates=True,
    ),
    Program(
        "Yahoo", "X-Mailer: WebService/1.1.22645 YMailNorrin\r\n", "yahoo",
        Html(
            '<div dir="ltr" data-setdir="false">TEXT</div><div><br></div>',
            '<div style="font-family:\'Helvetica Neue\', Helvetica, Arial, sans-serif;font-size:13px;color:#26282a;"><div>ATTRIBUTION</div><div><br></div><div><br></div>',
            '<div id="ydp1c5e2yahoo_quoted_3388166" class="ydp1c5e2yahoo_quoted">', "</div></div>", ("<div>", "</div>"),
            '<div class="ydp6af3signature"><div>TEXT</div></div>', splits=False,
        ),
        Plain("  ", 76, "\n"), marks=("yahoo", "ydp"), languages=(*_WEST, "ru", "zh"),
    ),
    Program(
        "Proton", "", "proton",
        Html(
            '<div style="font-family: Arial, sans-serif; font-size: 14px;">TEXT</div><div style="font-family: Arial, sans-serif; font-size: 14px;"><br></div>',
            "ATTRIBUTION<br><br>", '<div class="protonmail_quote">', "</div>",
            ('<blockquote class="protonmail_quote" type="cite">', "</blockquote><br>"),
            '<div class="protonmail_signature_block" style="font-family: Arial, sans-serif; font-size: 14px;"><div class="protonmail_signature_block-user">TEXT</div></div>',
        ),
        Plain(gap="\n"), mobile="Sent with [Proton Mail](https://proton.me/mail/home) secure email.", marks=("protonmail",),
    ),
    Program(
        "Zoho", "X-Mailer: Zoho Mail\r\nUser-Agent: Zoho Mail\r\n",
        "---- On {EEE, dd MMM y HH:mm:ss} +0100 $name <$address> wrote ---",
        Html(
            "<div>TEXT<br></div><div><br></div>", "<div>ATTRIBUTION<br></div><div><br></div>",
            '<div class="zmail_extra_hr" style="border-top: 1px solid rgb(204, 204, 204); min-height: 0px; margin-top: 10px; margin-bottom: 10px; line-height: 0px;"><br></div><div class="zmail_extra" data-zbluepencil-ignore="true">',
            "</div>", ('<blockquote id="blockquote_zmail" style="margin: 0px;"><div>', "</div></blockquote>"),
            '<div id="Zm-_Id_-Sgn1" class="zmail_signature_below">TEXT<br></div>',
        ),
        Plain("", 0, "\n"),marks=("zmail", "zm-_id"),
    ),
    Program(
        "Fastmail", "User-Agent: Cyrus-JMAP/3.11\r\n", "On {EEE, MMM d, y}, at {h:mm a}, $name wrote:",
        Html(
            "<div>TEXT<br></div><div><br></div>", "<div>ATTRIBUTION<br></div>", "", "",
            ('<blockquote type="cite" id="qt" style="">', "</blockquote><div><br></div>"), '<div id="sig121229152"><div class="signature">TEXT<br></div></div>',
        ),
        Plain(gap="", width=72), marks=("qt", "sig121"),
    ),
    Program(
        "GMX", "", "$SENT: $date\n$FROM: $name <$address>\n$TO: $mail\n$SUBJECT: $title\n",
        Html(
            '<div>TEXT</div>\n<div>&nbsp;</div>', "<div style=\"margin:0 0 10px 0;\">ATTRIBUTION</div>",
            '<div name="quote" style="margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5; word-wrap: break-word;">', "</div>",
            ('<div name="quoted-content">', "</div>"), '<div class="signature">TEXT</div>', splits=False,
        ),
        Plain("> ", 0, ""), languages=("de", "en", "fr", "es", "it"), marks=("quoted-content",),
    ),
    Program(
        "Web.de app", "", "Am {dd.MM.yy, HH:mm} schrieb \"$name\" <$address>:",
        Html(
            "<p>TEXT</p>", "<p>ATTRIBUTION</p>", "", "", ('<blockquote class="mail-quote" type="cite">', "</blockquote>"),
        ),
        mobile="Gesendet mit der WEB.DE Mail App", languages=("de",), marks=("mail-quote",),
    ),
    Program(
        "Roundcube", "User-Agent: Roundcube Webmail/1.6.9\r\n", "roundcube",
        Html(
            "<p>TEXT</p>", '<p id="reply-intro">ATTRIBUTION</p>', "", "",
            ('<blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0">', "</blockquote>"),
            '<div id="_rc_sig"><pre>-- <br>TEXT</pre></div>',
        ),
        Plain(gap="", width=72, from_html=False), marks=("reply-intro", "_rc_sig"),
    ),
    Program("Horde", "User-Agent: Horde Application Framework 5\r\n", "horde", plain=Plain(width=76, gap="\n", from_html=False, flowed=True)),
    Program(
        "HEY", "", "On {MMMM d, y}, $name <$address> wrote:",
        Html(
            '<div class="trix-content"><div>TEXT</div></div>', "<div>ATTRIBUTION</div>",
            '<br><div class="trix-content"><hey-quote>', "</hey-quote></div>", ("<blockquote>", "</blockquote>"),
        ),
        Plain(gap="\n"), languages=("en", "de", "fr", "nl"),
    ),
    Program(
        "Front", "X-Mailer: Front (1.0; +https://frontapp.com)\r\n", "On {MMMM d, y} at {h:mm a} GMT+1 $address wrote:",
        Html(
            "<div>TEXT</div><div><br></div>", "ATTRIBUTION<br><br>", '<div class="front-signature"></div><br>', "",
            ('<blockquote type="cite" class="front-blockquote">', "</blockquote>"), '<div class="front-signature">TEXT</div>',
        ),
        Plain(), languages=_WEST, marks=("front",),
    ),
    Program(
        "Zimbra", "X-Mailer: Zimbra 9.0.0_GA_4583\r\n", "----- Original Message -----\n$FROM: \"$name\" <$address>\n$TO: \"$to\" <$mail>\n$SENT: $date\n$SUBJECT: $title\n",
        Html(
            "<div>TEXT</div><div><br></div>", '<div data-marker="__HEADERS__"><blockquote style="border-left:2px solid #1010FF;margin-left:5px;padding-left:5px;">ATTRIBUTION</blockquote></div>',
            '<hr id="zwchr" data-marker="__DIVIDER__">', "",
            ('<div data-marker="__QUOTED_TEXT__"><blockquote style="border-left:2px solid #1010FF;margin-left:5px;padding-left:5px;">', "</blockquote></div>"),
            '<div data-marker="__SIG_PRE__"><p>TEXT</p></div>',
        ),
        Plain("> ", 0, ""), html_attribution=BLOCK, marks=("zwchr",), languages=_WEST,
    ),
    Program(
        "AOL", "X-Mailer: WebService/1.1.22645 AolMailNorrin\r\n", "-----Original Message-----\nFrom: $name <$address>\nTo: $mail\nSent: {EEE, MMM d, y h:mm a}\nSubject: $title\n",
        Html(
            '<div>TEXT</div><div><br></div>', '<div style="font-family:arial,helvetica;font-size:10pt;color:black">ATTRIBUTION</div>', "<br><br>", "",
            ('<div id="aolmail_1">', "</div>"), marked=False,
        ),
        Plain("", 0, ""), languages=("en", "fr", "es"), marks=("aolmail",),
    ),
    Program(
        "Tuta", "", "{MMM d, y, HH:mm} by $address:",
        Html(
            "<div>TEXT</div><div><br></div>", "ATTRIBUTION<br>", "", "",
            ('<blockquote class="tutanota_quote" style="border-left: 1px solid #93A3B8; padding-left: 10px; margin-left: 5px;">', "</blockquote>"),
            '<div class="tutanota_signature">TEXT</div>',
        ),
        Plain(gap="\n"), languages=_WEST, marks=("tutanota",),
    ),
)  # fmt: skip  # a row stays short
