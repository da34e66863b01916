# ruff: noqa: E501  # a line of a mail stays on one line
"""Mails with unusual parts: broken, empty, nameless, or not files at all. A row: name, the mail, the expected files.

Longer than other files, as it is a table.
"""

from tests.mails.entities import ASKED, HEAD, Expected, Item, entity, multipart, text_part
from tests.mails.file_cases import PLAN
from tests.mails.file_contents import gif, jpeg, pdf, png

WORDS = "Here it is. It is the latest one."
ON = "On Fri, May 3, 2024 at 10:00 AM Desk <desk@in.example> wrote:"
SHOT = Item("words", "shot.png", "image/png", png(900, 500))
PHOTO = Item("file", "image0.jpeg", "image/jpeg", jpeg(1200, 900))


def whole(body: bytes, *, ends: bool = True) -> bytes:
    """Returns the mail, with CRLF line ends; without its last boundary if `ends` is false."""
    raw = ("\n".join(HEAD) + "\n").encode() + body
    if not ends:
        raw = raw.rstrip()[: raw.rstrip().rfind(b"\n--")]
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def mixed(*parts: bytes, words: str = WORDS) -> bytes:
    """Returns a mail of words and parts."""
    return whole(multipart("mixed", text_part(words), *parts))


def rich(html: str, *parts: bytes, plain: str = WORDS) -> bytes:
    """Returns a mail of HTML and the pictures that it may show."""
    return whole(multipart("related", multipart("alternative", text_part(plain), text_part(html, "html")), *parts))


def sized(name: str, kind: str, data: bytes = b"data", disposition: str = "attachment") -> bytes:
    """Returns a part of any type."""
    return entity(Item("file", name, kind, data), disposition)


def shown(item: Item, ident: str, disposition: str = "inline") -> bytes:
    """Returns a picture with a Content-ID."""
    return entity(item, disposition, "2231", f"Content-ID: <{ident}>")


def picture(name: str, width: int, height: int, seed: int = 0) -> Item:
    """Returns a picture of this size."""
    return Item("words", name, "image/png", png(width, height, seed))


LOGO = picture("logo.png", 400, 150, 5)
TAKEN, NOTHING = Expected(("plan.pdf",)), Expected(())
FILE = entity(PLAN, "attachment")


def none_of(name: str, reason: str) -> Expected:
    """Returns the expected result if the plan is the only file, and another part is left out."""
    return Expected(("plan.pdf",), ((name, reason),))


#: Parts that belong to the mail itself, each beside a real file.
PARTS = (
    ("signed with S/MIME", "smime.p7s", "application/pkcs7-signature", "mail_part"),
    ("signed with S/MIME, old name", "smime.p7s", "application/x-pkcs7-signature", "mail_part"),
    ("signed with PGP", "signature.asc", "application/pgp-signature", "mail_part"),
    ("a PGP key", "OpenPGP_0x1234.asc", "application/pgp-keys", "mail_part"),
    ("a delivery report", "details.txt", "message/delivery-status", "mail_part"),
    ("the header of a mail", "headers.txt", "text/rfc822-headers", "mail_part"),
    ("what a Mac keeps", "plan.pdf.rsrc", "application/applefile", "mail_part"),
    ("a file deleted in Thunderbird", "Deleted: plan.pdf", "text/x-moz-deleted", "mail_part"),
    ("winmail.dat", "winmail.dat", "application/ms-tnef", "tnef"),
    ("winmail.dat by its name", "WINMAIL.DAT", "application/octet-stream", "tnef"),
    ("an appointment that is attached", "invite.ics", "text/calendar", "type"),
    ("a visiting card", "Anna Smith.vcf", "text/x-vcard", "type"),
    ("a page", "page.html", "text/html", "type"),
    ("a drawing", "logo.svg", "image/svg+xml", "type"),
    ("a zip", "photos.zip", "application/zip", "type"),
    ("a program", "setup.exe", "application/x-msdownload", "type"),
    ("two endings", "invoice.pdf.js", "text/javascript", "type"),
    ("a file that is empty", "empty.pdf", "application/pdf", "empty"),
)


def _parts() -> list[tuple[str, bytes, Expected]]:
    data = {"empty": b""}
    return [
        (
            title,
            mixed(FILE, sized(name, kind, data.get(reason, b"data"))),
            none_of(name.replace(":", "_"), reason),
        )
        for title, name, kind, reason in PARTS
    ]


MAC = "<html><body>{}</body></html>"
BROKEN = entity(PLAN, "attachment").replace(b"JVBERi", b"JVB*Ri")
SHORT = entity(PLAN, "attachment").rstrip().rstrip(b"=")[:-1]
QP = b"Content-Type: text/csv; name=a.csv\nContent-Disposition: attachment; filename=a.csv\nContent-Transfer-Encoding: quoted-printable\n\n"
YENC = "=ybegin line=128 size=3 name=a.jpg\n)*+\n=yend size=3"
UU = "begin 644 plan.txt\n#0V%T\n`\nend"

ODD: list[tuple[str, bytes, Expected]] = [
    *_parts(),
    # Apple Mail and the iPhone: files between the texts
    (
        "a photo between two texts",
        mixed(entity(PHOTO, "inline"), text_part("Sent from my iPhone")),
        Expected(("image0.jpeg",)),
    ),
    ("a PDF between two texts", mixed(entity(PLAN, "inline"), text_part("And this is the rest.")), TAKEN),
    (
        "a photo below the quote",
        mixed(entity(PHOTO, "inline"), words=f"{WORDS}\n\n{ON}\n\n> {ASKED}"),
        Expected(("image0.jpeg",)),
    ),
    (
        "a picture within the quote",
        mixed(entity(PHOTO, "inline"), text_part(f"> {ASKED}\n> More."), words=f"{WORDS}\n\n{ON}\n\n> Look at this:"),
        Expected((), (("image0.jpeg", "inline"),)),
    ),
    (
        "two pictures within the quote",
        mixed(
            entity(PHOTO, "inline"),
            entity(PHOTO._replace(name="b.jpeg"), "inline"),
            text_part("> More."),
            words=f"{WORDS}\n\n{ON}\n\n> Look:",
        ),
        Expected((), (("b.jpeg", "inline"), ("image0.jpeg", "inline"))),
    ),
    (
        "a photo between HTML texts",
        whole(
            multipart(
                "alternative",
                text_part(WORDS),
                multipart(
                    "mixed",
                    text_part(MAC.format(WORDS), "html"),
                    entity(PHOTO, "inline"),
                    text_part(MAC.format("<br>"), "html"),
                ),
            )
        ),
        Expected(("image0.jpeg",)),
    ),
    (
        "a picture between the halves of an HTML quote",
        whole(
            multipart(
                "alternative",
                text_part(WORDS),
                multipart(
                    "mixed",
                    text_part(MAC.format(f"<div>{WORDS}</div><blockquote type='cite'>Look:</blockquote>"), "html"),
                    entity(PHOTO, "inline"),
                    text_part(MAC.format("<blockquote type='cite'>More.</blockquote>"), "html"),
                ),
            )
        ),
        Expected((), (("image0.jpeg", "inline"),)),
    ),
    ("a photo without a disposition", mixed(entity(PHOTO, "")), Expected(("image0.jpeg",))),
    ("a mail that is one photo", whole(entity(PHOTO, "inline")), Expected(("image0.jpeg",))),
    (
        "a double file of a Mac",
        mixed(
            multipart(
                "appledouble",
                sized("._photo.jpg", "application/applefile", b"res", "attachment"),
                entity(PHOTO, "inline"),
            )
        ),
        Expected(("image0.jpeg",), (("_photo.jpg", "mail_part"),)),
    ),
    # multipart/related without an HTML part that could show the pictures
    (
        "a photo related to a plain text",
        whole(multipart("related", text_part(WORDS), entity(PHOTO, "inline"))),
        Expected(("image0.jpeg",)),
    ),
    ("a PDF related to the HTML", rich("<p>Here.</p>", entity(PLAN, "")), TAKEN),
    ("a photo attached, but related", rich("<p>Here.</p>", entity(PHOTO, "attachment")), Expected(("image0.jpeg",))),
    (
        "stationery that nothing shows",
        rich("<body background='cid:b@x'><p>Here.</p>", shown(picture("paper.png", 800, 600), "b@x")),
        Expected((), (("paper.png", "inline"),)),
    ),
    (
        "what Word leaves",
        rich(
            "<p>Here.</p>",
            sized("oledata.mso", "application/octet-stream", b"x", ""),
            sized("filelist.xml", "text/xml", b"<x/>", ""),
        ),
        Expected((), (("filelist.xml", "mail_part"), ("oledata.mso", "mail_part"))),
    ),
    (
        "pictures numbered by Outlook, without the HTML",
        mixed(entity(picture("image001.png", 500, 300), "")),
        Expected((), (("image001.png", "inline"),)),
    ),
    (
        "a picture numbered by Outlook that was attached",
        mixed(entity(picture("image001.png", 500, 300), "attachment")),
        Expected(("image001.png",)),
    ),
    # plain texts of programs that write where a picture stands
    (
        "shown by Outlook's plain text",
        mixed(shown(SHOT, "a@x"), words="See [cid:a@x] here, please."),
        Expected(("shot.png",)),
    ),
    (
        "quoted in Outlook's plain text",
        mixed(shown(SHOT, "a@x"), words=f"Yes.\n\n{ON}\n> [cid:a@x]"),
        Expected((), (("shot.png", "inline"),)),
    ),
    (
        "shown by Gmail's plain text",
        mixed(entity(SHOT, "inline", "2231", "Content-ID: <ii_1>"), words="Look:\n[image: shot.png]\nIt leaks."),
        Expected(("shot.png",)),
    ),
    (
        "quoted in Gmail's plain text",
        mixed(entity(SHOT, "inline", "2231", "Content-ID: <ii_1>"), words=f"Yes.\n\n{ON}\n\n> [image: shot.png]"),
        Expected((), (("shot.png", "inline"),)),
    ),
    (
        "shown by an encoded Content-ID",
        rich("<p>Look: <img src='cid:a%40x'> there.</p>", shown(SHOT, "a@x", "attachment")),
        Expected(("shot.png",)),
    ),
    (
        "shown and of no known type",
        rich("<p>Look: <img src='cid:a@x'> there.</p>", shown(SHOT._replace(type="application/octet-stream"), "a@x")),
        Expected(("shot.png",)),
    ),
    # the place of a picture
    (
        "a screenshot under a closing",
        rich("<p>It leaks.</p><p>Regards</p><p>Anna</p><img src='cid:a@x'>", shown(SHOT, "a@x")),
        Expected(("shot.png",)),
    ),
    (
        "a logo under a closing",
        rich("<p>It leaks.</p><p>Regards</p><p>Anna</p><img src='cid:a@x'>", shown(LOGO, "a@x")),
        Expected((), (("logo.png", "signature_picture"),)),
    ),
    (
        "a logo above the lines of a card",
        rich("<p>It leaks.</p><img src='cid:a@x'><p>Smith Ltd</p><p>+44 20 7946 0000</p>", shown(LOGO, "a@x")),
        Expected((), (("logo.png", "signature_picture"),)),
    ),
    (
        "a banner below the words",
        rich("<p>It leaks.</p><img src='cid:a@x'>", shown(picture("banner.png", 900, 120), "a@x")),
        Expected((), (("banner.png", "signature_picture"),)),
    ),
    (
        "one line of a screen among the words",
        rich("<p>It says</p><img src='cid:a@x'><p>and stops.</p>", shown(picture("line.png", 900, 120), "a@x")),
        Expected(("line.png",)),
    ),
    (
        "a small picture after a colon",
        rich("<p>The sign is this:</p><img src='cid:a@x'>", shown(picture("sign.png", 120, 80), "a@x")),
        Expected(("sign.png",)),
    ),
    (
        "a picture in the words and in the quote",
        rich(
            "<p>Look <img src='cid:a@x'> here.</p><blockquote type='cite'><img src='cid:a@x'></blockquote>",
            shown(LOGO, "a@x"),
        ),
        Expected((), (("logo.png", "inline"),)),
    ),
    (
        "the same picture in the words and, once more, in the quote",
        rich(
            "<p>Look <img src='cid:a@x'> here.</p><blockquote type='cite'><img src='cid:b@x'></blockquote>",
            shown(LOGO, "a@x"),
            shown(LOGO._replace(name="again.png"), "b@x"),
        ),
        Expected((), (("again.png", "inline"), ("logo.png", "inline"))),
    ),
    (
        "a picture in a quote that was answered line by line",
        mixed(shown(SHOT, "a@x"), words=f"{ON}\n\n> First?\n\nYes.\n\n> [cid:a@x] Second?\n\nNo."),
        Expected((), (("shot.png", "inline"),)),
    ),
    (
        "a tracking pixel in the words",
        rich("<p>Yes.<img src='cid:a@x'> Good.</p>", shown(Item("words", "p.gif", "image/gif", gif(1, 1)), "a@x")),
        Expected((), (("p.gif", "decoration"),)),
    ),
    (
        "a line between the words",
        rich("<p>Yes.</p><img src='cid:a@x'><p>Good.</p>", shown(picture("line.png", 600, 2), "a@x")),
        Expected((), (("line.png", "decoration"),)),
    ),
    (
        "a tracking pixel below the words",
        mixed(FILE, sized("pixel.gif", "image/gif", gif(1, 1), "inline")),
        none_of("pixel.gif", "decoration"),
    ),
    (
        "a picture of one pixel that was attached",
        mixed(sized("pixel.gif", "image/gif", gif(1, 1))),
        Expected(("pixel.gif",)),
    ),
    (
        "a forwarded mail with a screenshot and a signature",
        rich(
            "<p>For you.</p><div>---------- Forwarded message ---------<br>From: Max &lt;m@x.example&gt;</div><p>It leaks here:</p><img src='cid:a@x'><p>Regards</p><p>Max</p><img src='cid:b@x'>",
            shown(SHOT, "a@x"),
            shown(LOGO, "b@x"),
        ),
        Expected(("shot.png",), (("logo.png", "signature_picture"),)),
    ),
    (
        "a file that has the name of a picture in the quote",
        whole(
            multipart(
                "mixed",
                multipart(
                    "related",
                    multipart(
                        "alternative",
                        text_part(f"Yes.\n\n{ON}\n\n> [image: image.png]"),
                        text_part("<p>Yes.</p><blockquote type='cite'><img src='cid:ii_1'></blockquote>", "html"),
                    ),
                    shown(SHOT._replace(name="image.png"), "ii_1"),
                ),
                entity(
                    PHOTO._replace(name="image.png", type="image/png", data=png(640, 480)),
                    "attachment",
                    "2047",
                    "Content-ID: <f_1>",
                ),
            )
        ),
        Expected(("image.png",), (("image.png", "inline"),)),
    ),
    # the order, and repeats
    (
        "a screenshot before a file",
        whole(
            multipart(
                "mixed",
                multipart("related", text_part("<p>See <img src='cid:a@x'> here.</p>", "html"), shown(SHOT, "a@x")),
                FILE,
            )
        ),
        Expected(("plan.pdf", "shot.png")),
    ),
    (
        "a file twice",
        mixed(FILE, entity(PLAN._replace(name="again.pdf"), "attachment")),
        none_of("again.pdf", "same_file"),
    ),
    (
        "a screenshot that is attached as well",
        whole(
            multipart(
                "mixed",
                multipart("related", text_part("<p>See <img src='cid:a@x'> here.</p>", "html"), shown(SHOT, "a@x")),
                entity(SHOT._replace(name="copy.png"), "attachment"),
            )
        ),
        Expected(("copy.png",), (("shot.png", "inline"),)),
    ),
    (
        "five files and a screenshot",
        whole(
            multipart(
                "mixed",
                multipart("related", text_part("<p>See <img src='cid:a@x'> here.</p>", "html"), shown(SHOT, "a@x")),
                *(entity(PLAN._replace(name=f"{n}.pdf", data=pdf(n)), "attachment") for n in range(5)),
            )
        ),
        Expected(("0.pdf", "1.pdf", "2.pdf", "3.pdf", "4.pdf"), (("shot.png", "too_many"),)),
    ),
    (
        "what is left out takes no place",
        mixed(*(sized(f"{n}.exe", "application/x-msdownload") for n in range(5)), FILE),
        Expected(("plan.pdf",), tuple((f"{n}.exe", "type") for n in range(5))),
    ),
    # texts that are files, and files that are texts
    ("a note without a name is words", mixed(text_part("The rest of it.")), NOTHING),
    (
        "a text with a name is a file",
        mixed(sized("notes.txt", "text/plain", b"Some notes.\n", "inline")),
        Expected(("notes.txt",)),
    ),
    (
        "the text below a file, as Exchange cuts it off",
        mixed(FILE, sized("ATT00001.txt", "text/plain", b"The rest of it.\n")),
        TAKEN,
    ),
    (
        "the empty text below a file, as Exchange cuts it off",
        mixed(FILE, sized("ATT00001.htm", "text/html", b"<html><body><br></body></html>")),
        TAKEN,
    ),
    (
        "an appointment as a form of the words",
        whole(
            multipart(
                "mixed",
                multipart("alternative", text_part(WORDS), sized("", "text/calendar", b"BEGIN:VCALENDAR", "")),
                FILE,
            )
        ),
        TAKEN,
    ),
    (
        "a loose appointment",
        mixed(FILE, sized("", "text/calendar", b"BEGIN:VCALENDAR\n", "")),
        Expected(("plan.pdf",), (("attachment-2.ics", "mail_part"),)),
    ),
    (
        "a mail in a mail",
        mixed(
            b"Content-Type: message/rfc822; name=fwd.eml\nContent-Disposition: attachment; filename=fwd.eml\n\nFrom: a@x.example\nTo: b@x.example\nSubject: Hi\nDate: Fri, 3 May 2024 10:00:00 +0200\n\nHello.\n"
        ),
        Expected(("fwd.eml",)),
    ),
    # names
    ("no name", mixed(entity(PLAN._replace(name=""), "attachment")), Expected(("attachment-1.pdf",))),
    (
        "a name without an ending",
        mixed(entity(PLAN._replace(name="Scan 12"), "attachment")),
        Expected(("Scan 12.pdf",)),
    ),
    (
        "a name with a number that is no ending",
        mixed(entity(PLAN._replace(name="Plan v1.2"), "attachment")),
        Expected(("Plan v1.2.pdf",)),
    ),
    (
        "three files of one name",
        mixed(
            *(
                entity(PLAN._replace(name=name, data=pdf(n)), "attachment")
                for n, name in enumerate(("scan.pdf", "Scan.PDF", "scan.pdf"))
            )
        ),
        Expected(("scan.pdf", "Scan (2).PDF", "scan (3).pdf")),
    ),
    (
        "two names of one part",
        mixed(
            entity(PLAN, "attachment").replace(
                b'; filename="plan.pdf"', b"; filename=\"p_n.pdf\"; filename*=utf-8''pl%C3%A4n.pdf"
            )
        ),
        Expected(("pl\u00e4n.pdf",)),
    ),
    (
        "the type names a picture, the disposition a program",
        mixed(entity(PLAN, "attachment").replace(b'; filename="plan.pdf"', b'; filename="plan.exe"')),
        Expected((), (("plan.exe", "type"),)),
    ),
    # encodings
    ("a character in base64 that is none", mixed(BROKEN), Expected((), (("plan.pdf", "broken"),))),
    ("base64 that lacks its end", mixed(SHORT), Expected((), (("plan.pdf", "broken"),))),
    (
        "a mail that was cut off within a file",
        whole(multipart("mixed", text_part(WORDS), entity(PHOTO, "attachment")[:-61]), ends=False),
        Expected((), (("image0.jpeg", "broken"),)),
    ),
    (
        "a mail that lacks its last boundary, but no more",
        whole(
            multipart(
                "mixed",
                text_part(WORDS),
                entity(PLAN._replace(data=pdf() + b"\n" * (3 - len(pdf()) % 3 + 1)), "attachment"),
            ),
            ends=False,
        ),
        TAKEN,
    ),
    ("quoted-printable", mixed(QP + b"a;b\n=C3=A4;=\n1\n"), Expected(("a.csv",))),
    ("broken quoted-printable", mixed(QP + b"a;b\n=XY;1\n"), Expected((), (("a.csv", "broken"),))),
    ("an unknown encoding", mixed(FILE.replace(b"base64", b"x-yenc")), Expected((), (("plan.pdf", "broken"),))),
    (
        "a broken picture in the quote is no loss",
        rich(
            f"<p>Yes.</p><blockquote type='cite'><img src='cid:a@x'>{ASKED}</blockquote>",
            shown(LOGO, "a@x").replace(b"iVBOR", b"iV*OR"),
        ),
        Expected((), (("logo.png", "inline"),)),
    ),
    ("uuencoded in the text", mixed(words=f"Here.\n\n{UU}\n\nBye."), Expected(("plan.txt",))),
    (
        "two files uuencoded in a text that is all of the mail",
        whole(text_part(f"Here.\n\n{UU}\n{UU.replace('0V%T', '1&]G').replace('plan', 'other')}\n")),
        Expected(("plan.txt", "other.txt")),
    ),
    (
        "a program uuencoded in the text",
        mixed(FILE, words=f"Here.\n\n{UU.replace('.txt', '.exe')}"),
        none_of("plan.exe", "type"),
    ),
    ("torn uuencoding in the text stays text", mixed(FILE, words=f"Here.\n\n{UU.removesuffix('end')}"), TAKEN),
    ("what only begins like uuencoding", mixed(FILE, words="begin 644 times\nand it never\nend"), TAKEN),
    ("yEnc in the text stays text", mixed(FILE, words=f"Yes.\n\n{YENC}\n"), TAKEN),
]
