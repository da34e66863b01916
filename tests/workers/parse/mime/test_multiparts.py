"""Multiparts whose type or boundary is broken: their parts are found, or the mail is held; never raw MIME as words."""

from base64 import encodebytes
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.reasons import Reason
from tests.builders import relative_cost
from tests.builders.reading_invariants import check_reading
from tests.builders.small_mails import custody, file, mail, multipart, part, read, refuse, text, whole, words
from workers.parse.read import read_mail

COST = 120  # units, see tests.builders.relative_cost
PDF = b"%PDF-1.7\n%%EOF\n" * 30
_, BODY = multipart("mixed", text("Yes, on Friday."), file("plan.pdf", PDF), boundary="=_b")
_, OUTLOOK = multipart("mixed", text("Yes, on Friday."), file("plan.pdf", PDF), boundary="----=_NextPart_000_0001")
PREAMBLE = b"This is a multi-part message in MIME format.\r\n\r\n"
INNER = b"--out\r\nContent-Type: multipart/mixed; boundary=no\r\n\r\n" + BODY + b"--out--\r\n"
_, BARE = multipart("mixed", b"\r\nYes, on Friday.", file("plan.pdf", PDF), boundary="=_b")

MENDED = (
    ("the type twice", 'Content-Type: multipart/multipart/mixed; boundary="=_b"', BODY),
    ("no subtype", 'Content-Type: multipart; boundary="=_b"', BODY),
    ("an empty subtype", 'Content-Type: multipart/; boundary="=_b"', BODY),
    ("the type in quotation marks", 'Content-Type: "multipart/mixed"; boundary="=_b"', BODY),
    ("blanks around the slash", 'Content-Type: multipart / mixed; boundary="=_b"', BODY),
    ("no semicolon", 'Content-Type: multipart/mixed boundary="=_b"', BODY),
    ("a comma for the semicolon", 'Content-Type: multipart/mixed, boundary="=_b"', BODY),
    ("a misspelt type", 'Content-Type: mutlipart/mixed; boundary="=_b"', BODY),
    ("only a subtype", 'Content-Type: mixed; boundary="=_b"', BODY),
    ("called plain text", 'Content-Type: text/plain; boundary="=_b"', BODY),
    ("no boundary", "Content-Type: multipart/mixed", BODY),
    ("no boundary, and dashes in it", "Content-Type: multipart/mixed", OUTLOOK),
    ("an empty boundary", 'Content-Type: multipart/mixed; boundary=""', BODY),
    ("another boundary", 'Content-Type: multipart/mixed; boundary="other"', BODY),
    ("another boundary that is longer", 'Content-Type: multipart/mixed; boundary="=_b1"', BODY),
    ("words behind the quotation marks", 'Content-Type: multipart/mixed; boundary="=_b"; x"', BODY),
    ("letters behind the quotation marks", 'Content-Type: multipart/mixed; boundary="=_b"xyz', BODY),
    ("no closing quotation mark", 'Content-Type: multipart/mixed; boundary="=_b', BODY),
    ("a boundary that was not folded", "Content-Type: multipart/mixed;\r\nboundary==_b", BODY),
    ("a boundary in other letters", 'Content-Type: multipart/mixed; boundary="=_B"', BODY),
    (
        "blanks behind the lines",
        'Content-Type: multipart/mixed; boundary="=_b"',
        BODY.replace(b"=_b\r\n", b"=_b \t \r\n"),
    ),
    (
        "a blank line below the boundary",
        "Content-Type: multipart/mixed",
        BODY.replace(b"--=_b\r\nC", b"--=_b\r\n\r\nC", 1),
    ),
    ("parts without fields", "Content-Type: multipart/mixed", BARE),
    (
        "words above the parts",
        "Content-Type: multipart/mixed",
        PREAMBLE + BODY,
    ),
    ("no end", "Content-Type: multipart/mixed", BODY.removesuffix(b"--=_b--\r\n")),
    ("no type, and nothing but parts", "X-A: b", BODY),
    (
        "fields torn off by a blank line",
        "X-A: b",
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_b"\r\n\r\n' + BODY,
    ),
    (
        "the type torn off by a blank line",
        "X-A: b",
        b'\r\nContent-Type: multipart/mixed;\r\n boundary="=_b"\r\n\r\n' + BODY,
    ),
    (
        "within another multipart",
        'Content-Type: multipart/mixed; boundary="out"',
        b"--out\r\nContent-Type: multipart/mixed; boundary=no\r\n\r\n" + BODY + b"--out--\r\n",
    ),
)


@pytest.mark.parametrize(("name", "field", "body"), MENDED, ids=[row[0] for row in MENDED])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
def test_the_parts_are_found(name: str, field: str, body: bytes, end: bytes) -> None:
    result = read(mail(field, body=body).replace(b"\r\n", end))
    assert words(result).removeprefix("This is a multi-part message in MIME format.\n\n") == "Yes, on Friday."
    assert [(one.name, one.size, one.defect) for one in result.attachments if one.size == len(PDF)] == [
        ("plan.pdf", len(PDF), "" if b"--=_b--" in body or b"0001--" in body else result.attachments[0].defect)
    ]


def test_a_multipart_in_base64_is_decoded_before_its_parts_are_found() -> None:
    fields = ('Content-Type: multipart/mixed; boundary="=_b"', "Content-Transfer-Encoding: base64")
    result = read(mail(*fields, body=encodebytes(BODY)))
    assert (words(result), [one.name for one in result.attachments]) == ("Yes, on Friday.", ["plan.pdf"])


HELD = (
    ("no boundary and no lines of it", BODY.replace(b"--=_b", b"")),
    ("one part only, far below", b"a\r\n\r\n" + BODY.replace(b"--=_b", b"", 1).partition(b"--=_b")[0]),
)


@pytest.mark.parametrize(("name", "body"), HELD, ids=[row[0] for row in HELD])
def test_a_multipart_whose_parts_are_not_found_is_held_and_says_so(name: str, body: bytes) -> None:
    rejection = refuse(mail("Content-Type: multipart/mixed", body=body))
    assert rejection.reason is Reason.UNREADABLE
    assert "boundary" in rejection.evidence["problem"]
    assert rejection.author == "anna@x.example"


MIME_AS_WORDS = "I get this, why?\n\n--=_b\nContent-Type: text/plain\n\nold\n--=_b--\n\nAnna"


@pytest.mark.parametrize("field", ["Content-Type: text/plain; charset=utf-8", "X-A: b", "Content-Type: text/plain"])
def test_mime_that_a_person_asks_about_stays_as_it_is(field: str) -> None:
    assert words(read(mail(field, body=MIME_AS_WORDS))).startswith(
        "I get this, why?\n\n--=_b\nContent-Type: text/plain"
    )


PLAIN = (
    *(
        "Content-Type: text/plain charset=utf-8",
        "Content-Type: text/plain, charset=utf-8",
        'Content-Type: "text/plain"',
    ),
    *("Content-Type: text / plain", "Content-Type: text", "Content-Type: TEXT/PLAIN;;;", "Content-Type: text/plain/x"),
)


@pytest.mark.parametrize("field", PLAIN)
def test_a_text_whose_type_is_misspelt_is_words_beside_a_file(field: str) -> None:
    result = read(whole("mixed", part(field, body="Yes."), file("a.pdf", PDF)))
    assert (words(result), [one.name for one in result.attachments]) == ("Yes.", ["a.pdf"])


@given(st.text(alphabet="-=_b \n:Content-Type", max_size=200))
def test_any_content_of_a_multipart_has_a_record(content: str) -> None:
    for field in ("Content-Type: multipart/mixed", "Content-Type: multipart/mixed; boundary=b", "X-A: b"):
        check_reading(mail(field, body=content))


LINES = (b"--a\r\nContent-Type: a\r\n\r\n", b"--a--\r\n", b"--\r\n", b"-" * 70 + b"\r\n", b"--a" + b" " * 70 + b"\r\n")


@pytest.mark.parametrize("line", LINES)
def test_a_megabyte_of_lines_like_boundaries_is_read_or_refused_soon(line: bytes) -> None:
    numbered = b"".join(b"--%d\r\nContent-Type: a/b\r\n\r\n" % number for number in range(20_000))
    for body in (line * (1_000_000 // len(line)), numbered):
        raw = mail("Content-Type: multipart/mixed", body=body)
        relative_cost.at_most(COST, partial(read_mail, raw, custody()))
