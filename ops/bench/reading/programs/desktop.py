# ruff: noqa: E501  # the HTML of a mail program stays on one line
"""Programs on the desktop."""

from ops.bench.reading.programs.row import BLOCK, Html, Plain, Program

_CITE = '<blockquote type="cite">'
_MSO_LINE = '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal">ATTRIBUTION</p></div></div>'
_WEST = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "pl", "cs")

ROWS = (
    Program(
        "Outlook", "X-Mailer: Microsoft Outlook 16.0\r\nThread-Index: AdxYb2Jv\r\n", "-----$ORIGINAL-----\n" + BLOCK,
        Html(
            '<p class="MsoNormal"><span style="font-size:11.0pt">TEXT<o:p></o:p></span></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>',
            _MSO_LINE, "", "", ('<p class="MsoNormal"><o:p>&nbsp;</o:p></p><div>', "</div>"), '<p class="MsoNormal">TEXT<o:p></o:p></p>', marked=False,
        ),
        Plain("", 0, ""), html_attribution=BLOCK, marks=("border:none;border-top", "mso"), encoding="quoted-printable", legacy=True, translates=True,
    ),
    Program(
        "Outlook new", "", BLOCK,
        Html(
            '<div style="font-family: Aptos, Arial, Helvetica, sans-serif; font-size: 12pt;">TEXT</div><div><br></div>',
            '<div style="border-width: 1pt medium medium; border-style: solid none none; border-color: rgb(225, 225, 225) currentcolor currentcolor; padding: 3pt 0in 0in;" id="mail-editor-reference-message-container"><p>ATTRIBUTION</p>',
            '<div id="mail-editor-reference-message-container"><div class="ms-outlook-mobile-reference-message skipProofing">', "</div></div></div>", ("<div>", "</div>"),
            '<div id="ms-outlook-mobile-signature"><p>TEXT</p></div>', marked=False,
        ),
        Plain("", 0, ""), marks=("mail-editor-reference", "ms-outlook-mobile"), encoding="base64", translates=True,
    ),
    Program(
        "Outlook Mac", "User-Agent: Microsoft-MacOutlook/16.89\r\n", BLOCK.replace("$SENT", "$DATED"),
        Html(
            '<div style="font-family: Calibri, sans-serif; font-size: 11pt;">TEXT</div><div><br></div>',
            '<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">ATTRIBUTION</p></div>',
            '<span id="OLK_SRC_BODY_SECTION">', "</span>", ("<div>", "</div>"), marked=False,
        ),
        Plain("", 0, ""), marks=("olk_src", "border:none;border-top"), translates=True,
    ),
    Program(
        "Windows Mail", "", BLOCK,
        Html(
            '<p class="MsoNormal">TEXT</p><p class="MsoNormal">&nbsp;</p>',
            '<div style="mso-element:para-border-div;border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal" style="border:none;padding:0in">ATTRIBUTION</p></div>',
            "", "", ("<div>", "</div>"), marked=False,
        ),
        Plain("", 0, ""), mobile="windows", marks=("border:none;border-top", "mso"), translates=True,
    ),
    Program(
        "Apple Mail", "X-Mailer: Apple Mail (2.3826.200.121)\r\n", "apple",
        Html(
            "<div>TEXT</div><div><br></div>", "<div>ATTRIBUTION</div><br class=\"Apple-interchange-newline\">", "<div><br>", "</div>", (_CITE + "<div>", "</div></blockquote>"),
            '<div class="AppleMailSignature">TEXT</div>',
        ),
        Plain(width=0, gap="\n", from_html=False), marks=("apple",),
    ),
    Program(
        "Thunderbird", "User-Agent: Mozilla Thunderbird\r\n", "thunderbird",
        Html(
            "<p>TEXT</p>", '<div class="moz-cite-prefix">ATTRIBUTION<br></div>', "", "",
            ('<blockquote type="cite" cite="mid:case.77@cases.example">', "</blockquote>"), '<div class="moz-signature">-- <br>TEXT</div>',
        ),
        Plain(width=72, gap="", from_html=False, flowed=True), marks=("moz",), encoding="8bit", legacy=True,
    ),
    Program(
        "eM Client", "User-Agent: eM_Client/10.1\r\n", '------ Original Message ------\nFrom "$name" <$address>\nTo "$to" <$mail>\nDate {M/d/y h:mm:ss a}\nSubject $title\n',
        Html(
            "<div>TEXT</div><div><br /></div>", "<div>ATTRIBUTION</div><div><br /></div>", "<div id=\"xb1d\">", "</div>",
            ('<blockquote cite="77@cases.example" type="cite" class="cite2">', "</blockquote>"), '<div id="signature_old">TEXT</div>',
        ),
        Plain(gap="", width=72), languages=_WEST,
    ),
    Program(
        "The Bat!", "X-Mailer: The Bat! (v11.4) Professional\r\n", "{EEEE, MMMM d, y, h:mm:ss a}, you wrote:",
        plain=Plain("HL> ", 68, "\n", from_html=False), languages=("en", "de", "ru", "uk", "pl"), encoding="8bit",
    ),
    Program(
        "Evolution", "User-Agent: Evolution 3.54.3\r\n", "On {EEE, y-MM-dd} at {HH:mm} +0100, $name wrote:",
        Html(
            "<div>TEXT</div><div><br></div>", "<div>ATTRIBUTION</div>", "", "", (_CITE, "</blockquote><div><br></div>"), "<div><span>-- <br>TEXT</span></div>",
        ),
        Plain(gap="", width=71, from_html=False), languages=_WEST, encoding="8bit",
    ),
    Program("KMail", "User-Agent: KMail/6.3.1\r\n", "On {EEEE, d MMMM y HH:mm:ss} Central European Standard Time $name wrote:", plain=Plain(gap="", width=76, from_html=False), languages=_WEST),
    Program("Mutt", "User-Agent: Mutt/2.2.13 (2024-03-09)\r\n", "On {EEE, MMM dd, y} at {hh:mm:ssa} +0100, $name wrote:", plain=Plain(gap="", width=72, from_html=False), encoding="8bit", legacy=True),
    Program(
        "Notes", "X-Mailer: HCL Notes Release 12.0.2\r\n", '$FROM:   "$name" <$address>\n$TO:     "$to" <$mail>\n$DATED:   {dd.MM.y HH:mm}\n$SUBJECT:        $title\n',
        Html(
            '<font size=2 face="sans-serif">TEXT</font><br><br>',
            '<font size=1 color=#5f5f5f face="sans-serif">ATTRIBUTION</font>', "<br><br>", "", ("<hr noshade><br><br>", ""), marked=False,
        ),
        Plain("", 72, ""), legacy=True, languages=("en", "de", "fr", "it", "es", "ja", "zh"),
    ),
    Program("GroupWise", "X-Mailer: Novell GroupWise Internet Agent 18.4.2\r\n", ">>> $name <$address> {dd.MM.yy HH:mm} >>>", plain=Plain("", 0, "", from_html=False), languages=("en", "de", "nl", "fr")),
    Program(
        "Mailbird", "X-Mailer: Mailbird 3.0.18\r\n", "On {M/d/y h:mm:ss a}, $name <$address> wrote:",
        Html(
            '<div>TEXT</div><div><br></div>', "ATTRIBUTION<br>", '<blockquote class="history_container" type="cite" style="border-left-style:solid;border-width:1px; margin-top:20px; margin-left:0px;padding-left:10px;">', "</blockquote>",
            ("<div>", "</div>"), '<div class="mb_sig">TEXT</div>', splits=False,
        ),
        Plain("", 0, "\n"), marks=("history_container", "mb_sig"), languages=_WEST,
    ),
    Program(
        "Polymail", "X-Mailer: Polymail\r\n", "$name <$address>\n$TO: $mail\n",
        Html(
            "<div>TEXT</div><div><br></div>", "<div>ATTRIBUTION</div>", '<div class="gmail_extra polymail_quote">', "</div>", ('<blockquote style="border-left:1px solid #ccc; padding-left:8px">', "</blockquote>"),
        ),
        Plain("", 0, ""), html_attribution="On {MMM d, y} at {h:mm a}, $name wrote:", languages=("en", "de", "fr"), marks=("polymail", "gmail"),
    ),
    Program(
        "Superhuman", "X-Mailer: Superhuman Desktop (2026-11-20)\r\n", "On {EEE, MMM d, y} at {h:mm a}, $name <$address> wrote:",
        Html(
            "<div>TEXT</div><div><br/></div>", '<div>ATTRIBUTION<br/></div>', '<div class="gmail_quote sh-quoted-content">', "</div>", ('<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">', "</blockquote>"),
            '<div class="gmail_signature sh-signature">TEXT</div>',
        ),
        Plain(), mobile="Sent via Superhuman ( https://sprh.mn/?vip=anna@people.example )", languages=("en", "de", "fr", "es"), marks=("sh-", "gmail"),
    ),
    Program(
        "Mailspring", "X-Mailer: Mailspring\r\n", "On {MMM d y}, at {h:mm a}, $name <$address> wrote:",
        Html(
            "<div>TEXT</div><br>", "<div>ATTRIBUTION</div>", '<div class="gmail_quote_attribution"></div>', "", ('<blockquote class="gmail_quote">', "</blockquote>"), "<signature>TEXT</signature>",
        ),
        languages=_WEST, marks=("gmail",),
    ),
)  # fmt: skip  # a row stays short
