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
    ("NUL in an encoded name", f"=?utf-8?q?a=00b?= <{L}>", L, "ab"),
    ("name in UTF-7", f"=?utf-7?q?+ADw-b+AD4-?= <{L}>", L, "+ADw-b+AD4-"),
    ("encoded word in quotation marks", f'"{encoded("Jörg Ü.")}" <{L}>', L, "Jörg Ü."),
    ("Q word in quotation marks", f'"=?iso-8859-1?Q?Fran=E7ois_L=E9vy?=" <{L}>', L, "François Lévy"),
    ("two words in quotation marks", f'"=?utf-8?q?Zo=C3=AB?= =?utf-8?q?_N=C3=BA=C3=B1ez?=" <{L}>', L, "Zoë Núñez"),
    ("quoted word beside a plain one", f'"=?utf-8?q?Zo=C3=AB?=" Smith <{L}>', L, "Zoë Smith"),
    ("quoted word with a comma", f'"=?utf-8?q?N=C3=BA=C3=B1ez,_Zo=C3=AB?=" <{L}>', L, "Núñez, Zoë"),
    ("comma in an encoded word", f"=?windows-1250?Q?Nov=E1k,_Ji=F8=ED?= <{L}>", L, "Novák, Jiří"),
    ("two commas in an encoded word", f"=?utf-8?Q?M=C3=BCller,_Eva,_Dr.?= <{L}>", L, "Müller, Eva, Dr."),
    ("comma behind an encoded word", f"=?utf-8?q?M=C3=BCller?=, =?utf-8?q?J=C3=B6rg?= <{L}>", L, "Müller, Jörg"),
    ("comma behind an encoded word, plain first name", f"=?utf-8?b?TcO8bGxlcg==?=, Eva <{L}>", L, "Müller, Eva"),
    ("brackets", f"Bob [Acme] <{L}>", L, "Bob [Acme]"),
    ("brackets without a space", f"BOB SMITH[ACME - SMITH Bob] <{L}>", L, "BOB SMITH[ACME - SMITH Bob]"),
    ("brackets first", f"[Desk 3] Bob <{L}>", L, "[Desk 3] Bob"),
    ("brackets only", f"[Bob] <{L}>", L, "[Bob]"),
    ("encoded word with brackets", f"=?utf-8?q?J=C3=B6rg_[Acme]?= <{L}>", L, "Jörg [Acme]"),
    ("encoded word with parentheses", f"=?utf-8?q?J=C3=B6rg_(Acme)?= <{L}>", L, "Jörg (Acme)"),
    ("the address in an encoded word", f"=?utf-8?q?{L}?= <{L}>", L, L),
    ("an @ in an encoded word", f"=?utf-8?q?Zo=C3=AB_@_Acme?= <{L}>", L, "Zoë @ Acme"),
    ("a letter cut between encoded words", f"=?utf-8?q?J=C3?= =?utf-8?q?=B6rg?= <{L}>", L, "Jörg"),
    ("UTF-8 in a word that says ISO-8859-1", f"=?iso-8859-1?q?J=C3=B6rg?= <{L}>", L, "Jörg"),
    ("vendor letters", f"=?iso-2022-jp?b?GyRCLWo7M0VEGyhC?= <{L}>", L, "㈱山田"),
    ("domain in UTF-8", "Bob <bob@bücher.example>", "bob@xn--bcher-kva.example", "Bob"),
    ("domain in UTF-8, bare", "bob@bücher.example", "bob@xn--bcher-kva.example", ""),
    ("domain in UTF-8 in capitals", "bob@BÜCHER.Example", "bob@xn--bcher-kva.example", ""),
    ("domain in ASCII form", "Bob <bob@xn--bcher-kva.example>", "bob@xn--bcher-kva.example", "Bob"),
    ("domain in Cyrillic", "Bob <bob@почта.пример>", "bob@xn--80a1acny.xn--e1afmkfd", "Bob"),
    ("domain in Japanese", "Bob <bob@例え.jp>", "bob@xn--r8jz45g.jp", "Bob"),
    ("domain with a Cyrillic letter is another domain", "<admin@lеgit.com>", "admin@xn--lgit-v4d.com", ""),  # noqa: RUF001
)


REST = HEAD[1:]
SHOWN = (
    ("letters beyond ASCII in front of the @", "Zoë <zoë@bücher.example>", "Zoë <zoë@bücher.example>"),
    ("Cyrillic", "<почта@пример.example>", "<почта@пример.example>"),
    ("an encoded word with another address", f"=?utf-8?q?{E}?= <{L}>", f"=?utf-8?q?{E}?= <{L}>"),
    ("two mailboxes", f"Zoë <{E}>, Jörg <{L}>", f"Zoë <{E}>, Jörg <{L}>"),
)


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


@pytest.mark.parametrize(("name", "value", "shown"), SHOWN, ids=[row[0] for row in SHOWN])
def test_the_problem_shows_from_as_the_mail_has_it(name: str, value: str, shown: str) -> None:
    author, problem = author_of(mail(head=(f"From: {value}", *REST)))
    assert author == ""
    assert shown in problem


def test_a_name_in_raw_octets_is_read_by_the_charset_of_the_text() -> None:
    field = "From: Żółć <admin@legit.com>".encode("iso8859_2")
    result = read(mail("Content-Type: text/plain; charset=iso-8859-2", head=(field, *REST)))
    assert result.author_name == "Żółć"


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
