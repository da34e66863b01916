"""Places of a mail into which `growth.py` puts hostile pieces, each with its limit and a way to read it."""

from collections.abc import Callable
from dataclasses import dataclass

from cases.outgoing.quoted_links import without_links
from schemas.own_mail import SentUpdate
from schemas.records import Body
from tests.builders.small_mails import HEAD, custody, file, mail, part, text, whole
from tests.workers.parse.hostile_pieces import FIELD_PIECES, HTML_PIECES, OCTETS, TEXT_PIECES
from workers.parse.read import read_mail
from workers.parse.text.known_quotes import own_words
from workers.parse.text.reply import extract

_KB, _MB = 1_000, 1_000_000
_UPDATE = "The hearing is on 12 May at 10:00. Please tell us whether you will come.\nBring the letter of the court."


@dataclass(frozen=True)
class Place:
    """Where a unit stands: the pieces it is made of, the largest size in bytes, and how to read a mail with it."""

    pieces: tuple[str, ...]
    most: int
    read: Callable[[str], object]


def _read(raw: bytes) -> object:
    return read_mail(raw, custody()).model_dump_json()


def _field(name: str) -> Callable[[str], object]:
    head = tuple(line for line in HEAD if not line.startswith(f"{name}:"))
    return lambda value: _read(mail(f"{name}: {value}", head=head))


def _typed(kind: str, most: int = _MB, pieces: tuple[str, ...] = TEXT_PIECES) -> Place:
    return Place(pieces, most, lambda words: _read(mail(f"Content-Type: {kind}", body=words)))


def _known(words: str) -> Body:
    """Reads a text as validation does, with an update that is answered."""
    frame = "##- Please write your answer above this line -##"
    sent = SentUpdate(frame, f"{_UPDATE}\n{words[:500]}", "Answer this mail to post an update on the case.", ("a@b",))
    return own_words(extract(f"Yes.\n> {_UPDATE}\n{words}"), [sent, sent], author="Anna Smith")


def _split(words: str, count: int) -> list[str]:
    size = max(1, len(words) // count)
    return [words[at : at + size] for at in range(0, size * count, size)]


def _parts(kind: str, *fields: str, most: int = 240) -> Callable[[str], object]:
    """Reads a mail with the words in many parts of this type."""
    return lambda words: _read(
        whole("mixed", *[part(kind, *fields, body=piece) for piece in _split(words, min(most, len(words) // 60 + 1))])
    )


def _many_fields(name: str) -> Callable[[str], object]:
    return lambda words: _read(
        mail(*[f"{name}: {piece}" for piece in _split(words.replace("\n", " "), min(900, len(words) // 60 + 1))])
    )


def _octets(charset: str) -> Callable[[str], object]:
    return lambda words: _read(
        mail(f"Content-Type: text/plain; charset={charset}", body=words.encode("latin-1", "replace"))
    )


def _nested(words: str) -> object:
    """Reads HTML in which each half of the unit stands at one side of the words."""
    half = words[: len(words) // 2]
    closed = half.replace("<", "</").replace("<//", "<")
    return _read(mail("Content-Type: text/html", body=half + "a" + closed))


_CONTENT = "Content-Type: application/octet-stream"
PLACES: dict[str, Place] = {
    **{f"field {name}": Place(FIELD_PIECES, 60 * _KB, _field(name)) for name in (
        "From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "Auto-Submitted", "X-Failed-Recipients",
    )},
    **{f"field {name}": Place(FIELD_PIECES, 4 * _KB, _field(name)) for name in (
        "Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Content-ID", "Return-Path",
    )},
    "fields": Place(FIELD_PIECES, 200 * _KB, _many_fields("X-A")),
    "To and Cc fields": Place(FIELD_PIECES, 200 * _KB, _many_fields("Cc")),
    "text": _typed("text/plain; charset=utf-8"),
    "flowed text": _typed("text/plain; charset=utf-8; format=flowed; delsp=yes"),
    "enriched text": _typed("text/enriched", pieces=(*TEXT_PIECES, *HTML_PIECES)),
    "text without a type": Place(TEXT_PIECES, _MB, lambda words: _read(mail(body=words))),
    "HTML": _typed("text/html; charset=utf-8", 4 * _MB, (*TEXT_PIECES, *HTML_PIECES)),
    "tags": _typed("text/html; charset=utf-8", 4 * _MB, HTML_PIECES),
    "nested tags": Place(HTML_PIECES, 4 * _MB, _nested),
    "text and HTML": Place(
        (*TEXT_PIECES, *HTML_PIECES), _MB, lambda words: _read(whole("alternative", text(words), text(words, "html")))
    ),
    "picture and HTML": Place(
        (*TEXT_PIECES, *HTML_PIECES), 2 * _MB,
        lambda words: _read(whole("related", text(words, "html"), file("a", b"x"), part("Content-ID: <a>", body="x"))),
    ),
    "an update": Place(TEXT_PIECES, 60 * _KB, _known),
    "links": Place((*TEXT_PIECES, ".aaaaaa." + "b" * 43, "https://", "%2E", "=2E", "b" * 150), _MB, without_links),
    "text parts": Place(TEXT_PIECES, _MB, _parts("Content-Type: text/plain")),
    "unlabelled text parts": Place((*OCTETS, *TEXT_PIECES), _MB, lambda words: _read(whole("mixed", *[
        part("Content-Type: text/plain", body=piece.encode("latin-1", "replace"))
        for piece in _split(words, min(950, len(words) // 60 + 1))
    ]))),
    "HTML parts": Place(HTML_PIECES, _MB, _parts("Content-Type: text/html")),
    "files": Place(TEXT_PIECES, 20 * _MB, _parts(_CONTENT, "Content-Disposition: attachment; filename=a")),
    "base64": Place((*TEXT_PIECES, "QUJD", "QQ==", "=", "QUJD" * 19 + "\n"), 20 * _MB,
                    _parts(_CONTENT, "Content-Transfer-Encoding: base64", most=1)),
    "quoted-printable": Place((*TEXT_PIECES, "=\n", "= \n", "=20", "=C3=A4", "==", "= "), 20 * _MB,
                              _parts(_CONTENT, "Content-Transfer-Encoding: quoted-printable", most=1)),
    "uuencode": Place((*TEXT_PIECES, "begin 644 a\n", "M" + "A" * 60 + "\n", "`\n", "end\n"), 20 * _MB,
                      _parts(_CONTENT, "Content-Transfer-Encoding: x-uuencode", most=1)),
    "uuencoded text": _typed("text/plain", pieces=("begin 644 a\n", "M" + "A" * 60 + "\n", "`\n", "end\n", "a", "\n")),
    "base64 text": Place((*TEXT_PIECES, "QUJD", "QQ==", "="), _MB, lambda words: _read(
        mail("Content-Type: text/plain", "Content-Transfer-Encoding: base64", body=words))),
    "multipart without boundary": Place(
        (*TEXT_PIECES, "--a\n", "--a--\n", "--b\nContent-Type: x/y\n\n", "\n--", "content-type: a/b\n"), 4 * _MB,
        lambda words: _read(mail("Content-Type: multipart/mixed", body=words))),
    "boundaries": Place(("--a\n", "--a--\n", "\n", "Content-Type: text/plain\n\n", "--a", "a", " ", "\n--a\n\n"),
                        2 * _MB, lambda words: _read(mail("Content-Type: multipart/mixed; boundary=a", body=words))),
    "delivery status": Place((*TEXT_PIECES, "Final-Recipient: rfc822; a@b.example\n", "Action: failed\n\n"), _MB,
        lambda words: _read(whole("report; report-type=delivery-status", text("x"),
                                  part("Content-Type: message/delivery-status", body=words)))),
    "report in words": Place(TEXT_PIECES, _MB, lambda words: _read(
        mail("X-Failed-Recipients: a@b.example", head=("From: Mailer-Daemon <mailer-daemon@x.example>", *HEAD[1:]),
             body=words))),
    "calendar": Place(TEXT_PIECES, 4 * _MB, _parts("Content-Type: text/calendar", most=1)),
    "attached mail": Place((*TEXT_PIECES, *FIELD_PIECES), 4 * _MB, _parts("Content-Type: message/rfc822", most=1)),
    "clear-signed text": Place(
        (*TEXT_PIECES, "-----BEGIN PGP SIGNED MESSAGE-----\n", "-----BEGIN PGP SIGNATURE-----\n", "Hash: a\n"), _MB,
        lambda words: _read(mail(body=words))),
    **{f"octets as {name or 'nothing'}": Place((*OCTETS, "a", " ", "\n", "\x1b$B", "\x1b(B"), _MB, _octets(name))
       for name in ("", "utf-8", "windows-1252", "iso-2022-jp", "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr",
                    "utf-16", "koi8-r", "iso-2022-kr", "x-unknown", "utf-7")},
}  # fmt: skip
