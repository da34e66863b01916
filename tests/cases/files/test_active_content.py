"""Active content and locked files are left out unless the tenant accepts them. The numbers are those of the list of
attacks on mail."""

import pytest

from schemas.files import SWITCHES, FileReason
from tests.builders.active_files import ACTIVE, OUTLOOK, WORD, mail
from tests.builders.compound import compound
from tests.builders.examined import EVERYTHING, check
from tests.builders.files import (
    GOOD,
    odf,
    ooxml,
    pdf,
    relationships,
    zipped,
)


@pytest.mark.parametrize("what", ACTIVE)
def test_38_an_active_or_locked_file_is_left_out_until_the_tenant_accepts_it(what: str) -> None:
    reason, name, content = ACTIVE[what]
    assert check(name, content).reason is reason
    others = dict.fromkeys((switch.value for switch in SWITCHES if switch is not reason), True)
    assert check(name, content, policy=EVERYTHING.model_copy(update=others)).reason is reason
    assert check(name, content, policy=EVERYTHING.model_copy(update={reason.value: True})).reason is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", ooxml(WORD, {"word/_rels/d.xml.rels": relationships(("hyperlink", "https://a.example/", True))})),
        ("a.docx", ooxml(WORD, {"word/_rels/d.xml.rels": relationships(("attachedTemplate", "t.dotx", False))})),
        ("a.xlsx", ooxml("xl/workbook.xml", {"xl/_rels/a.rels": relationships(("externalLinkPath", "b.xlsx", True))})),
        ("a.docx", ooxml(WORD, {"word/embeddings/a.xlsx": GOOD["list.xlsx"]})),
        ("a.docx", ooxml(WORD, main_first=True)),
        ("a.xlsx", ooxml("xl/workbook.xml", main_first=True)),
        ("a.odt", odf("text", {"Basic/Standard/script-lb.xml": "<x/>", "Basic/script-lc.xml": "<x/>"})),
        ("a.pdf", pdf({"OpenAction": "[0 /Fit]", "PageMode": "/UseNone"})),
        ("a.pdf", pdf({"AcroForm": "<</Fields []>>"}, streams=True)),
        ("a.pdf", pdf().partition(b"xref")[0]),
        ("a.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"),
        ("a.txt", b"From: Ann\n\nDear all,\n#include <stdio.h>\n"),
        ("a.txt", "Grüße".encode("latin-1")),
        ("a.txt", "Hello.\n".encode("utf-16")),
        ("a.csv", "Straße;Ort\nMühlweg 5;Köln\n".encode("cp1252")),
        ("a.csv", b'"a","b"\n'),
        ("a.eml", mail("plan.pdf", GOOD["plan.pdf"])),
        ("a.eml", mail("letter.docx", GOOD["letter.docx"])),
    ],
    ids=range(18),
)
def test_a_harmless_file_that_looks_odd_passes(name: str, content: bytes) -> None:
    examined = check(name, content)
    assert (examined.reason, examined.why) == (None, "")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"", FileReason.EMPTY),
        ("a.pdf", GOOD["plan.pdf"] + bytes(100_000), FileReason.TOO_LARGE),
        ("a.exe", b"MZ", FileReason.TYPE),
        ("a", b"text\n", FileReason.TYPE),
        ("a.docx", zipped({"a.txt": b"Hello."}), FileReason.CONTENT),
        ("a.docx", ooxml(WORD)[:-40], FileReason.UNREADABLE),
        ("a.docx", ooxml(WORD, {"word/_rels/a.rels": "<no"}), FileReason.UNREADABLE),
        ("a.docx", compound({"WordDocument": bytes(99)}), FileReason.CONTENT),
        ("a.doc", compound({"Contents": bytes(99)}), FileReason.CONTENT),
        ("a.msg", compound({"Contents": bytes(99)}), FileReason.CONTENT),
        ("a.doc", GOOD["letter.doc"][:600], FileReason.UNREADABLE),
        ("a.pdf", b"%PDF-1.5\n1 0 obj\n<</Type /ObjStm /N 1>>\nstream\n", FileReason.UNREADABLE),
        ("a.zip", zipped({"docs/run.bat": b"del *"}), FileReason.CONTENT),
        ("a.eml", mail("run.bat", b"del *"), FileReason.CONTENT),
        ("a.msg", compound(OUTLOOK | {"_": {"__substg1.0_3707001F": "a.js".encode("utf-16-le")}}), FileReason.CONTENT),
        ("a.png", GOOD["photo.png"][:20], FileReason.UNREADABLE),
        ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(99), FileReason.UNREADABLE),
    ],
    ids=range(17),
)
def test_a_file_that_can_not_be_accepted_is_left_out_with_the_reason(
    name: str, content: bytes, reason: FileReason
) -> None:
    policy = EVERYTHING.model_copy(update={"most_bytes": 50_000})
    examined = check(name, content, policy=policy)
    assert examined.reason is reason
    assert examined.why
