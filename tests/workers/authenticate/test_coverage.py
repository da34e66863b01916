"""A signature proves only what it covers: fields outside it must not change what the mail shows."""

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.records import Verdict
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.authentic_mails import EDGE, letter, prove
from tests.builders.dkim_keys import SIGNED, key, sign
from tests.builders.world import World
from tests.servers.name_server import NameServer

#: Another person's words, which the author answers inline: under another Content-Type, those words are the whole text.
QUOTED = (
    "Rosa wrote:\r\n\r\nlook at this:\r\n--xx\r\nContent-Type: text/plain\r\n\r\nI agree. Please sign today.\r\n\r\n"
    "--xx--\r\n\r\nNo, I do not agree to that at all. Tom\r\n"
)
PLAIN = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
MIXED_XX = 'Content-Type: multipart/mixed; boundary="xx"\r\n'


@pytest.fixture
def server() -> Iterator[NameServer]:
    names = ("legit.org", "lists.example")
    running = NameServer({f"s._domainkey.{name}": [key(2048)[1]] for name in names})
    yield running
    running.close()


@pytest.fixture
def address(database: Database, world: World) -> str:
    return reply_address(database, world, world.post(database, "staff", "client"), "client")


def mail(address: str, body: str, more: str = "") -> bytes:
    head = letter(address, more=more).partition(b"\r\n\r\n")[0]
    return head + b"\r\n\r\n" + body.encode()


def parts(*of: tuple[str, str], boundary: str = "b1", above: str = "", below: str = "") -> str:
    body = "".join(f"--{boundary}\r\n{head}\r\n\r\n{text}\r\n" for head, text in of)
    return f"{above}{body}--{boundary}--\r\n{below}"


def multipart(kind: str, boundary: str = "b1", more: str = "") -> str:
    return f'MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary="{boundary}"{more}\r\n'


TEXT = ("Content-Type: text/plain; charset=utf-8", "Yes, please.")
HTML = ("Content-Type: text/html; charset=utf-8", "<p>Yes, please.</p>")
NOTE = ("Content-Type: text/html; charset=utf-8", "<p>No, never.</p>")
PICTURE = ("Content-Type: image/png; name=a.png\r\nContent-ID: <a>\r\nContent-Disposition: inline", "x")
PDF = (
    "Content-Type: application/pdf; name=a.pdf\r\nContent-ID: <f1>\r\nContent-Disposition: attachment; filename=a.pdf",
    "x",
)


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ("Yes, please.\r\n", ""),
        ("Yes, please.\r\n", PLAIN),
        ("Yes, please.\r\n", 'Content-Type: text/plain; charset="iso-8859-15"; format=flowed\r\n'),
        ("Yes, \r\nplease.\r\n\r\n> No, \r\n> thanks.\r\n", "Content-Type: text/plain; format=flowed\r\n"),
        ("Yes, please.\r\n", PLAIN + "Content-Transfer-Encoding: 7bit\r\n"),
        ("Yes, please.\r\n", PLAIN + "Content-Transfer-Encoding: quoted-printable\r\n"),
        ("Ja, bitte schön.\r\n", PLAIN + "Content-Transfer-Encoding: 8bit\r\n"),
        (parts(TEXT, HTML), multipart("alternative")),
        (parts(TEXT, HTML, above="This is a multi-part message in MIME format.\r\n"), multipart("alternative")),
        (parts(TEXT, PDF), multipart("mixed")),
        (parts(HTML, PICTURE), multipart("related")),
        (parts(TEXT), multipart("mixed")),
        # labels that the body shows by itself, or shows to be false
        ("Yes =1B$B\x1b$B0!\x1b(B\r\n", "Content-Type: text/plain; charset=iso-2022-jp\r\n"),
        ("Yes, please: Mr. Falk.\r\n", "Content-Transfer-Encoding: base64\r\n"),
    ],
)
def test_a_mail_that_reads_the_same_whichever_way_is_proven(
    resources: Resources, world: World, server: NameServer, address: str, body: str, more: str
) -> None:
    raw = sign(mail(address, body, more), "legit.org")
    proof = prove(resources, world, raw, address, dns_servers=server.address)
    assert (proof.verdict, proof.evidence.get("problem")) == (Verdict.PROVEN, None)


@pytest.mark.parametrize(
    ("body", "more", "before", "after"),
    [
        # the attacks: the field that the author's mail had, and the field that replaces it
        (QUOTED, "", b"", b"MIME-Version: 1.0\r\n" + MIXED_XX.encode()),
        (QUOTED, PLAIN, b"Content-Type: text/plain; charset=utf-8", MIXED_XX.encode().strip()),
        ("We <b>cannot</b> go on. <!--\r\nRosa wrote -->\r\nbye\r\n", "", b"", b"Content-Type: text/html\r\n"),
        ("SSBhZ3JlZS4gUGxlYXNlIHNpZ24gdG9kYXkuCg==\r\n", "", b"", b"Content-Transfer-Encoding: base64\r\n"),
        ("No. =0D=0AYes.=\r\n No.\r\n", PLAIN, b"MIME", b"Content-Transfer-Encoding: quoted-printable\r\nMIME"),
        # text that only its Content-Type marks as quoted or hidden, with that field removed
        (parts(TEXT, HTML), multipart("alternative"), multipart("alternative").strip().encode(), b"X-Gone: 1"),
        ("<p>No.</p><blockquote>Yes.</blockquote>\r\n", HTML[0] + "\r\n", HTML[0].encode(), b"X-Gone: 1"),
        ("Yes, please.\r\n", "", b"", b"Content-Disposition: attachment; filename=a.txt\r\n"),
        # the author's multipart, changed to another kind of multipart or to another boundary
        (parts(TEXT, ("Content-Type: text/html", "x"), NOTE), multipart("mixed"), b"mixed", b"alternative"),
        (parts(TEXT, HTML), multipart("alternative"), b"alternative", b"mixed"),
        (parts(TEXT, PICTURE, TEXT), multipart("mixed"), b"multipart/mixed", b"multipart/related"),
        (parts(HTML, PICTURE), multipart("related"), b'"b1"', b'"b1"; start="<a>"'),
        (parts(TEXT, HTML), multipart("alternative"), b"multipart/alternative", b"text/plain"),
        (parts(TEXT, HTML), multipart("alternative"), b"multipart/alternative", b"multipart/digest"),
        (parts((TEXT[0], f"No.\r\n{parts(NOTE, boundary='b2')}")), multipart("mixed"), b'"b1"', b'"b2"'),
        ("No, never.\r\n" + parts(TEXT, HTML), "", b"", multipart("alternative").encode()),
        (parts(TEXT, HTML, below="No, never.\r\n"), "", b"", multipart("alternative").encode()),
    ],
)
def test_a_field_that_is_put_in_proves_nothing(
    resources: Resources,
    world: World,
    server: NameServer,
    address: str,
    body: str,
    more: str,
    before: bytes,
    after: bytes,
) -> None:
    raw = sign(mail(address, body, more), "legit.org")
    head, blank, rest = raw.partition(b"\r\n\r\n")
    changed = (head.replace(before, after, 1) if before else after + head) + blank + rest
    assert changed != raw
    for front in (b"", f"Authentication-Results: {EDGE}; dmarc=pass header.from=legit.org\r\n".encode()):
        asked: dict[str, Any] = {"authserv_id": EDGE, "dns_servers": server.address}
        proof = prove(resources, world, front + changed, address, **asked)
        assert proof.verdict in (Verdict.NOT_COVERED, Verdict.NOT_PROVEN)
        assert proof.signatures == ()


def test_what_is_signed_may_be_of_any_kind(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    whole = (*SIGNED, b"content-type", b"content-transfer-encoding", b"mime-version")
    html = mail(address, "<p>Yes, please.</p>\r\n", "MIME-Version: 1.0\r\nContent-Type: text/html\r\n")
    for fields, verdict in ((whole, Verdict.PROVEN), (SIGNED, Verdict.NOT_COVERED)):
        raw = sign(html, "legit.org", fields=fields)
        assert prove(resources, world, raw, address, dns_servers=server.address).verdict is verdict
    # an added field is not covered, whatever was signed
    html = html.replace(b"Yes, please.", b"No.=0DYes.")
    raw = b"Content-Transfer-Encoding: quoted-printable\r\n" + sign(html, "legit.org", fields=whole)
    assert prove(resources, world, raw, address, dns_servers=server.address).verdict is not Verdict.PROVEN


def test_of_two_signatures_one_must_cover_it(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    html = mail(address, "<p>Yes, please.</p>\r\n", "MIME-Version: 1.0\r\nContent-Type: text/html\r\n")
    raw = sign(sign(html, "legit.org"), "legit.org", fields=(*SIGNED, b"content-type"))
    proof = prove(resources, world, raw, address, dns_servers=server.address)
    assert (proof.verdict, len(proof.signatures)) == (Verdict.PROVEN, 2)


def test_where_spf_passed_for_the_author_s_domain_it_sent_the_mail_as_it_is(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    html = sign(mail(address, "<p>Yes.</p>\r\n", "MIME-Version: 1.0\r\nContent-Type: text/html\r\n"), "legit.org")
    for spf, verdict in (("legit.org", Verdict.PROVEN), ("forwarder.example", Verdict.NOT_COVERED)):
        said = f"dmarc=pass header.from=legit.org; spf=pass smtp.mailfrom={spf}; dkim=pass header.d=legit.org"
        raw = f"Authentication-Results: {EDGE}; {said}\r\n".encode() + html
        asked: dict[str, Any] = {"authserv_id": EDGE, "dns_servers": server.address}
        assert prove(resources, world, raw, address, **asked).verdict is verdict


def test_by_the_word_of_a_server_a_weak_signature_proves_no_more_than_by_itself(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    for changes in (
        {"length": True},
        {"fields": (b"from", b"to", b"date")},
        {"fields": (b"from", b"date", b"subject")},
    ):
        raw = sign(letter(address), "legit.org", **changes)
        raw = f"Authentication-Results: {EDGE}; dmarc=pass header.from=legit.org\r\n".encode() + raw
        asked: dict[str, Any] = {"authserv_id": EDGE, "dns_servers": server.address}
        assert prove(resources, world, raw, address, **asked).verdict is Verdict.NOT_PROVEN
