"""Files and texts that Outlook packs into winmail.dat."""

from functools import partial
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import relative_cost
from tests.builders.small_mails import file, mail, read, text, whole, words
from tests.builders.tnef import attribute, packed_file, properties, tnef
from workers.parse.mime.structure import open_parts
from workers.parse.mime.tnef import unpack

COST = 60  # units, see tests.builders.relative_cost
PDF = b"%PDF-1.7\n%%EOF\n" * 30
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
TNEF = "application/ms-tnef"


def winmail(data: bytes, name: str = "winmail.dat", kind: str = TNEF) -> bytes:
    """Returns a mail with words and TNEF data."""
    return whole("mixed", text("See the files."), file(name, data, kind))


PACKED: tuple[tuple[str, bytes, list[str]], ...] = (
    ("a file", winmail(tnef(packed_file("plan of the roof.pdf", PDF))), ["plan of the roof.pdf"]),
    ("two files", winmail(tnef(packed_file("a.pdf", PDF), packed_file("b.png", PNG))), ["a.pdf", "b.png"]),
    ("known by its name", winmail(tnef(packed_file("a.pdf", PDF)), kind="application/octet-stream"), ["a.pdf"]),
    (
        "in capital letters",
        winmail(tnef(packed_file("a.pdf", PDF)), "WINMAIL.DAT", "application/octet-stream"),
        ["a.pdf"],
    ),
    ("of the vendor's type", winmail(tnef(packed_file("a.pdf", PDF)), "x.dat", "application/vnd.ms-tnef"), ["a.pdf"]),
    ("letters of other languages", winmail(tnef(packed_file("Übersicht 図面.pdf", PDF))), ["Übersicht 図面.pdf"]),
    ("only a short name", winmail(tnef(packed_file("", PDF, short="PL\xc4NE.PDF"))), ["PLÄNE.PDF"]),
    ("a path", winmail(tnef(packed_file("..\\..\\etc\\passwd.pdf", PDF))), ["passwd.pdf"]),
    ("another path", winmail(tnef(packed_file("../../etc/passwd.pdf", PDF))), ["passwd.pdf"]),
    ("a line end and quotation marks", winmail(tnef(packed_file('a"\r\nX: b.pdf', PDF))), ["a_ X_ b.pdf"]),
    ("no ending", winmail(tnef(packed_file("Scan 12", PDF, type="application/pdf"))), ["Scan 12.pdf"]),
    ("a foreign type", winmail(tnef(packed_file("a.pdf", PDF, type="multipart/mixed; boundary=x"))), ["a.pdf"]),
    (
        "before a file",
        whole(
            "mixed", text("See the files."), file("w.dat", tnef(packed_file("a.pdf", PDF)), TNEF), file("b.pdf", PDF)
        ),
        ["a.pdf", "b.pdf"],
    ),
    ("only a text", winmail(tnef(message={0x1000: "See the files."})), []),
    ("nothing", winmail(tnef()), []),
)


@pytest.mark.parametrize(("name", "raw", "names"), PACKED, ids=[row[0] for row in PACKED])
def test_the_files_take_the_place_of_winmail_dat(name: str, raw: bytes, names: list[str]) -> None:
    result = read(raw)
    assert (words(result), [one.name for one in result.attachments]) == ("See the files.", names)
    opened = open_parts(raw)
    for attachment in result.attachments:
        assert opened.payload(attachment.part) in ((PDF, ""), (PNG, ""))
        assert attachment.defect == ""


TEXTS = (
    ("plain", tnef(message={0x1000: "Yes.\r\nOn Friday."})),
    ("plain, beside HTML", tnef(message={0x1000: "Yes.\r\nOn Friday.", 0x1013: b"<p>other</p>"})),
    ("HTML", tnef(message={0x1013: b"<p>Yes.<br>On Friday.</p>"})),
    ("in the attribute for old programs", tnef(attribute(0x0002800C, b"Yes.\r\nOn Friday.\0", 1))),
)


@pytest.mark.parametrize(("name", "data"), TEXTS, ids=[row[0] for row in TEXTS])
def test_the_text_in_it_counts_only_if_there_is_no_other(name: str, data: bytes) -> None:
    for other in ("", " \u200b"):
        result = read(whole("mixed", text(other), file("winmail.dat", data, TNEF)))
        assert (words(result), result.attachments) == ("Yes.\nOn Friday.", ())
    assert words(read(whole("mixed", text("No."), file("winmail.dat", data, TNEF)))) == "No."
    assert words(read(mail(f"Content-Type: {TNEF}", "Content-Transfer-Encoding: 8bit", body="x"))) == ""


def test_a_mail_packed_in_it_stays_closed_and_is_named() -> None:
    inner = tnef(packed_file("inner.pdf", PDF), message={0x1000: "inner words"})
    [attachment] = read(winmail(tnef(packed_file("Re: a leak", inner, method=5)))).attachments
    assert (attachment.name, attachment.declared_type) == ("Re_ a leak", TNEF)


GOOD = tnef(packed_file("a.pdf", PDF), message={0x1000: "Yes."})
BROKEN = (
    ("cut off", GOOD[:-30]),
    ("a wrong checksum", GOOD.replace(b"%PDF", b"%PDE", 1)),
    ("another signature", b"\0" + GOOD[1:]),
    ("a file without its beginning", tnef(attribute(0x0006800F, PDF))),
    ("a property of no known type", tnef(attribute(0x00069003, pack("<IHHI", 1, 0x99, 0x1000, 0), 1))),
    (
        "a table of nearly 2^32 rows",
        b"\x78\x9f\x3e\x22\x01\x00\x01\x06\x90\x08\x00" + b"\xff\xff\xff\xfe" * 17 + b"\0\0",
    ),
    ("bytes behind its end", GOOD + b"x"),
)


@pytest.mark.parametrize(("name", "data"), BROKEN, ids=[row[0] for row in BROKEN])
def test_what_is_broken_stays_one_file(name: str, data: bytes) -> None:
    assert unpack(data) is None
    assert [one.name for one in read(winmail(data)).attachments] == ["winmail.dat"]


@given(st.binary(max_size=100), st.integers(0, len(GOOD)), st.integers(0, 50))
def test_any_data_is_unpacked_or_not(data: bytes, at: int, gone: int) -> None:
    for broken in (data, GOOD[:at] + data + GOOD[at + gone :], tnef(attribute(0x00069003, data, 1))):
        unpack(broken)


HUGE = (0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF, 1_000_000)


@pytest.mark.parametrize("count", HUGE)
@pytest.mark.parametrize("kind", [0x1003, 0x101E, 0x1102, 0x0102, 0x001F])
def test_huge_counts_cost_no_more_than_the_bytes_that_are_there(count: int, kind: int) -> None:
    rows = pack("<IHHI", count, kind, 0x1000, count) + bytes(1_000_000)
    relative_cost.at_most(COST, partial(unpack, tnef(attribute(0x00069003, rows, 1))))


def test_named_and_repeated_properties_are_passed_over() -> None:
    named = pack("<HH", 0x1F, 0x8001) + bytes(16) + pack("<II", 1, 6) + "abc".encode("utf-16-le") + bytes(2)
    named += pack("<II", 1, 4) + "x\0".encode("utf-16-le")
    both = pack("<I", 2) + named + properties({0x1000: "Yes."})[4:]
    found = unpack(tnef(attribute(0x00069003, both, 1)))
    assert found is not None
    assert found.text == "Yes."
