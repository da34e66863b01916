"""Attacks by attached files, with their numbers in the project's list of attacks on mail systems.

These attacks use names, encodings and structure. The tests of cases.files try hostile file contents.
"""

import unicodedata
from base64 import encodebytes

import pytest

from schemas.reasons import Reason
from schemas.records import Rejection
from storage.resources import Resources
from tests.builders import relative_cost
from tests.builders.file_selection import chosen, names, reasons
from tests.builders.small_mails import custody
from tests.builders.world import World
from tests.mails.entities import HEAD, Item, entity, multipart, text_part
from tests.mails.file_cases import PLAN
from tests.mails.file_contents import pdf
from tests.mails.unusual_parts import mixed, sized, whole
from workers.parse.mime.filenames import comparable, numbered, safe_name, with_ending
from workers.parse.read import read_mail

LONGEST = 150
COST = 200  # units, see tests.builders.relative_cost; each attack takes about a tenth of it

TWO_READINGS = (
    ("types", b"Content-Type: text/plain\nContent-Type: application/octet-stream; name=a.exe\n\nMZ\n"),
    (
        "boundaries",
        b"Content-Type: multipart/mixed; boundary=a\nContent-Type: multipart/mixed; boundary=b\n\n--a\n\nx\n",
    ),
    ("encodings", b"Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\nTVo=\n"),
    ("dispositions", b"Content-Disposition: inline\nContent-Disposition: attachment; filename=a.exe\n\nMZ\n"),
)


@pytest.mark.parametrize(("name", "body"), TWO_READINGS, ids=[row[0] for row in TWO_READINGS])
def test_attack_31_what_two_readers_take_differently_is_not_read_at_all(name: str, body: bytes) -> None:
    for raw in (whole(body), mixed(body)):
        result = read_mail(raw, custody())
        assert isinstance(result, Rejection)
        assert result.reason is Reason.UNREADABLE


BROKEN = (
    ("a sign that is none", lambda data: data.replace(b"JVBERi", b"JV*BERi")),
    ("text below it", lambda data: data + b"\n-- \nScanned by a gateway\n"),
    ("a second file below it", lambda data: data + encodebytes(pdf(1))),
    ("half of it", lambda data: b"".join(data.split())[: len(data) // 8 * 4 + 1] + b"\n"),
    ("a sign missing at the end", lambda data: data.rstrip()[:-1]),
)


@pytest.mark.parametrize(("name", "harm"), BROKEN, ids=[row[0] for row in BROKEN])
def test_attack_31_broken_base64_is_no_file_and_is_named(resources: Resources, world: World, name: str, harm) -> None:  # type: ignore[no-untyped-def]
    head, _, data = entity(PLAN, "attachment").partition(b"\n\n")
    found = chosen(mixed(head + b"\n\n" + harm(data)), resources, world)
    assert (names(found), reasons(found)) == ((), [("plan.pdf", "broken")])
    assert any("part 1: broken base64" in defect for defect in found.parsed.defects)
    assert "broken base64" in found.left_out[0].why


def test_attack_31_a_boundary_within_a_file_hides_nothing(resources: Resources, world: World) -> None:
    inner = b"--=_mix\nContent-Type: application/pdf\n\n"
    found = chosen(mixed(sized("a.txt", "text/plain", inner), entity(PLAN, "attachment")), resources, world)
    assert names(found) == ("a.txt", "plan.pdf")


def test_attack_32_no_nul_comes_into_the_name_of_a_file(resources: Resources, world: World) -> None:
    raw = mixed(entity(PLAN, "attachment").replace(b"plan.pdf", b"pl\0an.pdf"))
    found = chosen(raw, resources, world)
    assert names(found) == ("plan.pdf",)


#: The name in the mail, and the name that casemail shows.
NAMES = (
    ("\u200b.htaccess", "htaccess"),
    ("..\\..\\x.exe", "x.exe"),
    ("../../etc/passwd", "passwd"),
    ("invoice\u202efdp.exe", "invoicefdp.exe"),
    ("a.pdf\0.exe", "a.pdf.exe"),
    ("CON", "_CON"),
    ("com\u00b9.pdf", "_com\u00b9.pdf"),
    ("a" * 10_000, "a" * 149),
    ("invoice.pdf.exe", "invoice.pdf.exe"),
    ("invoice.pdf" + " " * 200 + ".exe", "invoice.pdf .exe"),
    ("invoice.pdf\u3164\u3164\u3164.exe", "invoice.pdf.exe"),
    ("invoice.pdf\u2800.exe", "invoice.pdf.exe"),
    ("photo.jpg\ufe0f", "photo.jpg"),
    ("a.exe.", "a.exe"),
    ("a.exe::$DATA", "a.exe__$DATA"),
    ("C:\\Users\\Anna\\plan.pdf", "plan.pdf"),
    ("\u2066plan\u2069.pdf", "plan.pdf"),
    ("plan\r\nX-Evil: 1.pdf", "plan X-Evil_ 1.pdf"),
    ("e\u0301.pdf", "\u00e9.pdf"),
    ("\udcff.pdf", "pdf"),
)


@pytest.mark.parametrize(("sent", "shown"), NAMES, ids=[f"{number}" for number in range(len(NAMES))])
def test_attack_33_a_name_is_shown_for_what_it_is(sent: str, shown: str) -> None:
    name = safe_name(sent, "application/octet-stream", 1)
    assert name == shown
    assert safe_name(name, "application/octet-stream", 1) == name
    assert len(name.encode()) <= LONGEST
    assert not {"Cc", "Cf", "Zl", "Zp"} & {unicodedata.category(char) for char in name}


def test_attack_33_the_type_is_checked_on_the_name_that_is_shown(resources: Resources, world: World) -> None:
    parts = [sized(f"a.pdf{hidden}.exe", "application/pdf", pdf(n)) for n, hidden in enumerate(("", " ", "\u200b"))]
    found = chosen(mixed(*parts, entity(PLAN._replace(name="a.exe\u202e.pdf"), "attachment")), resources, world)
    assert names(found) == ("a.exe.pdf",)
    assert [item.reason for item in found.left_out] == ["type"] * 3


def test_attack_33_a_name_in_20_000_pieces_is_over_a_limit_at_once() -> None:
    pieces = "".join(f";\n filename*{number}=a" for number in range(20_000))
    raw = mixed(f"Content-Type: application/pdf\nContent-Disposition: attachment{pieces}\n\nx\n".encode())
    result = relative_cost.at_most(COST, lambda: read_mail(raw, custody()))
    assert isinstance(result, Rejection)
    assert result.reason is Reason.OVER_LIMIT


def test_attack_33_a_name_without_an_ending_gets_that_of_its_type_and_its_content_must_agree(
    resources: Resources, world: World
) -> None:
    program = Item("file", "Scan 12", "application/pdf", b"MZ" + bytes(100))
    found = chosen(mixed(entity(program, "attachment")), resources, world)
    assert (names(found), reasons(found)) == ((), [("Scan 12.pdf", "content")])


LONG = ("a.pdf", "x" * 145 + ".pdf", "\u6728" * 48 + ".pdf", "\u6728" * 49, "a" * 149)


@pytest.mark.parametrize("name", LONG, ids=range(len(LONG)))
def test_attack_33_names_are_unique_and_stay_short(name: str) -> None:
    taken: set[str] = set()
    for _ in range(12):
        found = numbered(with_ending(name, "application/pdf"), taken)
        assert comparable(found) not in taken
        assert len(found.encode()) <= LONGEST
        assert safe_name(found, "", 0) == found
        taken.add(comparable(found))


#: 81 bytes that keep a TNEF reader busy for more than a minute: they announce a table of nearly 2^32 rows.
TNEF = b"\x78\x9f\x3e\x22\x01\x00\x01\x06\x90\x08\x00" + b"\xff\xff\xff\xfe" * 17 + b"\0\0"


def test_attack_37_winmail_dat_is_left_opaque_and_named(resources: Resources, world: World) -> None:
    raw = mixed(sized("winmail.dat", "application/ms-tnef", TNEF))
    found = relative_cost.at_most(COST, lambda: chosen(raw, resources, world))
    assert (names(found), reasons(found)) == ((), [("winmail.dat", "tnef")])
    assert "only Outlook opens" in found.left_out[0].why


def test_attack_38_a_file_as_large_as_a_mail_may_be_is_read_soon(resources: Resources, world: World) -> None:
    large = Item("file", "large.pdf", "application/pdf", pdf() + bytes(range(256)) * 66_000)
    raw = "\n".join(HEAD).encode() + b"\n" + multipart("mixed", text_part("Here."), entity(large, "attachment"))
    found = relative_cost.at_most(2 * COST, lambda: chosen(raw.replace(b"\n", b"\r\n"), resources, world))
    assert [file.size for file in found.files] == [len(large.data)]


def test_attack_38_many_parts_are_over_a_limit_at_once() -> None:
    raw = mixed(*(sized(f"{number}.pdf", "application/pdf", b"") for number in range(2000)))
    result = read_mail(raw, custody())
    assert isinstance(result, Rejection)
    assert result.reason is Reason.OVER_LIMIT


PICTURES = "".join(f"<img src='cid:{number}@x'>" for number in range(4000))


@pytest.mark.parametrize(
    "lines", [PICTURES, PICTURES.replace("<img", "<br>\u00a0Regards<br><img"), "[cid:a@x]\n" * 9000]
)
def test_a_text_of_nothing_but_pictures_is_read_soon(lines: str) -> None:
    html = text_part(f"<html><body>{lines}</body></html>", "html")
    shots = [entity(PLAN, "inline", "2231", f"Content-ID: <{number}@x>") for number in range(90)]
    raw = whole(multipart("related", html, *shots))
    relative_cost.at_most(COST, lambda: read_mail(raw, custody()))
