# ruff: noqa: E501  # the HTML of a mail program stays on one line
"""Programs of Russia, Ukraine, China, Korea and Japan."""

from ops.bench.reading.programs.row import Html, Plain, Program

ROWS = (
    Program(
        "Mail.ru", "X-Mailer: Mail.Ru Mailer 1.0\r\n", "mailru",
        Html(
            "<div>TEXT</div><div>&nbsp;</div>", '<div>ATTRIBUTION<br>&nbsp;', "", "</div>",
            ('<blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">', "</blockquote>"), '<div data-signature-widget="container"><div data-signature-widget="content">TEXT</div></div>',
        ),
        Plain(gap="", width=0), languages=("ru",), encoding="base64",
    ),
    Program(
        "Yandex", "X-Mailer: Yamail [ http://yandex.ru ] 5.0\r\n", "yandex",
        Html("<div>TEXT</div><div> </div>", "<div>ATTRIBUTION</div>", "", "", ("<blockquote>", "</blockquote>"), "<div>-- </div><div>TEXT</div>"),
        languages=("ru",), encoding="base64",
    ),
    Program(
        "QQ", "X-Mailer: QQMail 2.x\r\n", "------------------ $ORIGINAL ------------------\n$FROM: \"$name\" <$address>;\n$SENT: {y年M月d日(EEEE) ah:mm}\n$TO: \"$to\" <$mail>;\n$SUBJECT: $title\n",
        Html(
            "<div>TEXT</div><div><br></div>", '<div style="font-size: 12px;background:#efefef;padding:8px;">ATTRIBUTION</div><div><br></div>', '<div><includetail><div>&nbsp;</div>', "</includetail></div>",
            ("<div>", "</div>"), '<div class="xm_mail_oneself_1">TEXT</div>', marked=False,
        ),
        Plain("", 0, ""), languages=("zh",), encoding="base64", legacy=True,
    ),
    Program(
        "NetEase", "X-Mailer: Coremail Webmail Server Version 2024\r\n", "netease",
        Html(
            '<div style="line-height:1.7;color:#000000;font-size:14px;font-family:Arial"><div>TEXT</div></div>', "<p>ATTRIBUTION</p>", '<div style="position:relative;zoom:1"></div>', "",
            ('<blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; BORDER-LEFT: #ccc 1px solid">', "</blockquote>"),
        ),
        Plain(">", 0, ""), languages=("zh",), encoding="base64", legacy=True, marks=("isreplycontent",),
    ),
    Program(
        "Naver", "X-Mailer: Naver Mail Web Service\r\n", "-----Original Message-----\nFrom: \"$name\" <$address>\nTo: <$mail>;\nCc:\nSent: {y-MM-dd (EEE) HH:mm:ss} (GMT+09:00)\nSubject: $title\n",
        Html(
            "<p>TEXT</p>", "<p>ATTRIBUTION</p>", '<div style="font-size:10pt"><div style="display:inline"></div>', "</div>", ('<div class="mail_view_contents" style="padding-left:10px">', "</div>"), marked=False,
        ),
        Plain("", 0, ""), languages=("ko",), encoding="base64",
    ),
    Program(
        "Becky!", "X-Mailer: Becky! ver. 2.81.07 [ja]\r\n", "On {EEE, d MMM y HH:mm:ss} +0900\n$name <$address> wrote:",
        plain=Plain("> ", 0, "\n", from_html=False), languages=("ja",), encoding="7bit", legacy=True,
    ),
)  # fmt: skip  # a row stays short
