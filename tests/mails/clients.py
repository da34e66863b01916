# ruff: noqa: E501  a line of a mail reads best on a line
"""The mail programs that speak every language: what each makes of an answer, in plain text and in HTML.

Each function is one program. To add one, write its function and name it in `CLIENTS`.
"""

import textwrap
from collections.abc import Callable
from html import escape

from schemas.own_mail import REPLY_MARKER
from tests.mails.mail import Answer, Wire
from tests.mails.translations import ADDRESS, Tongue

_LATIN = 0x250
_OUTLOOK_APP = "Get Outlook for iOS"


def _sent_as(text: str) -> Wire:
    """UTF-8 as Gmail sends it: in quoted-printable, or in base64 where that is shorter."""
    many = sum(ord(letter) > _LATIN for letter in text) * 4 > len(text)
    return Wire("utf-8", "base64" if many else "quoted-printable")


def _signs(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _asked(tongue: Tongue) -> str:
    """What the person answers to, in every other language one of casemail's own mails."""
    return f"{REPLY_MARKER}\n\n{tongue.question}" if sum(map(ord, tongue.code)) % 2 else tongue.question


def _asked_html(tongue: Tongue) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in _asked(tongue).split("\n") if line)


def _divs(tongue: Tongue) -> str:
    return "<div><br></div>".join(f"<div>{escape(word)}</div>" for word in tongue.words)


def gmail(tongue: Tongue) -> Answer:
    """Gmail in a browser: the attribution is broken at 76 characters."""
    line = tongue.says(tongue.gmail)
    broken = "\n".join(textwrap.wrap(line, 76, break_on_hyphens=False))
    text = f"{tongue.own}\n\n{broken}\n\n{_signs(_asked(tongue))}\n"
    side = "rtl" if tongue.code in ("ar", "he", "fa") else "ltr"
    html = (
        f'<div dir="{side}">{_divs(tongue)}</div><br><div class="gmail_quote gmail_quote_container"><div dir="{side}" class="gmail_attr">'
        f'{escape(line)}<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid '
        f'rgb(204,204,204);padding-left:1ex">{_asked_html(tongue)}</blockquote></div>'
    )
    return Answer("gmail", tongue.code, "top", tongue.own, text, html, _sent_as(text))


def gmail_signed(tongue: Tongue) -> Answer:
    """Gmail with a signature of one's own above the quote."""
    plain = gmail(tongue)
    text = plain.text.replace(tongue.own, f"{tongue.own}\n\n-- \nAnna Smith\n+44 20 7946 0958", 1)
    html = plain.html.replace(
        "</div><br>",
        '<div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" '
        'data-smartmail="gmail_signature"><div>Anna Smith</div><div>+44 20 7946 0958</div></div></div><br>',
        1,
    )
    return plain._replace(client="gmail with a signature", text=text, html=html)


def apple_mail(tongue: Tongue) -> Answer | None:
    """Apple Mail on a computer: the attribution is in the quote in HTML, above it in plain text."""
    if not tongue.apple:
        return None
    line = tongue.says(tongue.apple)
    text = f"{tongue.own}\n\n{line}\n\n{_signs(_asked(tongue))}\n"
    html = (
        f'<html><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space;">{_divs(tongue)}<div><br><blockquote type="cite">'
        f'<div>{escape(line)}</div><br class="Apple-interchange-newline"><div>{_asked_html(tongue)}</div></blockquote></div><br></body></html>'
    )
    return Answer(
        "apple mail", tongue.code, "top", tongue.own, text, html, program="X-Mailer: Apple Mail (2.3774.500.171)"
    )


def iphone(tongue: Tongue) -> Answer | None:
    """Mail on an iPhone: the attribution is quoted too, and a sign of the byte order stands before the quoted text."""
    if not tongue.apple:
        return None
    line = tongue.says(tongue.apple)
    text = f"{tongue.own}\n\n{tongue.iphone}\n\n> {line}\n> \n> \ufeff{_signs(_asked(tongue))[2:]}\n"
    html = (
        f'<html><body dir="auto">{_divs(tongue)}<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">{escape(tongue.iphone)}</div>'
        f'<div dir="ltr"><br><blockquote type="cite">{escape(line)}<br><br></blockquote></div><blockquote type="cite">'
        f'<div dir="ltr">\ufeff{_asked_html(tongue)}</div></blockquote></body></html>'
    )
    return Answer(
        "iphone", tongue.code, "top", tongue.own, text, html, _sent_as(text), "X-Mailer: iPhone Mail (21E236)"
    )


def _block(tongue: Tongue, bold: str = "") -> str:
    sender, sent, to, subject, date = tongue.block
    rows = (
        (sender, f"{tongue.name} <{ADDRESS}>"),
        (sent, date),
        (to, "Anna Smith <anna@x.example>"),
        (subject, "Case 17"),
    )
    return "\n".join(f"{bold}{label}:{bold} {value}" for label, value in rows)


def _block_html(tongue: Tongue) -> str:
    lines = (line.partition(":") for line in _block(tongue).split("\n"))
    return "<br>".join(f"<b>{escape(label)}:</b> {escape(value.strip())}" for label, _, value in lines)


def outlook_windows(tongue: Tongue) -> Answer:
    """Outlook for Windows: a header block under a border line."""
    text = f"{tongue.own}\n\n{_block(tongue)}\n\n{_asked(tongue)}\n"
    gap = '<p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
    words = gap.join(f'<p class="MsoNormal">{escape(word)}<o:p></o:p></p>' for word in tongue.words)
    html = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal {margin:0cm;} --></style></head>'
        f'<body lang="EN-GB" link="#0563C1"><div class="WordSection1">{words}{gap}<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;'
        f'padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">{_block_html(tongue)}<o:p></o:p></p></div></div>{gap}'
        f'<p class="MsoNormal">{escape(tongue.question)}<o:p></o:p></p></div></body></html>'
    )
    return Answer("outlook for windows", tongue.code, "top", tongue.own, text, html, Wire("utf-8", "base64"))


def outlook_web(tongue: Tongue) -> Answer:
    """Outlook on the web: `appendonsend`, a rule, and `divRplyFwdMsg`; in the old charset of the language."""
    text = f"{tongue.own}\n\n{'_' * 32}\n{_block(tongue)}\n\n{_asked(tongue)}\n"
    words = '<div class="elementToProof"><br></div>'.join(
        f'<div class="elementToProof" style="font-family: Calibri">{escape(word)}</div>' for word in tongue.words
    )
    html = (
        f'<html><head></head><body dir="ltr">{words}<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">{_block_html(tongue)}</font>'
        f"<div>&nbsp;</div></div>{_asked_html(tongue)}</body></html>"
    )
    wire = Wire(tongue.charset, "7bit" if tongue.charset == "iso-2022-jp" else "quoted-printable")
    return Answer("outlook on the web", tongue.code, "top", tongue.own, text, html, wire)


def outlook_phone(tongue: Tongue) -> Answer:
    """Outlook on a telephone, which signs in English wherever its own words are not known here."""
    text = f"{tongue.own}\n\n{_OUTLOOK_APP}<https://aka.ms/o0ukef>\n{'_' * 32}\n{_block(tongue)}\n\n{_asked(tongue)}\n"
    html = (
        f'<html><body><div dir="ltr">{_divs(tongue)}</div><div id="ms-outlook-mobile-signature" dir="ltr"><div><br></div>Get <a href="https://aka.ms/o0ukef">'
        f'Outlook for iOS</a></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">{_block_html(tongue)}</div>'
        f"{_asked_html(tongue)}</body></html>"
    )
    return Answer("outlook on a telephone", tongue.code, "top", tongue.own, text, html, _sent_as(text))


def outlook_bold(tongue: Tongue) -> Answer:
    """What a program that makes plain text of Outlook's HTML sends: labels between stars."""
    text = f"{tongue.own}\n\n{_block(tongue, '*')}\n\n{_asked(tongue)}\n"
    return Answer("outlook, made plain", tongue.code, "top", tongue.own, text, wire=Wire("utf-8", "8bit"))


def outlook_old(tongue: Tongue) -> Answer | None:
    """Outlook 2003 and its like in plain text: a heading of dashes, in the old charset of the language."""
    if not tongue.original:
        return None
    text = f"{tongue.own}\n\n-----{tongue.original}-----\n{_block(tongue)}\n\n{_asked(tongue)}\n"
    wire = Wire(tongue.charset, "7bit" if tongue.charset == "iso-2022-jp" else "8bit")
    program = "X-Mailer: Microsoft Office Outlook 11"
    return Answer("outlook 2003", tongue.code, "top", tongue.own, text, wire=wire, program=program)


def samsung(tongue: Tongue) -> Answer | None:
    """Samsung Email on a telephone: "Sent from", then a heading and a header block."""
    if not tongue.samsung:
        return None
    text = f"{tongue.own}\n\n{tongue.samsung}\n\n-------- {tongue.original} --------\n{_block(tongue)}\n\n{_asked(tongue)}\n"
    html = (
        f'<html><body><div dir="auto">{_divs(tongue)}</div><div dir="auto"><br></div><div id="composer_signature" dir="auto"><div style="font-size:12px;'
        f'color:#575757" dir="auto">{escape(tongue.samsung)}</div></div><div dir="auto"><br></div><div><br></div><div align="left" dir="auto" '
        f'style="font-size:100%;color:#000000"><div>-------- {escape(tongue.original)} --------</div>{_block_html(tongue)}<div><br></div></div>{_asked_html(tongue)}</body></html>'
    )
    return Answer("samsung", tongue.code, "top", tongue.own, text, html, Wire("utf-8", "base64"))


def thunderbird(tongue: Tongue) -> Answer | None:
    """Thunderbird, answered above the quote, with a signature below."""
    if not tongue.thunderbird:
        return None
    line = tongue.says(tongue.thunderbird)
    text = f"{tongue.own}\n\n{line}\n{_signs(_asked(tongue))}\n\n-- \nAnna Smith\n"
    html = (
        f'<html><body>{"".join(f"<p>{escape(word)}</p>" for word in tongue.words)}<div class="moz-cite-prefix">{escape(line)}<br></div>'
        f'<blockquote type="cite" cite="mid:1@in.example">{_asked_html(tongue)}</blockquote><pre class="moz-signature" cols="72">-- \nAnna Smith</pre></body></html>'
    )
    return Answer("thunderbird", tongue.code, "top", tongue.own, text, html, Wire("utf-8", "8bit"), _MOZILLA)


def thunderbird_below(tongue: Tongue) -> Answer | None:
    """Thunderbird in plain text, format=flowed, answered below the quote."""
    if not tongue.thunderbird:
        return None
    text = f"{tongue.says(tongue.thunderbird)}\n{_signs(_asked(tongue))}\n\n{tongue.own}\n\n-- \nAnna Smith\n"
    wire = Wire("utf-8", "8bit", flowed=True)
    return Answer("thunderbird", tongue.code, "bottom", tongue.own, text, "", wire, _MOZILLA)


def thunderbird_between(tongue: Tongue) -> Answer | None:
    """Thunderbird, answered between the lines: what is quoted between the own lines stays."""
    if not tongue.thunderbird or len(tongue.words) == 1:
        return None
    line = tongue.says(tongue.thunderbird)
    one, two = tongue.words
    own = f"{one}\n\n> {tongue.question}\n\n{two}"
    text = f"{line}\n> {tongue.question}\n\n{own}\n\n> {tongue.question}\n"
    asked = f'<blockquote type="cite" cite="mid:1@in.example"><p>{escape(tongue.question)}</p></blockquote>'
    html = f'<div class="moz-cite-prefix">{escape(line)}<br></div>{asked}<p>{escape(one)}</p>{asked}<p>{escape(two)}</p>{asked}'
    return Answer("thunderbird", tongue.code, "between", own, text, html, Wire("utf-8", "8bit"), _MOZILLA)


_MOZILLA = "User-Agent: Mozilla Thunderbird"

CLIENTS: tuple[Callable[[Tongue], Answer | None], ...] = (
    gmail,
    gmail_signed,
    apple_mail,
    iphone,
    outlook_windows,
    outlook_web,
    outlook_phone,
    outlook_bold,
    outlook_old,
    samsung,
    thunderbird,
    thunderbird_below,
    thunderbird_between,
)
