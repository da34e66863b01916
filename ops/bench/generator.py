"""Makes the load from a seed: answers as a webmail program writes them."""

from base64 import encodebytes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from ops.pdf import one_page

_TEXT = """the case letter court date office key tenant heating water damage report photo meeting tomorrow please send
answer question window repair invoice insurance claim witness statement signed contract again soon thanks"""
_WORDS = _TEXT.split()


@dataclass(frozen=True)
class Correspondent:
    """A person who got an update: their address, and the reply address of that update."""

    email: str
    reply_to: str


#: Mails with the person who writes each.
Load = Sequence[tuple[Correspondent, bytes]]


def traced(person: Correspondent, raw: bytes) -> bytes:
    """Returns the mail with the trace fields of a delivery agent."""
    return f"Return-Path: <{person.email}>\r\nDelivered-To: {person.reply_to}\r\n".encode() + raw


def fill_maildir(box: Path, load: Iterable[tuple[Correspondent, bytes]]) -> Path:
    """Creates a Maildir with these mails and returns it."""
    for name in ("new", "cur", "tmp"):
        (box / name).mkdir(parents=True)
    for number, (person, raw) in enumerate(load):
        (box / "new" / f"{number:06}.bench").write_bytes(traced(person, raw))
    return box


def mails(
    seed: int, count: int, people: list[Correspondent], *, with_pdf: bool
) -> Iterator[tuple[Correspondent, bytes]]:
    """Yields `count` answers from `people` in turn, with CRLF line ends: about 4 KB each, or 12.6 KB with a PDF."""
    random = Random(seed)  # noqa: S311  # a load, not a secret
    for number in range(count):
        person = people[number % len(people)]
        yield person, _mail(random, person, f"{seed}.{number}", with_pdf=with_pdf)


def _mail(random: Random, person: Correspondent, name: str, *, with_pdf: bool) -> bytes:
    own, quoted = _text(random, 4), _text(random, 14)
    attribution = "On Mon, Nov 23, 2026 at 9:12 AM Updates <updates@cases.example> wrote:"
    plain = f"{own}\r\n\r\n{attribution}\r\n\r\n" + "".join(f"> {line}\r\n" for line in quoted.split("\r\n"))
    html = (
        f'<div dir="ltr">{_html(own)}</div><br><div class="gmail_quote"><div dir="ltr" '
        f'class="gmail_attr">{attribution}<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex">'
        f"{_html(quoted)}</blockquote></div>"
    )
    parts = (
        "--alt\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n"
        f"{plain}\r\n--alt\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n{html}\r\n--alt--\r\n"
    )
    header = (
        f"Received: by mx.people.example with SMTP id {name}; Mon, 23 Nov 2026 09:15:00 +0000\r\n"
        f"MIME-Version: 1.0\r\nFrom: Somebody <{person.email}>\r\nTo: {person.reply_to}\r\n"
        f"Date: Mon, 23 Nov 2026 09:15:00 +0000\r\nMessage-ID: <{name}@people.example>\r\n"
        "Subject: Re: [2026-7] A case\r\n"
    )
    if not with_pdf:
        return f'{header}Content-Type: multipart/alternative; boundary="alt"\r\n\r\n{parts}'.encode()
    pdf = encodebytes(one_page(random.randbytes(5_600))).decode().replace("\n", "\r\n")
    return (
        f'{header}Content-Type: multipart/mixed; boundary="mix"\r\n\r\n--mix\r\n'
        f'Content-Type: multipart/alternative; boundary="alt"\r\n\r\n{parts}\r\n--mix\r\n'
        'Content-Type: application/pdf; name="scan.pdf"\r\nContent-Disposition: attachment; filename="scan.pdf"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{pdf}\r\n--mix--\r\n"
    ).encode()


def _text(random: Random, lines: int) -> str:
    return "\r\n".join(" ".join(random.choices(_WORDS, k=12)) for _ in range(lines))


def _html(text: str) -> str:
    return text.replace("\r\n", "<br>\r\n")
