# ruff: noqa: E501  # the HTML of a mail program stays on one line
"""Programs on telephones and tablets."""

from ops.bench.reading.programs.row import BLOCK, Html, Plain, Program

_WEST = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "pl")
_GMAIL_QUOTE = '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">'
_SAMSUNG = "-------- $ORIGINAL --------\n$FROM: $name <$address> \n$DATED: {dd/MM/y  HH:mm  '(GMT+01:00)'} \n$TO: $mail \n$SUBJECT: $title \n"

ROWS = (
    Program(
        "Gmail Android", "", "gmail",
        Html('<p dir="ltr">TEXT</p>', '<div dir="ltr" class="gmail_attr">ATTRIBUTION<br></div>', '<div class="gmail_quote">', "</div>", (_GMAIL_QUOTE, "</blockquote>")),
        Plain(width=76), marks=("gmail",),
    ),
    Program(
        "Gmail iOS", "", "gmail",
        Html('<div dir="auto">TEXT</div><div dir="auto"><br></div>', '<div dir="ltr" class="gmail_attr">ATTRIBUTION<br></div>', '<div><br><div class="gmail_quote gmail_quote_container">', "</div></div>", (_GMAIL_QUOTE, "</blockquote>")),
        Plain(width=76), marks=("gmail",), encoding="base64",
    ),
    Program(
        "iPhone", "X-Mailer: iPhone Mail (23B85)\r\n", "apple",
        Html('<div dir="ltr">TEXT</div><div dir="ltr"><br></div>', '<div dir="ltr">ATTRIBUTION<br><br></div>', '<div dir="ltr"><br>', "</div>", ('<blockquote type="cite"><div dir="ltr">', "</div></blockquote>"), '<div dir="ltr">TEXT</div>'),
        Plain(gap="\n", from_html=False), mobile="iphone", marks=("apple",),
    ),
    Program(
        "Outlook mobile", "", "________________________________\n" + BLOCK,
        Html(
            '<div dir="ltr" style="font-family: Aptos, Aptos_MSFontService, -apple-system, Roboto, Arial, Helvetica, sans-serif; font-size: 12pt;">TEXT</div><div><br></div>',
            '<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size: 11pt;">ATTRIBUTION</font></div>',
            '<hr style="display: inline-block; width: 98%;">', "", ("<div>", "</div>"), '<div id="ms-outlook-mobile-signature">TEXT</div>', marked=False,
        ),
        Plain("", 0, ""), html_attribution=BLOCK, mobile="outlook", marks=("divrplyfwdmsg", "ms-outlook-mobile"), encoding="base64", translates=True,
    ),
    Program(
        "Yahoo mobile", "X-Mailer: YMail_Android\r\n", "  On {EEE, MMM d, y} at {h:mm a}, $name<$address> wrote:",
        Html(
            "TEXT<br><br>", '<div style="font-family:Roboto, sans-serif; color:#6D00F6;"> <div>ATTRIBUTION</div></div>', '<div id="ymail_android_signature"></div> <br> <blockquote style="margin: 0 0 20px 0;">', "</blockquote>",
            ('<div style="padding: 10px 0 0 20px; margin: 10px 0 0 0; border-left: 1px solid #6D00F6;">', "</div>"), '<div id="ymail_android_signature">TEXT</div>', splits=False,
        ),
        Plain("", 0, "   "), mobile="Sent from Yahoo Mail on Android", languages=_WEST, marks=("yahoo", "ymail"),
    ),
    Program(
        "Samsung", "", _SAMSUNG,
        Html(
            '<div dir="auto">TEXT</div><div dir="auto"><br></div>', '<div align="left" dir="auto" style="font-size:100%;color:#000000">ATTRIBUTION</div><div dir="auto"><br></div>', "<div><br></div>", "", ("<div>", "</div>"),
            '<div id="composer_signature" dir="auto"><div style="font-size:12px;color:#575757" dir="auto">TEXT</div></div>', marked=False,
        ),
        Plain("", 0, ""), mobile="galaxy", marks=("composer_signature",), encoding="base64",
    ),
    Program(
        "Spark", "X-Readdle-Message-ID: 7a3c@Spark\r\n", "On {d MMM y} at {HH:mm} +0100, $name <$address>, wrote:",
        Html(
            '<div name="messageBodySection"><div dir="auto">TEXT<br /></div></div>', '<div name="messageReplySection">ATTRIBUTION<br />', "", "</div>",
            ('<blockquote type="cite" style="border-left-color: grey; border-left-width: thin; border-left-style: solid; margin: 5px 5px;padding-left: 10px;">', "</blockquote>"),
            '<div name="messageSignatureSection"><br />TEXT</div>',
        ),
        Plain(gap=""), marks=("messagereplysection", "messagesignaturesection", "messagebodysection"), languages=_WEST,
    ),
    Program(
        "Airmail", "X-Mailer: Airmail (663)\r\n", "On {d MMMM y} at {HH:mm:ss}, $name ($address) wrote:",
        Html(
            '<div id="bloop_customfont" style="font-family:Helvetica,Arial;font-size:13px; margin: 0px;">TEXT</div><br>', '<p class="airmail_on">ATTRIBUTION</p>', "", "",
            ('<blockquote type="cite" class="clean_bq"><span><div><div>', "</div></div></span></blockquote>"), '<div class="bloop_sign">TEXT</div>',
        ),
        Plain(gap="\n", width=76), marks=("airmail", "bloop", "clean_bq"), languages=_WEST,
    ),
    Program(
        "K-9", "User-Agent: K-9 Mail for Android\r\n", "k9",
        Html(
            '<div dir="auto">TEXT</div><br>', '<div class="gmail_quote"><div dir="auto">ATTRIBUTION</div>', "<br>", "</div>",
            ('<blockquote class="gmail_quote" style="margin: 0pt 0pt 0pt 0.8ex; border-left: 1px solid rgb(204, 204, 204); padding-left: 1ex;">', "</blockquote>"), '<div class="k9mail-signature">TEXT</div>',
        ),
        Plain(">", 72, "", from_html=False), mobile="Sent from my Android device with K-9 Mail. Please excuse my brevity.", marks=("k9mail", "gmail"), encoding="8bit", languages=_WEST,
    ),
    Program(
        "BlueMail", "X-Mailer: BlueMail for Android (1.140)\r\n", "On {d MMM y}, {HH:mm}, at {HH:mm}, \"$name\" <$address> wrote:",
        Html('<div dir="auto">TEXT<br><br></div>', '<div class="gmail_quote">ATTRIBUTION', "", "</div>", ('<blockquote class="gmail_quote" style="margin: 0pt 0pt 0pt 0.8ex; border-left: 1px solid rgb(204, 204, 204); padding-left: 1ex;">', "</blockquote>"), '<div class="blue-signature">TEXT</div>'),
        Plain(">", 72, ""), mobile="Get BlueMail for Android", marks=("gmail", "blue"), languages=_WEST,
    ),
)  # fmt: skip  # a row stays short
