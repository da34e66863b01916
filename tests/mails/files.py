# ruff: noqa: E501  a line of a mail reads best on a line
"""Mails with files and pictures, in the structure of each mail program; what must come of each stands beside it.

A program is a row of `PROGRAMS`: how it nests, marks and names the parts. A case is a row of `CASES`: what the person
did. Every program sends every case.
"""

from base64 import encodebytes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.header import Header
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from tests.mails.content import gif, jpeg, pdf, png

HEAD = (
    "From: Anna Smith <anna@x.example>",
    "To: Desk <desk@in.example>",
    "Subject: Re: Case 17",
    "Date: Fri, 3 May 2024 11:00:00 +0200",
    "Message-ID: <files@x.example>",
    "In-Reply-To: <update-1@in.example>",
    "MIME-Version: 1.0",
)
WORDS = "The plan of the cellar is here."
ASKED = "Can you send the plan?"


class Item(NamedTuple):
    """A file, or a picture of the text: `place` is where a person sees it: file, words, signature or quote."""

    place: str
    name: str
    type: str
    data: bytes


class Expected(NamedTuple):
    """What must come of a mail: the names of the files in their order, and each other part with its reason."""

    files: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...] = ()


class Program(NamedTuple):
    """A mail program. `layout` nests the parts; `inline` and `attached` are its dispositions for pictures of the HTML and
    for files, "" for none; `picture` names the n-th picture of the HTML, `cid` identifies it; `quoted` and `signed` make
    the HTML of a quote and of a signature; `naming` is how it says a name that is not ASCII."""

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
    extra: str = ""  # a field that it adds to the parts of files


Layout = Callable[[bytes, bytes, Sequence[bytes], Sequence[bytes], str], bytes]


@dataclass(frozen=True)
class Case:
    """What a person did: the items that the mail has."""

    name: str
    items: Callable[[Program], Sequence[Item]]
    expected: Callable[[Program], Expected]
    words: str = WORDS
    around: str = field(default="{words}{pictures}<p>It is the latest one.</p>")  # the own words in the HTML


def multipart(kind: str, *parts: bytes, mark: str = "") -> bytes:
    """A multipart as an entity of its own; `mark` keeps boundaries of nested ones apart."""
    boundary = f"=_{kind[:3]}{mark}"
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode()
    return (
        head + b"".join(b"--" + boundary.encode() + b"\n" + one + b"\n" for one in parts) + f"--{boundary}--\n".encode()
    )


def text_part(words: str, kind: str = "plain") -> bytes:
    """A text as an entity of its own."""
    return f"Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{words}\n".encode()


def entity(item: Item, disposition: str, naming: str = "2231", *more: str) -> bytes:
    """A file as an entity of its own."""
    fields = [f"Content-Type: {item.type}" + _parameter("name", item.name, naming)]
    if disposition:
        fields.append(f"Content-Disposition: {disposition}" + _parameter("filename", item.name, naming))
    fields += ["Content-Transfer-Encoding: base64", *filter(None, more)]
    return "\n".join(fields).encode("utf-8") + b"\n\n" + encodebytes(item.data)


def _parameter(key: str, name: str, naming: str) -> str:
    if name.isascii() or naming == "raw":
        return f'; {key}="{name}"' if name else ""
    if naming == "2047":
        return f';\n {key}="{Header(name, "utf-8", maxlinelen=400).encode()}"'
    if naming == "pieces":  # RFC 2231 section 3, as Apple Mail and Thunderbird break long names
        half = len(name) // 2
        return f";\n {key}*0*=utf-8''{quote(name[:half])};\n {key}*1*={quote(name[half:])}"
    if naming == "both":  # a name for old readers beside it
        plain = name.encode("ascii", "replace").decode().replace("?", "_")
        return f";\n {key}=\"{plain}\";\n {key}*=utf-8''{quote(name)}"
    return f";\n {key}*=utf-8''{quote(name)}"


# the layouts: how programs nest a plain text, an HTML, the pictures of the HTML and the files


def related_outside(plain: bytes, html: bytes, inline: Sequence[bytes], files: Sequence[bytes], tail: str) -> bytes:
    """mixed { related { alternative { plain, html }, pictures }, files }: Outlook, Gmail."""
    body = multipart("alternative", plain, html)
    body = multipart("related", body, *inline) if inline else body
    return multipart("mixed", body, *files) if files else body


def related_inside(plain: bytes, html: bytes, inline: Sequence[bytes], files: Sequence[bytes], tail: str) -> bytes:
    """mixed { alternative { plain, related { html, pictures } }, files }: Thunderbird and many on the web."""
    body = multipart("alternative", plain, multipart("related", html, *inline) if inline else html)
    return multipart("mixed", body, *files) if files else body


def apple(plain: bytes, html: bytes, inline: Sequence[bytes], files: Sequence[bytes], tail: str) -> bytes:
    """alternative { plain, mixed { related { html, pictures }, files, html } }: Apple Mail puts files where they stand."""
    rich = multipart("related", html, *inline) if inline else html
    rich = multipart("mixed", rich, *files, text_part("<html><body><br></body></html>", "html")) if files else rich
    return multipart("alternative", plain, rich)


def iphone(plain: bytes, html: bytes, inline: Sequence[bytes], files: Sequence[bytes], tail: str) -> bytes:
    """mixed { plain, files, plain }: Mail on an iPhone, which writes HTML only where it must."""
    if inline:
        return apple(plain, html, inline, files, tail)
    return multipart("mixed", plain, *files, text_part(tail)) if files else plain


def flat(plain: bytes, html: bytes, inline: Sequence[bytes], files: Sequence[bytes], tail: str) -> bytes:
    """mixed { alternative, pictures, files }: what some gateways leave of any of them."""
    body = multipart("alternative", plain, html)
    return multipart("mixed", body, *inline, *files) if (*inline, *files) else body


def all_related(plain: bytes, html: bytes, inline: Sequence[bytes], files: Sequence[bytes], tail: str) -> bytes:
    """related { alternative, pictures, files }: old Lotus Notes and some programs of banks."""
    return multipart("related", multipart("alternative", plain, html), *inline, *files)


# quotes and signatures

ROWS = "<b>From:</b> Desk &lt;desk@in.example&gt;<br><b>Sent:</b> Friday, May 3, 2024 10:00 AM<br><b>To:</b> Anna Smith<br><b>Subject:</b> Case 17"
ON = "On Fri, May 3, 2024 at 10:00 AM Desk &lt;desk@in.example&gt; wrote:"


def outlook_quote(inner: str) -> str:
    """Outlook for Windows draws a line above a header block."""
    return (
        f'<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p>{ROWS}</p></div>{inner}'
    )


def owa_quote(inner: str) -> str:
    """Outlook on the web, on a telephone, and the new one."""
    return f'<div id="appendonsend"></div><hr><div id="divRplyFwdMsg" dir="ltr">{ROWS}</div>{inner}'


def gmail_quote(inner: str) -> str:
    """Gmail."""
    return f'<br><div class="gmail_quote"><div class="gmail_attr">{ON}<br></div><blockquote class="gmail_quote">{inner}</blockquote></div>'


def cite_quote(inner: str) -> str:
    """Apple Mail, Thunderbird and many more."""
    return f'<div class="moz-cite-prefix">{ON}</div><blockquote type="cite" cite="mid:1@x">{inner}</blockquote>'


def yahoo_quote(inner: str) -> str:
    """Yahoo and AOL."""
    return f'<div id="ydp1yahoo_quoted" class="yahoo_quoted"><div>{ON}</div>{inner}</div>'


def gmx_quote(inner: str) -> str:
    """GMX and web.de."""
    return f'<div name="quote" style="margin:10px 5px 5px 10px; border-left:2px solid #C3D9E5;"><div>{ON}</div><div name="quoted-content">{inner}</div></div>'


def card(picture: str) -> str:
    """A signature that no mark shows: a closing, the name of the author, how to reach her, and the picture."""
    return f"<p>Kind regards</p><p>Anna Smith<br>Partner, Smith Ltd<br>+44 20 7946 0000<br>{picture}</p>"


def other_card(picture: str) -> str:
    """One whose name is not that of the From field: only its closing tells."""
    return f"<p>Mit freundlichen Gr\u00fc\u00dfen</p><p>i. A. A. Smith<br>{picture}<br>Smith GmbH</p>"


def marked(mark: str) -> Callable[[str], str]:
    """A signature in an element that the program marks."""
    return lambda picture: f"<div {mark}><div>Anna Smith</div>{picture}</div>"


def none(picture: str) -> str:
    """No signature of its own; the picture stands below the words."""
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


def _picture(program: Program, number: int, size: tuple[int, int], place: str) -> Item:
    name = program.picture.format(n=number)
    kind, make = ("image/jpeg", jpeg) if name.endswith(".jpg") else ("image/png", png)
    return Item(place, name, kind, make(*size, number))


def _screenshot(program: Program) -> Item:
    return _picture(program, 1, (900, 500), "words")


def _logo(program: Program) -> Item:
    return _picture(program, 2, (220, 70), "signature")


def _old(program: Program) -> Item:
    return _picture(program, 3, (240, 90), "quote")


PLAN = Item("file", "plan.pdf", "application/pdf", pdf())
PHOTO = Item("file", "photo.jpg", "image/jpeg", jpeg(1600, 1200))
LETTERS = "\u00dcbersicht f\u00fcr M\u00e4rz \u2013 \u65e5\u672c.pdf"
_PIXEL = Item("quote", "spacer.gif", "image/gif", gif(1, 1))
_ICONS = tuple(Item("signature", f"icon{number}.png", "image/png", png(24, 24, number)) for number in range(3))


def _of_icons(program: Program) -> str:
    """In a signature that is not known as one they are told by their size alone."""
    return "decoration" if program.signed in (card, other_card, none) else "signature_picture"


def _seven(_: Program) -> Sequence[Item]:
    return [Item("file", f"IMG_{number}.jpg", "image/jpeg", jpeg(800, 600, number)) for number in range(1, 8)]


CASES = (
    Case("a file and a photo", lambda _: (PLAN, PHOTO), lambda _: Expected(("plan.pdf", "photo.jpg"))),
    Case("a pasted screenshot", lambda p: (_screenshot(p),), lambda p: Expected((_screenshot(p).name,))),
    Case(
        "a logo in the signature",
        lambda p: (_logo(p),),
        lambda p: Expected((), ((_logo(p).name, "signature_picture"),)),
    ),
    Case("a logo in the quote", lambda p: (_old(p),), lambda p: Expected((), ((_old(p).name, "inline"),))),
    Case(
        "icons in the signature and a pixel in the quote, and a file",
        lambda _: (*_ICONS, _PIXEL, PLAN),
        lambda p: Expected(("plan.pdf",), (*((icon.name, _of_icons(p)) for icon in _ICONS), ("spacer.gif", "inline"))),
    ),
    Case(
        "all of it",
        lambda p: (_screenshot(p), _logo(p), _old(p), PLAN, PHOTO),
        lambda p: Expected(
            ("plan.pdf", "photo.jpg", _screenshot(p).name),
            ((_logo(p).name, "signature_picture"), (_old(p).name, "inline")),
        ),
    ),
    Case(
        "seven photos",
        _seven,
        lambda _: Expected(
            tuple(f"IMG_{n}.jpg" for n in range(1, 6)), (("IMG_6.jpg", "too_many"), ("IMG_7.jpg", "too_many"))
        ),
    ),
    Case(
        "a name with letters of all kinds",
        lambda _: (PLAN._replace(name=LETTERS),),
        lambda _: Expected((LETTERS,)),
    ),
    Case(
        "an icon among the words, and a program that is no file",
        lambda p: (
            Item("words", "bullet.png", "image/png", png(16, 16)),
            Item("file", "invoice.pdf.exe", "application/pdf", b"MZ" + bytes(60)),
        ),
        lambda _: Expected((), (("bullet.png", "decoration"), ("invoice.pdf.exe", "type"))),
    ),
)


def message(program: Program, case: Case) -> bytes:
    """The mail that the program sends, with CRLF line ends."""
    items = case.items(program)
    shown = [item for item in items if item.place != "file"]
    ids = {id(item): program.cid.format(n=number, name=item.name) for number, item in enumerate(shown, 1)}

    def tags(place: str) -> str:
        return "".join(
            f'<img width="99" src="cid:{ids[id(item)]}" alt="{escape(item.name)}">'
            for item in shown
            if item.place == place
        )

    own = case.around.format(words=f"<p>{WORDS}</p>", pictures=tags("words"))
    signature, old = tags("signature"), tags("quote")
    html = own + (program.signed(signature) if signature else "") + program.quoted(f"<p>{ASKED}</p>{old}")
    inline = [
        entity(
            item, program.inline, program.naming, f"Content-ID: <{ids[id(item)]}>", f"X-Attachment-Id: {ids[id(item)]}"
        )
        for item in shown
    ]
    files = [entity(item, program.attached, program.naming, program.extra) for item in items if item.place == "file"]
    plain = text_part(
        f"{WORDS}\nIt is the latest one.\n\nOn Fri, May 3, 2024 at 10:00 AM Desk <desk@in.example> wrote:\n\n> {ASKED}"
    )
    head = "\n".join([*HEAD, *([program.mailer] if program.mailer else [])]) + "\n"
    body = program.layout(
        plain, text_part(f"<html><body>{html}</body></html>", "html"), inline, files, "Sent from my iPhone"
    )
    return (head.encode() + body).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def corpus() -> list[tuple[str, bytes, Expected]]:
    """Every case of every program: what it is called, the mail, and what must come of it."""
    return [(f"{p.name}: {c.name}", message(p, c), c.expected(p)) for p in PROGRAMS for c in CASES]
