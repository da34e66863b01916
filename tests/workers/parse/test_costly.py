"""Mails that cost other parsers seconds, minutes or gigabytes are read quickly, or held with a reason."""

from base64 import encodebytes

import pytest

from schemas.reasons import Reason
from schemas.records import Rejection
from tests.builders import relative_cost
from tests.builders.small_mails import HEAD, custody, file, mail, nested_mail, part, text, whole
from workers.parse.read import read_mail

COST = 120  # units, see tests.builders.relative_cost
MB = 1_000_000
READ, OVER, UNREADABLE, LOOP = "read", Reason.OVER_LIMIT, Reason.UNREADABLE, Reason.LOOP


def filled(field: str, token: str, size: int = MB) -> bytes:
    """Returns a mail with a field of this size, made of a repeated token."""
    head = tuple(line for line in HEAD if not line.startswith(f"{field}:"))
    return mail(f"{field}: {token * (size // len(token))}", head=head)


def many(count: int, field: str) -> bytes:
    """Returns a mail with this many fields."""
    return mail(*[field.format(number) for number in range(count)])


def encoded(kind: str, data: bytes) -> bytes:
    """Returns a mail with a part that is declared as base64 and has these bytes, which may be invalid base64."""
    return whole("mixed", text("x"), part(f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", body=data))


NUL_CHARSET = 'Content-Type: text/plain; charset="a\0b"'

COSTLY = (
    ("nested 300", nested_mail("multipart/mixed", 300), OVER),
    ("nested 1,000", nested_mail("multipart/mixed", 1_000), OVER),
    ("nested 10,000", nested_mail("multipart/mixed", 10_000), OVER),
    ("mails in mails 1,000", nested_mail("message/rfc822", 1_000), READ),
    ("mails in mails 10,000", nested_mail("message/rfc822", 10_000), READ),
    ("100,000 different fields", many(100_000, "X-{}: 1"), OVER),
    ("100,000 equal fields", many(100_000, "X: 1"), OVER),
    ("100,000 From fields", many(100_000, "From: a@b.example"), OVER),
    ("a Subject of one word", filled("Subject", "x"), OVER),
    ("a Subject of words", filled("Subject", "word "), OVER),
    ("a From of words", filled("From", "word "), OVER),
    ("a To of 70,000 addresses", filled("To", "abc@b.example, "), OVER),
    ("a From of dots", filled("From", "a.", MB // 2), OVER),
    ("20,000 Received fields", many(20_000, "Received: from a by b; Fri, 3 May 2024 10:00:00 +0200"), OVER),
    ("51 Received fields", many(51, "Received: from a by b; Fri, 3 May 2024 10:00:00 +0200"), LOOP),
    ("encoded words with spaces", filled("Subject", "=?utf-8?q?a?= "), OVER),
    ("encoded words without", filled("Subject", "=?utf-8?q?a?="), OVER),
    ("encoded words that do not end", filled("Subject", "=?utf-8?q?"), OVER),
    ("signs of encoded words", filled("Subject", "=?=?=?"), OVER),
    ("half a million signs of encoded words", filled("Subject", "=?"), OVER),
    ("encoded words in From", filled("From", "=?utf-8?q?a?= "), OVER),
    ("punycode in an encoded word", mail(f"Subject: =?punycode?q?{'a' * 600_000}?="), OVER),
    ("punycode in an encoded word within the limit", mail(f"Subject: =?punycode?q?{'a' * 60_000}?="), UNREADABLE),
    ("punycode as the text", mail("Content-Type: text/plain; charset=punycode", body="a" * MB), READ),
    ("100,000 parts", whole("mixed", *[part(body="x")] * 100_000), OVER),
    ("50,000 parameters", mail("Content-Type: text/plain" + "; a=b" * 50_000), OVER),
    ("20,000 pieces of a name", mail("Content-Type: x/y" + "".join(f"; name*{n}=a" for n in range(20_000))), OVER),
    ("100,000 groups in From", filled("From", "g:;", 300_000), OVER),
    ("comments in comments in From", mail(head=(f"From: {'(' * 2_000}a{')' * 2_000} a@b.example", *HEAD[1:])), READ),
    ("200,000 folds", mail("X: a" + "\r\n b" * 200_000), OVER),
    ("a long Message-ID", filled("Message-ID", "a", MB // 2), OVER),
    ("long References", filled("References", "<a@b> "), OVER),
    ("2 million empty lines", mail(body=b"\n" * 2 * MB), OVER),
    ("4 million carriage returns", mail(body=b"\r" * 4 * MB), OVER),
    ("5 MB of broken base64", encoded("a/b", b"QUJD*" * MB), READ),
    ("a NUL in a charset", mail(NUL_CHARSET), UNREADABLE),
    ("a NUL in the charset of a part", whole("mixed", part(NUL_CHARSET, body="Yes.")), READ),
    ("5 MB with a PDF", encoded("application/pdf", encodebytes(b"%PDF-1.7" + bytes(3_700_000))), READ),
    ("50 MB with a PDF", whole("mixed", text("x"), file("a.pdf", bytes(37 * MB))), OVER),
)


@pytest.mark.parametrize(("name", "raw", "answer"), COSTLY, ids=[row[0] for row in COSTLY])
def test_a_costly_mail_is_answered_soon(name: str, raw: bytes, answer: str) -> None:
    result = relative_cost.at_most(COST, lambda: read_mail(raw, custody()))
    assert (result.reason if isinstance(result, Rejection) else READ) == answer
    assert result.model_dump_json()


HEADS_OF_PARTS = "Content-Type: multipart/" + "a" * 3_900 + "="
RAW_NAME = 'Content-Type: x/y; name="=?x?q?=E4bc{0}?= a =?y?q?=E4=F6{0}?= b =?z?q?=FC{0}?="'

#: Mails that cost little, and took seconds or minutes with rules that look simple.
CHEAP = (
    ("uuencoded files", mail(body="begin 644 a\n`\nend\n" * 160_000), OVER),
    ("beginnings of PGP", mail(body="a\n" + "-----BEGIN PGP MESSAGE-----\n" * 20_000), READ),
    ("boundaries and blanks", mail("Content-Type: multipart/mixed", body=("--a" + " " * 190 + "\n") * 20_000), OVER),
    ("long types of parts", whole("mixed", *[part(HEADS_OF_PARTS, body="x")] * 900), OVER),
    ("texts without a charset", whole("mixed", *[part("X: a", body=b"\xe4bc \xf6 %d" % n) for n in range(900)]), READ),
    ("names in no charset", whole("mixed", *[part(RAW_NAME.format(n), body="x") for n in range(240)]), READ),
    ("rests of Outlook", mail("Content-Type: text/html", body="<div id=appendonsend>a</div>" * 60_000), READ),
    ("lines in many texts", whole("mixed", *[text("> a\nb\n" * 700)] * 240), READ),
    ("lines of dashes", mail(body=("-" * 498 + "#\n") * 2_000), READ),
)


@pytest.mark.parametrize(("name", "raw", "answer"), CHEAP, ids=[row[0] for row in CHEAP])
def test_a_mail_that_looks_costly_costs_little(name: str, raw: bytes, answer: str) -> None:
    result = relative_cost.at_most(COST / 4, lambda: read_mail(raw, custody()))
    assert (result.reason if isinstance(result, Rejection) else READ) == answer


ODD = (
    *("From: <@", "From: Foo <", "From: a@[1.2.3", "From: @", "From: <>", "From: \\", 'From: "', "From: ;,:"),
    *("From: a@b@c", "To: <@", "To: a@[1.2.3.4", "To: ::", "Cc: \\", "Date: (((", "Date: 99999999999999999999"),
    *("Date: Mon, 0 Foo 0 0:0", "Message-ID: <", "Message-ID: [", "Content-Type: ;;;", "Content-Type: /"),
    *("Content-Type: text/plain; charset", "Content-Type: multipart/mixed; boundary="),
    *('Content-Type: text/plain; x="', "Content-Type: text/plain; a*=b'c"),
    *("Content-Disposition: ;filename*1*=a", "Content-Transfer-Encoding: ", "MIME-Version: ("),
    *("Content-Type: text/plain; a*0*x=1", "Subject: =?", "Subject: =?a?b?", "Subject: =?utf-8?b?====?="),
    *("Subject: =?utf-8?x?a?=", "Content-ID: <", "In-Reply-To: ="),
)


@pytest.mark.parametrize("field", ODD)
def test_an_odd_field_leaves_the_rest_of_the_mail_readable(field: str) -> None:
    name = field.partition(":")[0]
    head = tuple(line for line in HEAD if not line.startswith(f"{name}:"))
    result = read_mail(mail(field, head=head), custody())
    assert not isinstance(result, Rejection)
    assert result.body is not None
    assert result.body.text == "Yes."


NULS = (
    mail("Subject: =?utf-8?q?a=00b?=", head=(HEAD[0],)),
    mail("Subject: =?utf-8?b?YQBi?=", head=(HEAD[0],)),
    mail(head=("From: =?utf-8?q?a=00b?= <a@b.example>",)),
    mail("Message-ID: <=?utf-8?q?=00?=@b.example>"),
    mail(body=b"a\0b"),
    mail("Content-Transfer-Encoding: quoted-printable", body="a=00b"),
    mail("Content-Transfer-Encoding: base64", body="YQBi"),
    mail("Content-Type: text/html", body=b"<p>a\0b&#0;</p>"),
    whole("mixed", text("x"), file("a\0b.pdf", b"1")),
    whole("mixed", text("x"), part("Content-Disposition: attachment; filename*=utf-8''a%00b.pdf", body="1")),
    whole("mixed", text("x"), part("Content-Type: application/pdf", "Content-ID: <a\0b>", body="1")),
    whole("mixed", text("x"), part("X-\0: y", body="1")),
    mail("X-\0: y"),
    mail("Subject: a\0b"),
)


@pytest.mark.parametrize("raw", NULS, ids=range(len(NULS)))
def test_no_nul_goes_on_to_the_database_wherever_it_stands(raw: bytes) -> None:
    assert "\\u0000" not in read_mail(raw, custody()).model_dump_json()


OURS = (
    *("X-Tenant-Id: 2", "X-Case-Id: 9", "X-Casemail-Tenant: 2", "X-Casemail-Case: 9"),
    *("X-Casemail-Author: admin@legit.com",),
    *("Authentication-Results: in.example; dmarc=pass header.from=legit.com", "ARC-Seal: i=1; cv=pass"),
    *("X-Envelope-From: a@b", "Delivered-To: admin@legit.com", "X-Original-To: r-9@in.example"),
    *("Return-Path: <admin@legit.com>", "Errors-To: a@b", "Resent-From: admin@legit.com"),
    *("Resent-To: r-9@in.example", "Sender: admin@legit.com", "Reply-To: admin@legit.com"),
)


@pytest.mark.parametrize("field", OURS)
def test_a_field_that_claims_what_only_we_know_changes_nothing(field: str) -> None:
    assert read_mail(mail(field), custody()) == read_mail(mail(), custody())


def test_a_winmail_dat_is_one_file_and_is_not_opened() -> None:
    tnef = b"\x78\x9f\x3e\x22" + bytes(77)
    result = read_mail(whole("mixed", text("Yes."), file("winmail.dat", tnef, "application/ms-tnef")), custody())
    assert not isinstance(result, Rejection)
    assert result.body is not None
    assert result.body.text == "Yes."
    assert [(one.name, one.declared_type, one.size) for one in result.attachments] == [
        ("winmail.dat", "application/ms-tnef", len(tnef))
    ]
