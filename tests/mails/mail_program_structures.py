# ruff: noqa: E501  # a line of a mail stays on one line
"""How each mail program nests, marks and names files and pictures: a row of `PROGRAMS` for each.

Longer than other files, as it is a table. `file_cases.py` makes the mails.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.mails.entities import multipart, text_part


class Program(NamedTuple):
    """A mail program.

    `layout` nests the parts; `inline` and `attached` are the dispositions of pictures in the HTML and of files, "" for
    none. `picture` makes the name of the n-th picture in the HTML, `cid` its Content-ID. `quoted` and `signed` make the
    HTML of a quote and of a signature. `naming` is the way to write a name that is not ASCII.
    """

    name: str
    layout: "Layout"
    inline: str
    attached: str
    picture: str
    cid: str
    quoted: Callable[[str], str]
    signed: Callable[[str], str]
    naming: str = "2231"
    mailer: str = ""
    extra: str = ""  # a header field that it adds to files


Layout = Callable[[bytes, bytes, Sequence[bytes], Sequence[bytes], str], bytes]


# the layouts: how programs nest a plain text, an HTML, the pictures of the HTML and the files


def related_outside(plain: bytes, html: bytes, inline: Sequence[bytes], files: Sequence[bytes], tail: str) -> bytes:
    """Nests as Outlook and Gmail: mixed { related { alternative { plain, html }, pictures }, files }."""
    body = multipart("alternative", plain, html)
    body = multipart("related", body, *inline) if inline else body
    return multipart("mixed", body, *files) if files else body


def related_inside(plain: bytes, html: bytes, inline: Sequence[bytes], files: Sequence[bytes], tail: str) -> bytes:
    """Nests as Thunderbird and many web programs: mixed { alternative { plain, related { html, pictures } }, files }."""
    body = multipart("alternative", plain, multipart("related", html, *inline) if inline else html)
    return multipart("mixed", body, *files) if files else body


def apple(plain: bytes, html: bytes, inline: Sequence[bytes], files: Sequence[bytes], tail: str) -> bytes:
    """Nests as Apple Mail, which puts files where they stand in the text:
    alternative { plain, mixed { related { html, pictures }, files, html } }."""
    rich = multipart("related", html, *inline) if inline else html
    rich = multipart("mixed", rich, *files, text_part("<html><body><br></body></html>", "html")) if files else rich
    return multipart("alternative", plain, rich)


def iphone(plain: bytes, html: bytes, inline: Sequence[bytes], files: Sequence[bytes], tail: str) -> bytes:
    """Nests as Mail on an iPhone, which writes HTML only where it must: mixed { plain, files, plain }."""
    if inline:
        return apple(plain, html, inline, files, tail)
    return multipart("mixed", plain, *files, text_part(tail)) if files else plain


def flat(plain: bytes, html: bytes, inline: Sequence[bytes], files: Sequence[bytes], tail: str) -> bytes:
    """Nests as some gateways, whatever the layout was before: mixed { alternative, pictures, files }."""
    body = multipart("alternative", plain, html)
    return multipart("mixed", body, *inline, *files) if (*inline, *files) else body


def all_related(plain: bytes, html: bytes, inline: Sequence[bytes], files: Sequence[bytes], tail: str) -> bytes:
    """Nests as old Lotus Notes and some programs of banks: related { alternative, pictures, files }."""
    return multipart("related", multipart("alternative", plain, html), *inline, *files)


# quotes and signatures

ROWS = "<b>From:</b> Desk &lt;desk@in.example&gt;<br><b>Sent:</b> Friday, May 3, 2024 10:00 AM<br><b>To:</b> Anna Smith<br><b>Subject:</b> Case 17"
ON = "On Fri, May 3, 2024 at 10:00 AM Desk &lt;desk@in.example&gt; wrote:"


def outlook_quote(inner: str) -> str:
    """Quotes as Outlook for Windows, which draws a line above a header block."""
    return (
        f'<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p>{ROWS}</p></div>{inner}'
    )


def owa_quote(inner: str) -> str:
    """Quotes as Outlook on the web, Outlook on a telephone, and the new Outlook."""
    return f'<div id="appendonsend"></div><hr><div id="divRplyFwdMsg" dir="ltr">{ROWS}</div>{inner}'


def gmail_quote(inner: str) -> str:
    """Quotes as Gmail."""
    return f'<br><div class="gmail_quote"><div class="gmail_attr">{ON}<br></div><blockquote class="gmail_quote">{inner}</blockquote></div>'


def cite_quote(inner: str) -> str:
    """Quotes as Apple Mail, Thunderbird and many more."""
    return f'<div class="moz-cite-prefix">{ON}</div><blockquote type="cite" cite="mid:1@x">{inner}</blockquote>'


def yahoo_quote(inner: str) -> str:
    """Quotes as Yahoo and AOL."""
    return f'<div id="ydp1yahoo_quoted" class="yahoo_quoted"><div>{ON}</div>{inner}</div>'


def gmx_quote(inner: str) -> str:
    """Quotes as GMX and web.de."""
    return f'<div name="quote" style="margin:10px 5px 5px 10px; border-left:2px solid #C3D9E5;"><div>{ON}</div><div name="quoted-content">{inner}</div></div>'


def card(picture: str) -> str:
    """Returns an unmarked signature: a closing, the author's name, a way to reach her, and the picture."""
    return f"<p>Kind regards</p><p>Anna Smith<br>Partner, Smith Ltd<br>+44 20 7946 0000<br>{picture}</p>"


def other_card(picture: str) -> str:
    """Returns an unmarked signature with another name than the From field: only its closing shows what it is."""
    return f"<p>Mit freundlichen Gr\u00fc\u00dfen</p><p>i. A. A. Smith<br>{picture}<br>Smith GmbH</p>"


def marked(mark: str) -> Callable[[str], str]:
    """Returns a signature in an element that the program marks."""
    return lambda picture: f"<div {mark}><div>Anna Smith</div>{picture}</div>"


def none(picture: str) -> str:
    """Returns no signature; the picture stands below the words."""
    return f"<p>{picture}</p>"


OUTLOOK_ID, GMAIL_ID = "{name}@01DA9D3F.5A1B2C30", "ii_lvq{n}x0y1"
GUID = "5f6a7b8c-0000-4d1e-9f00-00000000000{n}"

PROGRAMS = (
    Program(
        "outlook 2003",
        related_outside,
        "",
        "attachment",
        "image{n:03}.png",
        OUTLOOK_ID,
        outlook_quote,
        card,
        "2047",
        "X-Mailer: Microsoft Office Outlook 11",
    ),
    Program(
        "outlook 2007",
        related_outside,
        "",
        "attachment",
        "image{n:03}.png",
        OUTLOOK_ID,
        outlook_quote,
        card,
        "2047",
        "X-Mailer: Microsoft Office Outlook 12.0",
    ),
    Program(
        "outlook 2010",
        related_outside,
        "",
        "attachment",
        "image{n:03}.jpg",
        OUTLOOK_ID,
        outlook_quote,
        other_card,
        "2047",
        "X-Mailer: Microsoft Outlook 14.0",
    ),
    Program(
        "outlook 2016",
        related_outside,
        "inline",
        "attachment",
        "image{n:03}.png",
        OUTLOOK_ID,
        outlook_quote,
        card,
        "2047",
        "X-Mailer: Microsoft Outlook 16.0",
    ),
    Program(
        "outlook 365",
        related_outside,
        "inline",
        "attachment",
        "image{n:03}.png",
        OUTLOOK_ID,
        outlook_quote,
        other_card,
        "2047",
    ),
    Program(
        "new outlook",
        related_outside,
        "inline",
        "attachment",
        "Outlook-abc{n}xyz.png",
        GUID,
        owa_quote,
        marked('id="Signature" class="elementToProof"'),
        "2047",
    ),
    Program(
        "outlook on the web",
        related_outside,
        "inline",
        "attachment",
        "image{n}.png",
        GUID,
        owa_quote,
        marked('id="Signature"'),
        "2047",
    ),
    Program(
        "outlook on the web, attached",
        related_outside,
        "attachment",
        "attachment",
        "image{n}.png",
        GUID,
        owa_quote,
        marked('id="x_Signature"'),
        "2047",
    ),
    Program(
        "outlook for mac",
        related_outside,
        "inline",
        "attachment",
        "image{n:03}.png",
        OUTLOOK_ID,
        outlook_quote,
        card,
        "2047",
        "X-Mailer: Microsoft-MacOutlook/16.84",
    ),
    Program(
        "outlook on a telephone",
        related_outside,
        "inline",
        "attachment",
        "IMG_000{n}.png",
        GUID,
        owa_quote,
        marked('id="ms-outlook-mobile-signature"'),
        "2047",
    ),
    Program(
        "exchange behind a gateway",
        flat,
        "attachment",
        "attachment",
        "image{n:03}.png",
        OUTLOOK_ID,
        outlook_quote,
        card,
        "2047",
    ),
    Program(
        "exchange behind another gateway",
        flat,
        "",
        "attachment",
        "image{n:03}.png",
        OUTLOOK_ID,
        outlook_quote,
        other_card,
        "2047",
    ),
    Program(
        "gmail",
        related_outside,
        "inline",
        "attachment",
        "image.png",
        GMAIL_ID,
        gmail_quote,
        marked('class="gmail_signature"'),
        "2047",
        extra="X-Attachment-Id: f_lvq0a1b2\nContent-ID: <f_lvq0a1b2>",
    ),
    Program(
        "gmail of 2015",
        related_outside,
        "attachment",
        "attachment",
        "image.png",
        GMAIL_ID,
        gmail_quote,
        marked('class="gmail_signature"'),
        "2047",
        extra="X-Attachment-Id: f_lvq0a1b2",
    ),
    Program(
        "gmail on android",
        related_outside,
        "inline",
        "attachment",
        "17149{n}.png",
        GMAIL_ID,
        gmail_quote,
        marked('class="gmail_signature"'),
        "both",
    ),
    Program(
        "apple mail",
        apple,
        "inline",
        "inline",
        "PastedGraphic-{n}.png",
        "5C1F-{n}-9D2E@x.example",
        cite_quote,
        marked('class="AppleMailSignature"'),
        "pieces",
        "X-Mailer: Apple Mail (2.3774.500.171)",
        "x-unix-mode: 0644",
    ),
    Program(
        "iphone",
        iphone,
        "inline",
        "inline",
        "image{n}.png",
        "7B1A-{n}-11E9",
        cite_quote,
        marked('id="AppleMailSignature"'),
        "2231",
        "X-Mailer: iPhone Mail (21E236)",
    ),
    Program(
        "thunderbird",
        related_inside,
        "inline",
        "attachment",
        "picture-{n}.png",
        "part{n}.Xy1.Zz2@x.example",
        cite_quote,
        marked('class="moz-signature"'),
        "pieces",
        "User-Agent: Mozilla Thunderbird",
    ),
    Program(
        "thunderbird, files inline",
        related_inside,
        "inline",
        "inline",
        "picture-{n}.png",
        "part{n}.Xy1.Zz2@x.example",
        cite_quote,
        marked('class="moz-signature"'),
        "pieces",
        "User-Agent: Mozilla Thunderbird",
    ),
    Program(
        "samsung email",
        related_outside,
        "inline",
        "attachment",
        "2024050{n}_1100.png",
        "{n}.1714@samsung",
        cite_quote,
        marked('id="composer_signature"'),
        "2047",
    ),
    Program(
        "yahoo",
        related_outside,
        "inline",
        "attachment",
        "17147{n}blob.png",
        "{n}ab@yahoo.com",
        yahoo_quote,
        none,
        "both",
        "X-Mailer: WebService/1.1.22256 YMailNorrin",
    ),
    Program(
        "gmx and web.de",
        related_inside,
        "inline",
        "attachment",
        "picture{n}.png",
        "{n}@3c-app-gmx",
        gmx_quote,
        marked('class="signature"'),
        "2231",
    ),
    Program(
        "lotus notes",
        related_outside,
        "",
        "attachment",
        "0A3F{n}C12.png",
        "_{n}_0A3F4C120A3F4A2C@x",
        outlook_quote,
        card,
        "2047",
        "X-Mailer: IBM Notes Release 9.0.1",
    ),
    Program(
        "hcl notes, all related",
        all_related,
        "",
        "attachment",
        "0A3F{n}C12.png",
        "_{n}_0A3F4C120A3F4A2C@x",
        outlook_quote,
        other_card,
        "2231",
        "X-Mailer: HCL Notes Release 12.0.2",
    ),
    Program(
        "proton mail",
        related_inside,
        "inline",
        "attachment",
        "image{n}.png",
        "{n}f0a@protonmail.com",
        lambda inner: (
            f'<div class="protonmail_quote">{ON}<blockquote class="protonmail_quote" type="cite">{inner}</blockquote></div>'
        ),
        marked('class="protonmail_signature_block"'),
        "both",
    ),
    Program(
        "roundcube",
        related_inside,
        "inline",
        "attachment",
        "{n}a1b2.png",
        "1714{n}@x.example",
        cite_quote,
        marked('id="_rc_sig" class="signature"'),
        "2231",
        "User-Agent: Roundcube Webmail/1.6.6",
    ),
    Program(
        "zimbra",
        related_outside,
        "attachment",
        "attachment",
        "shot{n}.png",
        "{n}@zimbra",
        lambda inner: f'<hr id="zwchr"><div>{ROWS}</div>{inner}',
        card,
        "2047",
        "X-Mailer: Zimbra 9.0.0",
    ),
    Program(
        "k-9 mail",
        related_inside,
        "inline",
        "attachment",
        "IMG{n}.png",
        "{n}k9",
        gmail_quote,
        marked('class="k9mail-signature"'),
        "2231",
        "User-Agent: K-9 Mail for Android",
    ),
)
