# ruff: noqa: E501  # a line of a mail stays on one line
"""The mail programs that speak many languages: the mail that each makes of an answer, in plain text and HTML.

Each function is a program. To add a program, write its function and add it to `CLIENTS`.
"""

import textwrap
from collections.abc import Callable
from html import escape

from schemas.own_mail import REPLY_MARKER
from tests.mails.answer import Answer, Wire
from tests.mails.languages import ADDRESS, Language

_LATIN = 0x250
_OUTLOOK_APP = "Get Outlook for iOS"


def _sent_as(text: str) -> Wire:
    """Returns how Gmail sends a text: in UTF-8, as quoted-printable, or as base64 where that is shorter."""
    many = sum(ord(letter) > _LATIN for letter in text) * 4 > len(text)
    return Wire("utf-8", "base64" if many else "quoted-printable")


def _signs(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _asked(language: Language) -> str:
    """Returns the text that the person answers; in about half of the languages it is a mail of casemail."""
    return f"{REPLY_MARKER}\n\n{language.question}" if sum(map(ord, language.code)) % 2 else language.question


def _asked_html(language: Language) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in _asked(language).split("\n") if line)


def _divs(language: Language) -> str:
    return "<div><br></div>".join(f"<div>{escape(word)}</div>" for word in language.words)


def gmail(language: Language) -> Answer:
    """Writes as Gmail in a browser, which breaks the attribution at 76 characters."""
    line = language.says(language.gmail)
    broken = "\n".join(textwrap.wrap(line, 76, break_on_hyphens=False))
    text = f"{language.own}\n\n{broken}\n\n{_signs(_asked(language))}\n"
    side = "rtl" if language.code in ("ar", "he", "fa") else "ltr"
    html = (
        f'<div dir="{side}">{_divs(language)}</div><br><div class="gmail_quote gmail_quote_container"><div dir="{side}" class="gmail_attr">'
        f'{escape(line)}<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid '
        f'rgb(204,204,204);padding-left:1ex">{_asked_html(language)}</blockquote></div>'
    )
    return Answer("gmail", language.code, "top", language.own, text, html, _sent_as(text))


def gmail_signed(language: Language) -> Answer:
    """Writes as Gmail with the person's signature above the quote."""
    plain = gmail(language)
    text = plain.text.replace(language.own, f"{language.own}\n\n-- \nAnna Smith\n+44 20 7946 0958", 1)
    html = plain.html.replace(
        "</div><br>",
        '<div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" '
        'data-smartmail="gmail_signature"><div>Anna Smith</div><div>+44 20 7946 0958</div></div></div><br>',
        1,
    )
    return plain._replace(client="gmail with a signature", text=text, html=html)


def apple_mail(language: Language) -> Answer | None:
    """Writes as Apple Mail on a computer: the attribution is in the quote in HTML, above it in plain text."""
    if not language.apple:
        return None
    line = language.says(language.apple)
    text = f"{language.own}\n\n{line}\n\n{_signs(_asked(language))}\n"
    html = (
        f'<html><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space;">{_divs(language)}<div><br><blockquote type="cite">'
        f'<div>{escape(line)}</div><br class="Apple-interchange-newline"><div>{_asked_html(language)}</div></blockquote></div><br></body></html>'
    )
    return Answer(
        "apple mail", language.code, "top", language.own, text, html, program="X-Mailer: Apple Mail (2.3774.500.171)"
    )


def iphone(language: Language) -> Answer | None:
    """Writes as Mail on an iPhone: the attribution is quoted, too, with a byte order mark before the quoted text."""
    if not language.apple:
        return None
    line = language.says(language.apple)
    text = f"{language.own}\n\n{language.iphone}\n\n> {line}\n> \n> \ufeff{_signs(_asked(language))[2:]}\n"
    html = (
        f'<html><body dir="auto">{_divs(language)}<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">{escape(language.iphone)}</div>'
        f'<div dir="ltr"><br><blockquote type="cite">{escape(line)}<br><br></blockquote></div><blockquote type="cite">'
        f'<div dir="ltr">\ufeff{_asked_html(language)}</div></blockquote></body></html>'
    )
    return Answer(
        "iphone", language.code, "top", language.own, text, html, _sent_as(text), "X-Mailer: iPhone Mail (21E236)"
    )


def _block(language: Language, bold: str = "") -> str:
    sender, sent, to, subject, date = language.block
    rows = (
        (sender, f"{language.name} <{ADDRESS}>"),
        (sent, date),
        (to, "Anna Smith <anna@x.example>"),
        (subject, "Case 17"),
    )
    return "\n".join(f"{bold}{label}:{bold} {value}" for label, value in rows)


def _block_html(language: Language) -> str:
    lines = (line.partition(":") for line in _block(language).split("\n"))
    return "<br>".join(f"<b>{escape(label)}:</b> {escape(value.strip())}" for label, _, value in lines)


def outlook_windows(language: Language) -> Answer:
    """Writes as Outlook for Windows: a header block under a border line."""
    text = f"{language.own}\n\n{_block(language)}\n\n{_asked(language)}\n"
    gap = '<p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
    words = gap.join(f'<p class="MsoNormal">{escape(word)}<o:p></o:p></p>' for word in language.words)
    html = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal {margin:0cm;} --></style></head>'
        f'<body lang="EN-GB" link="#0563C1"><div class="WordSection1">{words}{gap}<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;'
        f'padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">{_block_html(language)}<o:p></o:p></p></div></div>{gap}'
        f'<p class="MsoNormal">{escape(language.question)}<o:p></o:p></p></div></body></html>'
    )
    return Answer("outlook for windows", language.code, "top", language.own, text, html, Wire("utf-8", "base64"))


def outlook_web(language: Language) -> Answer:
    """Writes as Outlook on the web: `appendonsend`, a rule, and `divRplyFwdMsg`; in the old charset of the language."""
    text = f"{language.own}\n\n{'_' * 32}\n{_block(language)}\n\n{_asked(language)}\n"
    words = '<div class="elementToProof"><br></div>'.join(
        f'<div class="elementToProof" style="font-family: Calibri">{escape(word)}</div>' for word in language.words
    )
    html = (
        f'<html><head></head><body dir="ltr">{words}<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">{_block_html(language)}</font>'
        f"<div>&nbsp;</div></div>{_asked_html(language)}</body></html>"
    )
    wire = Wire(language.charset, "7bit" if language.charset == "iso-2022-jp" else "quoted-printable")
    return Answer("outlook on the web", language.code, "top", language.own, text, html, wire)


def outlook_phone(language: Language) -> Answer:
    """Writes as Outlook on a phone; signs in English where its wording in the language is not known here."""
    text = f"{language.own}\n\n{_OUTLOOK_APP}<https://aka.ms/o0ukef>\n{'_' * 32}\n{_block(language)}\n\n{_asked(language)}\n"
    html = (
        f'<html><body><div dir="ltr">{_divs(language)}</div><div id="ms-outlook-mobile-signature" dir="ltr"><div><br></div>Get <a href="https://aka.ms/o0ukef">'
        f'Outlook for iOS</a></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">{_block_html(language)}</div>'
        f"{_asked_html(language)}</body></html>"
    )
    return Answer("outlook on a telephone", language.code, "top", language.own, text, html, _sent_as(text))


def outlook_bold(language: Language) -> Answer:
    """Writes Outlook's HTML as other programs turn it into plain text: labels between stars."""
    text = f"{language.own}\n\n{_block(language, '*')}\n\n{_asked(language)}\n"
    return Answer("outlook, made plain", language.code, "top", language.own, text, wire=Wire("utf-8", "8bit"))


def outlook_old(language: Language) -> Answer | None:
    """Writes as Outlook 2003 or similar in plain text: a heading with dashes, in the old charset of the language."""
    if not language.original:
        return None
    text = f"{language.own}\n\n-----{language.original}-----\n{_block(language)}\n\n{_asked(language)}\n"
    wire = Wire(language.charset, "7bit" if language.charset == "iso-2022-jp" else "8bit")
    program = "X-Mailer: Microsoft Office Outlook 11"
    return Answer("outlook 2003", language.code, "top", language.own, text, wire=wire, program=program)


def samsung(language: Language) -> Answer | None:
    """Writes as Samsung Email on a telephone: "Sent from", then a heading and a header block."""
    if not language.samsung:
        return None
    text = f"{language.own}\n\n{language.samsung}\n\n-------- {language.original} --------\n{_block(language)}\n\n{_asked(language)}\n"
    html = (
        f'<html><body><div dir="auto">{_divs(language)}</div><div dir="auto"><br></div><div id="composer_signature" dir="auto"><div style="font-size:12px;'
        f'color:#575757" dir="auto">{escape(language.samsung)}</div></div><div dir="auto"><br></div><div><br></div><div align="left" dir="auto" '
        f'style="font-size:100%;color:#000000"><div>-------- {escape(language.original)} --------</div>{_block_html(language)}<div><br></div></div>{_asked_html(language)}</body></html>'
    )
    return Answer("samsung", language.code, "top", language.own, text, html, Wire("utf-8", "base64"))


def thunderbird(language: Language) -> Answer | None:
    """Writes as Thunderbird, answered above the quote, with a signature below."""
    if not language.thunderbird:
        return None
    line = language.says(language.thunderbird)
    text = f"{language.own}\n\n{line}\n{_signs(_asked(language))}\n\n-- \nAnna Smith\n"
    html = (
        f'<html><body>{"".join(f"<p>{escape(word)}</p>" for word in language.words)}<div class="moz-cite-prefix">{escape(line)}<br></div>'
        f'<blockquote type="cite" cite="mid:1@in.example">{_asked_html(language)}</blockquote><pre class="moz-signature" cols="72">-- \nAnna Smith</pre></body></html>'
    )
    return Answer("thunderbird", language.code, "top", language.own, text, html, Wire("utf-8", "8bit"), _MOZILLA)


def thunderbird_below(language: Language) -> Answer | None:
    """Writes as Thunderbird in plain text, format=flowed, answered below the quote."""
    if not language.thunderbird:
        return None
    text = f"{language.says(language.thunderbird)}\n{_signs(_asked(language))}\n\n{language.own}\n\n-- \nAnna Smith\n"
    wire = Wire("utf-8", "8bit", flowed=True)
    return Answer("thunderbird", language.code, "bottom", language.own, text, "", wire, _MOZILLA)


def thunderbird_between(language: Language) -> Answer | None:
    """Writes as Thunderbird, answered between the lines: the quotes between the own lines stay."""
    if not language.thunderbird or len(language.words) == 1:
        return None
    line = language.says(language.thunderbird)
    first, second = language.words
    own = f"{first}\n\n> {language.question}\n\n{second}"
    text = f"{line}\n> {language.question}\n\n{own}\n\n> {language.question}\n"
    asked = f'<blockquote type="cite" cite="mid:1@in.example"><p>{escape(language.question)}</p></blockquote>'
    html = f'<div class="moz-cite-prefix">{escape(line)}<br></div>{asked}<p>{escape(first)}</p>{asked}<p>{escape(second)}</p>{asked}'
    return Answer("thunderbird", language.code, "between", own, text, html, Wire("utf-8", "8bit"), _MOZILLA)


_MOZILLA = "User-Agent: Mozilla Thunderbird"

CLIENTS: tuple[Callable[[Language], Answer | None], ...] = (
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
