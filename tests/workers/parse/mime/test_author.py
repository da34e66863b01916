"""The author of a mail: honest From fields name an author, crafted From fields do not."""

import pytest

from schemas.reasons import Reason
from schemas.records import ParsedMail
from tests.builders.small_mails import HEAD, custody, mail, read, refuse
from tests.mails.crafted_authors import CRAFTED, HEADERS, E, L, encoded
from workers.parse.read import read_mail

HONEST = (
    ("bare", L, L, ""),
    ("angle", f"<{L}>", L, ""),
    ("name", f"Bob Smith <{L}>", L, "Bob Smith"),
    ("quoted name with a comma", f'"Smith, Bob" <{L}>', L, "Smith, Bob"),
    ("quoted name with an escaped quote", f'"Bob \\" x" <{L}>', L, 'Bob " x'),
    ("name with dots", f"B. J. Smith <{L}>", L, "B. J. Smith"),
    ("name with a comment", f"Bob (Sales) <{L}>", L, "Bob (Sales)"),
    ("address with a comment", f"{L} (Bob)", L, "Bob"),
    ("domain in capitals", "Bob <Admin@LEGIT.com>", "Admin@legit.com", "Bob"),
    ("encoded name", f"{encoded('Jörg Ü.')} <{L}>", L, "Jörg Ü."),
    ("encoded name over the length of RFC 2047", f"=?utf-8?q?{'a' * 90}?= <{L}>", L, "a" * 90),
    ("name in UTF-8", f"Jörg <{L}>", L, "Jörg"),
    ("name in Latin-1", f"Jörg <{L}>".encode("latin-1"), L, "Jörg"),
    ("folded", f"Bob\r\n <{L}>", L, "Bob"),
    ("folded before the value", f"\r\n\t{L}", L, ""),
    ("the address as its own name", f"{L} <{L}>", L, ""),
    ("another address as a quoted name", f'"{L}" <{E}>', E, L),
    ("another address as an encoded name", f"{encoded('<' + L + '>')} <{E}>", E, f"<{L}>"),
    ("bidi control in the name", f'"\u202emoc.tigel@nimda" <{E}>', E, "\u202emoc.tigel@nimda"),
    ("NUL in an encoded name", f"=?utf-8?q?a=00b?= <{L}>", L, "=?utf-8?q?a=00b?="),
    ("name in UTF-7", f"=?utf-7?q?+ADw-b+AD4-?= <{L}>", L, "<b>"),
)


REST = HEAD[1:]


def author_of(raw: bytes) -> tuple[str, str]:
    """Reads a mail; returns its author and the problem with its From field."""
    result = read(raw)
    return result.author, result.author_problem


@pytest.mark.parametrize(("name", "value", "address", "shown"), HONEST, ids=[row[0] for row in HONEST])
def test_one_plain_mailbox_is_the_author(name: str, value: str | bytes, address: str, shown: str) -> None:
    field = b"From: " + (value if isinstance(value, bytes) else value.encode())
    result = read(mail(head=(field, *REST)))
    assert (result.author, result.author_name, result.author_problem) == (address, shown, "")


@pytest.mark.parametrize(("name", "value"), CRAFTED, ids=[row[0] for row in CRAFTED])
def test_a_crafted_from_has_no_author_and_says_why(name: str, value: str) -> None:
    author, problem = author_of(mail(head=(f"From: {value}", *REST)))
    assert author == ""
    assert problem


@pytest.mark.parametrize(("name", "fields"), HEADERS, ids=[row[0] for row in HEADERS])
def test_a_header_with_not_exactly_one_from_has_no_author(name: str, fields: tuple[str, ...]) -> None:
    result = read_mail(mail(head=(*fields, *REST)), custody())
    assert isinstance(result, ParsedMail)
    assert result.author == ""
    assert result.author_problem


PROBLEMS = (
    ((f"From: {E}", f"From: {L}"), "2 From fields"),
    ((), "no From field"),
    ((f"From: {L}", "no field"), "header is broken"),
    ((f"From: <{E}>, <{L}>",), "not one plain mailbox"),
    ((f"From: \x01<{L}>",), "doubtful (invalid-display-name)"),
    ((f"From: {L}\x1c",), "doubtful (invalid-or-ambiguous-address)"),
    ((f"From: \u2028<{L}>\x1c",), "Two readers of From disagree: admin@legit.com, none"),
)


@pytest.mark.parametrize(("fields", "problem"), PROBLEMS, ids=[row[1] for row in PROBLEMS])
def test_the_problem_says_what_is_wrong_with_from(fields: tuple[str, ...], problem: str) -> None:
    assert problem in author_of(mail(head=(*fields, *REST)))[1]


def test_sender_and_reply_to_never_make_an_author() -> None:
    raw = mail(f"Sender: {L}", f"Reply-To: {L}", f"Return-Path: <{L}>", head=(f"From: {E}", *REST))
    assert author_of(raw) == (E, "")


@pytest.mark.parametrize("byte", [b"\0", b"\r"], ids=["NUL", "bare carriage return"])
def test_a_header_on_whose_lines_readers_differ_is_unreadable(byte: bytes) -> None:
    rejection = refuse(mail(head=(b"From: x@evil.com" + byte + b"From: admin@legit.com", *REST)))
    assert rejection.reason is Reason.UNREADABLE
    assert "header" in rejection.evidence["problem"]


def test_a_signature_that_lists_from_on_a_line_of_its_own_is_no_second_from() -> None:
    signature = "DKIM-Signature: v=1; d=legit.com;\r\n h=Subject:\r\n From:To;\r\n bh=x; b=y"
    assert author_of(mail(head=(signature, f"From: {L}", *REST))) == (L, "")


def test_a_mail_with_bare_line_feeds_has_its_author() -> None:
    assert author_of(mail(head=(f"From: {L}", *REST)).replace(b"\r\n", b"\n")) == (L, "")


def test_a_broken_structure_below_the_header_leaves_the_author() -> None:
    assert author_of(mail("Content-Type: multipart/mixed; boundary=b", head=(f"From: {L}", *REST))) == (L, "")
