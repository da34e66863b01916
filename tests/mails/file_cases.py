"""A table of what people do with files and pictures (`CASES`); every mail program sends each case.

`corpus` returns all these mails, each with the expected files.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

from tests.mails.entities import ASKED, HEAD, WORDS, Expected, Item, entity, text_part
from tests.mails.file_contents import gif, jpeg, pdf, png
from tests.mails.mail_program_structures import PROGRAMS, Program, card, none, other_card


@dataclass(frozen=True)
class Case:
    """What a person did: the files and pictures that the mail has, and the expected result."""

    name: str
    items: Callable[[Program], Sequence[Item]]
    expected: Callable[[Program], Expected]
    words: str = WORDS
    around: str = field(default="{words}{pictures}<p>It is the latest one.</p>")  # the own words in the HTML


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
    """Returns the reason for icons in the signature. If the signature is not recognised, only their size shows it."""
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
    """Returns the mail that the program sends, with CRLF line ends."""
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
    """Returns each case for each program: the name, the mail, and the expected result."""
    return [(f"{p.name}: {c.name}", message(p, c), c.expected(p)) for p in PROGRAMS for c in CASES]
