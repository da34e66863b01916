"""What a file is, and whether it is let in. The numbers of attacks are those of the list of attacks on mail."""

from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from hashlib import sha256
from io import BytesIO
from random import Random
from threading import Event
from zipfile import ZipFile

import pytest
from PIL import Image

from cases.files.examine import Examined, examine
from cases.files.inspection.findings import Finding
from cases.files.inspection.inspect import inspect
from cases.files.inspection.pictures import MOST_FRAMES, THUMBNAIL
from cases.files.types import BY_ENDING, ending
from schemas.files import SWITCHES, FilePolicy, FileReason
from tests.builders.compound import compound
from tests.builders.files import (
    GOOD,
    SHEET,
    bombs_zip,
    drawing,
    nested_zip,
    odf,
    ooxml,
    overlapping_zip,
    pdf,
    picture,
    png_header,
    record,
    relationships,
    workbook,
    zipped,
)
from tests.builders.sandbox_processes import readers

EVERYTHING = FilePolicy(types=frozenset(BY_ENDING))
LENIENT = EVERYTHING.model_copy(update=dict.fromkeys(SWITCHES, True))
WORD = "word/document.xml"


def check(name: str, content: bytes, declared: str = "", policy: FilePolicy = EVERYTHING) -> Examined:
    return examine(name, content, policy, None, declared)


def test_there_is_a_real_file_of_every_ending() -> None:
    assert {ending(name) for name in GOOD} == set(BY_ENDING)


@pytest.mark.parametrize("name", GOOD)
def test_a_file_of_each_type_passes_and_is_stored_as_what_it_is(name: str) -> None:
    examined = check(name, GOOD[name])
    assert (examined.reason, examined.why) == (None, "")
    assert examined.content_type == BY_ENDING[ending(name)].stored
    assert examined.sha256 == sha256(GOOD[name]).hexdigest()


@pytest.mark.parametrize("name", GOOD)
def test_the_default_lets_in_all_but_archives(name: str) -> None:
    reason = check(name, GOOD[name], policy=FilePolicy()).reason
    assert reason is (FileReason.TYPE if name == "all.zip" else None)


#: Types that are one another's: their content is the same, or nearly.
SAME = (
    *({"jpg", "jpeg", "jfif"}, {"tif", "tiff"}, {"heic", "heif"}, {"ogg", "oga", "opus"}, {"txt", "csv", "eml"}),
    *({"docx", "docm"}, {"xlsx", "xlsm"}, {"pptx", "pptm"}, {"mp4", "m4v", "m4a", "3gp", "3g2"}),
    *({kind, "zip"} for kind in ("docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "odt", "ods", "odp")),
)


@pytest.mark.parametrize("name", GOOD)
def test_34_content_under_the_name_of_any_other_type_does_not_pass(name: str) -> None:
    own = ending(name)
    related = {own}.union(*(one for one in SAME if own in one))
    for other in sorted(BY_ENDING.keys() - related):
        examined = check(f"file.{other}", GOOD[name])
        assert examined.reason in (FileReason.CONTENT, FileReason.UNREADABLE), (other, examined)


@pytest.mark.parametrize(
    ("name", "declared", "agrees"),
    [
        *((name, "application/octet-stream", True) for name in ("plan.pdf", "photo.jpg", "letter.docx", "film.mp4")),
        *(("photo.jpg", kind, True) for kind in ("image/jpeg", "image/jpg", "IMAGE/JPEG; name=a", "image/png")),
        *(("plan.pdf", kind, True) for kind in ("application/pdf", "application/x-pdf", "text/pdf", "")),
        *(("letter.docx", kind, True) for kind in ("application/msword", "application/zip", "application/x-zip")),
        *(("list.csv", kind, True) for kind in ("text/plain", "text/csv", "application/vnd.ms-excel")),
        *(("memo.m4a", kind, True) for kind in ("audio/mp4", "audio/x-m4a", "video/mp4")),
        ("mail.eml", "message/rfc822", True),
        *(("plan.pdf", kind, False) for kind in ("text/html", "application/x-msdownload", "application/zip")),
        *(("photo.gif", kind, False) for kind in ("text/html", "application/javascript", "image/svg+xml")),
        *(("note.txt", kind, False) for kind in ("text/html", "application/x-sh", "text/javascript")),
    ],
)  # fmt: skip
def test_34_the_declared_type_must_agree_or_say_nothing(name: str, declared: str, agrees: bool) -> None:
    assert check(name, GOOD[name], declared).reason is (None if agrees else FileReason.CONTENT)


GIF_SCRIPT = b"GIF89a/*" + bytes(60) + b"*/=1;alert(1)"


def test_34_a_gif_that_is_also_a_script_is_no_picture_and_a_real_one_passes_as_a_picture_alone() -> None:
    assert check("a.gif", GIF_SCRIPT, "image/gif").reason is FileReason.UNREADABLE
    both = GOOD["photo.gif"] + b"*/=1;alert(1)"
    assert check("a.gif", both, "image/gif").content_type == "image/gif"
    for name in ("a.js", "a.html", "a.txt"):
        assert check(name, both).reason is not None
    assert b"alert" not in check("a.gif", both, "image/gif").thumbnail


@pytest.mark.parametrize("name", ["a.pdf", "a.zip"])
def test_34_a_pdf_that_is_also_an_archive_is_at_most_a_pdf(name: str) -> None:
    both = pdf() + zipped({"a.exe": b"MZ" * 99})
    assert check(name, both).reason is (None if name == "a.pdf" else FileReason.CONTENT)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body onload=alert(1)>"


@pytest.mark.parametrize("name", ["logo.svg", "page.html", "page.htm", "page.xhtml", "a.svgz", "a.mht"])
@pytest.mark.parametrize("content", [SVG, HTML], ids=["svg", "html"])
def test_35_svg_and_web_pages_never_pass_under_their_names(name: str, content: bytes) -> None:
    assert check(name, content, policy=LENIENT).reason is FileReason.TYPE


@pytest.mark.parametrize(
    "content",
    [
        *(SVG, HTML, b" " * 2_000 + HTML, b"\xef\xbb\xbf" + HTML, HTML.decode().encode("utf-16")),
        *(b"#!/bin/sh\nrm -rf /\n", b"MZ\x90\0" + bytes(99), b"\x7fELF" + bytes(99), b"<?php system('id');"),
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
    ],
    ids=[
        *("svg", "html", "html far down", "html with a mark", "html in utf-16"),
        *("shell", "exe", "elf", "php", "xml"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.eml", "a.png", "a.pdf", "a.docx"])
def test_35_svg_web_pages_and_programs_do_not_pass_under_other_names(name: str, content: bytes) -> None:
    assert check(name, content, policy=LENIENT).reason in (FileReason.CONTENT, FileReason.UNREADABLE)


def test_36_a_zip_of_twenty_six_zips_is_a_bomb() -> None:
    assert check("a.zip", nested_zip(26), policy=LENIENT).reason is FileReason.BOMB
    assert check("a.zip", nested_zip(3)).reason is None


def test_36_a_megabyte_that_would_be_a_gigabyte_is_a_bomb_and_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb, why = bombs_zip(1_000), "unpacked it would have more than 200 MB"
    assert len(bomb) < 1_000_000
    examined = check("a.zip", bomb, policy=LENIENT)
    assert (examined.reason, examined.why) == (FileReason.BOMB, why)

    def never(*_: object) -> None:
        raise AssertionError("it was unpacked")

    monkeypatch.setattr(ZipFile, "open", never)
    assert inspect(bomb, "zip").findings == (Finding(FileReason.BOMB, why),)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.zip", overlapping_zip(), "lie over each other"),
        ("a.zip", bombs_zip(20), "times as large"),
        ("a.zip", zipped({str(number): b"" for number in range(10_001)}), "files are packed in it"),
        ("a.zip", zipped({f"{number}.zip": bombs_zip(9) for number in range(23)}), "more than 200 MB"),
        ("a.docx", ooxml(WORD, {"word/media/a.png": bytes(30_000_000)}), "times as large"),
        ("a.odt", odf("text", {"Pictures/a.png": bytes(250_000_000)}), "more than 200 MB"),
    ],
    ids=["overlap", "ratio", "entries", "together", "docx", "odt"],
)
def test_36_every_kind_of_zip_bomb_is_measured(name: str, content: bytes, why: str) -> None:
    examined = check(name, content, policy=LENIENT)
    assert examined.reason is FileReason.BOMB
    assert why in examined.why


def film(frames: int) -> bytes:
    """A GIF of many frames."""
    small = [Image.new("P", (2, 2), number % 2) for number in range(2)]
    out = BytesIO()
    small[0].save(out, "GIF", save_all=True, append_images=[small[1]] * 3)
    head, frame = out.getvalue()[:-1], b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return head + frame * frames + b"\x3b"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.png", png_header(50_000, 50_000), "50,000 by 50,000 pixels"),
        ("a.png", png_header(20_000, 5_001), "100,000,000 is the most"),
        ("a.gif", film(MOST_FRAMES), "frames"),
    ],
    ids=["2,500 megapixels", "just over", "frames"],
)
def test_36_a_picture_that_would_be_huge_is_a_bomb_by_its_header(name: str, content: bytes, why: str) -> None:
    examined = check(name, content, policy=LENIENT)
    assert examined.reason is FileReason.BOMB
    assert why in examined.why


def mail(name: str, content: bytes) -> bytes:
    """A mail in a mail with this attachment."""
    letter, outer = EmailMessage(), EmailMessage()
    letter["From"] = outer["From"] = "ann@people.example"
    letter.set_content("See there.")
    letter.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    outer.set_content("She wrote:")
    outer.add_attachment(letter)
    return outer.as_bytes()


OUTLOOK = {"__properties_version1.0": bytes(64)}
VBA = {"word/vbaProject.bin": compound({"VBA": {"dir": b"x"}})}
JAVASCRIPT = "<</S /JavaScript /JS (app.alert\\(1\\))>>"
#: What acts, by the switch that lets it in; a file each, whose name tells the type.
ACTIVE: dict[str, tuple[FileReason, str, bytes]] = {
    "VBA in docm": (
        FileReason.MACROS,
        "a.docm",
        ooxml(WORD, VBA, kind="application/vnd.ms-word.document.macroEnabled"),
    ),
    "VBA in what is called docx": (FileReason.MACROS, "a.docx", ooxml(WORD, VBA)),
    "VBA under another name": (FileReason.MACROS, "a.docx", ooxml(WORD, {"word/vbaProject2.bin": b"x" * 9})),
    "VBA in xlsm": (FileReason.MACROS, "a.xlsm", ooxml("xl/workbook.xml", {"xl/vbaProject.bin": b"x" * 9})),
    "VBA in pptm": (FileReason.MACROS, "a.pptm", ooxml("ppt/presentation.xml", {"ppt/vbaProject.bin": b"x" * 9})),
    "Excel 4 in xlsx": (FileReason.MACROS, "a.xlsx", ooxml("xl/workbook.xml", {"xl/macrosheets/sheet1.xml": "<x/>"})),
    "ActiveX in docx": (FileReason.MACROS, "a.docx", ooxml(WORD, {"word/activeX/activeX1.bin": b"x" * 9})),
    "VBA in doc": (FileReason.MACROS, "a.doc", compound({"WordDocument": bytes(99), "Macros": {"VBA": {"dir": b"x"}}})),
    "VBA in xls": (FileReason.MACROS, "a.xls", compound({"Workbook": b"", "_VBA_PROJECT_CUR": {"VBA": {"dir": b"x"}}})),
    "VBA in ppt": (
        FileReason.MACROS,
        "a.ppt",
        compound({"PowerPoint Document": b"\x02\0\0\x04\x0c\0\0\0\x09\0\0\0\x01\0\0\0\x02\0\0\0"}),
    ),
    "Excel 4 in xls": (FileReason.MACROS, "a.xls", workbook(SHEET, record(0x85, bytes(4) + b"\0\x01\x05\0Macro"))),
    "a program in doc": (
        FileReason.MACROS,
        "a.doc",
        compound(
            {"WordDocument": bytes(99), "ObjectPool": {"_1": {"\x01Ole10Native": bytes(4) + b"\x02\0setup.exe\0MZ"}}}
        ),
    ),
    "a program in docx": (
        FileReason.MACROS,
        "a.docx",
        ooxml(WORD, {"word/embeddings/o.bin": compound({"\x01Ole10Native": bytes(4) + b"\x02\0a.js\0x"})}),
    ),
    "VBA in a table in docx": (
        FileReason.MACROS,
        "a.docx",
        ooxml(WORD, {"word/embeddings/a.xlsm": ooxml("xl/workbook.xml", {"xl/vbaProject.bin": b"x" * 9})}),
    ),
    "VBA in a document in a zip": (
        FileReason.MACROS,
        "a.zip",
        zipped({"in.zip": zipped({"a.docm": ooxml(WORD, VBA)})}),
    ),
    "VBA in a document in a mail": (FileReason.MACROS, "a.eml", mail("a.docm", ooxml(WORD, VBA))),
    "VBA in a document in an Outlook mail": (
        FileReason.MACROS,
        "a.msg",
        compound(OUTLOOK | {"__attach_version1.0_#00000000": {"__substg1.0_37010102": ooxml(WORD, VBA)}}),
    ),
    "Basic in odt": (FileReason.MACROS, "a.odt", odf("text", {"Basic/Standard/Module1.xml": "<x/>"})),
    "Python in ods": (FileReason.MACROS, "a.ods", odf("spreadsheet", {"Scripts/python/a.py": "x"})),
    "an object in rtf": (FileReason.MACROS, "a.rtf", rb"{\rtf1{\object\objemb{\*\objdata 0105}}}"),
    **{
        f"a template from {target}": (
            FileReason.EXTERNAL,
            "a.docx",
            ooxml(WORD, {"word/_rels/settings.xml.rels": relationships(("attachedTemplate", target, True))}),
        )
        for target in ("http://a.example/t.dotm", "https://a/t", "file:///C:/t.dotm", "\\\\host\\t.dotm", "//host/t")
    },
    "an object from elsewhere": (
        FileReason.EXTERNAL,
        "a.pptx",
        ooxml("ppt/presentation.xml", {"ppt/_rels/p.xml.rels": relationships(("oleObject", "http://a/x", True))}),
    ),
    "a template from elsewhere in UTF-16": (
        FileReason.EXTERNAL,
        "a.docx",
        ooxml(
            WORD,
            {
                "word/_rels/settings.xml.rels": relationships(("attachedTemplate", "http://a/t", True))
                .replace("UTF-8", "UTF-16")
                .encode("utf-16")
            },
        ),
    ),
    "a template from elsewhere in rtf": (FileReason.EXTERNAL, "a.rtf", rb"{\rtf1{\*\template http://a.example/t}}"),
    "JavaScript when opened": (FileReason.ACTIVE_PDF, "a.pdf", pdf({"OpenAction": JAVASCRIPT})),
    "JavaScript in object streams": (FileReason.ACTIVE_PDF, "a.pdf", pdf({"OpenAction": JAVASCRIPT}, streams=True)),
    "JavaScript in additional actions": (FileReason.ACTIVE_PDF, "a.pdf", pdf({"AA": f"<</WC {JAVASCRIPT}>>"})),
    "JavaScript by name": (
        FileReason.ACTIVE_PDF,
        "a.pdf",
        pdf({"Names": f"<</JavaScript <</Names [(a) {JAVASCRIPT}]>> >>"}, streams=True),
    ),
    "JavaScript of a page of a film": (
        FileReason.ACTIVE_PDF,
        "a.pdf",
        pdf({"A": "[[<</S /Rendition /JS (app.alert)>>]]"}, streams=True),
    ),
    "JavaScript with escapes in its name": (
        FileReason.ACTIVE_PDF,
        "a.pdf",
        pdf({"OpenAction": "<</S /Q234567890123 /QS (app.alert)>>"})
        .replace(b"/Q234567890123", b"/J#61vaScript ")
        .replace(b"/QS", b"/JS"),
    ),
    "JavaScript in a PDF without its index": (
        FileReason.ACTIVE_PDF,
        "a.pdf",
        pdf({"OpenAction": JAVASCRIPT}).partition(b"xref")[0],
    ),
    "a program when opened": (FileReason.ACTIVE_PDF, "a.pdf", pdf({"OpenAction": "<</S /Launch /F (cmd.exe)>>"})),
    "a program, packed": (
        FileReason.ACTIVE_PDF,
        "a.pdf",
        pdf({"OpenAction": "<</S /Launch /F (cmd.exe)>>"}, streams=True),
    ),
    "a PDF under a password": (FileReason.ENCRYPTED, "a.pdf", pdf(password="secret")),
    "a docx under a password": (
        FileReason.ENCRYPTED,
        "a.docx",
        compound({"EncryptedPackage": bytes(5_000), "EncryptionInfo": bytes(200)}),
    ),
    "a doc under a password": (
        FileReason.ENCRYPTED,
        "a.doc",
        compound({"WordDocument": b"\xec\xa5\xc1\0" + bytes(6) + b"\0\x01" + bytes(99)}),
    ),
    "an xls under a password": (FileReason.ENCRYPTED, "a.xls", workbook(record(0x2F, bytes(6)), SHEET)),
    "a ppt under a password": (
        FileReason.ENCRYPTED,
        "a.ppt",
        compound({"PowerPoint Document": bytes(99), "EncryptedSummary": bytes(99)}),
    ),
    "an odt under a password": (
        FileReason.ENCRYPTED,
        "a.odt",
        odf("text", {"META-INF/manifest.xml": "<manifest:encryption-data/>"}),
    ),
    "a zip under a password": (
        FileReason.ENCRYPTED,
        "a.zip",
        zipped({"a.txt": b"Hello."}).replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\x01\0"),
    ),
}


@pytest.mark.parametrize("what", ACTIVE)
def test_38_what_acts_or_is_locked_is_left_out_until_the_tenant_lets_it_in(what: str) -> None:
    reason, name, content = ACTIVE[what]
    assert check(name, content).reason is reason
    others = dict.fromkeys((one.value for one in SWITCHES if one is not reason), True)
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
def test_what_only_looks_odd_passes(name: str, content: bytes) -> None:
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
def test_what_can_not_be_is_left_out_with_the_reason(name: str, content: bytes, reason: FileReason) -> None:
    policy = EVERYTHING.model_copy(update={"most_bytes": 50_000})
    examined = check(name, content, policy=policy)
    assert examined.reason is reason
    assert examined.why


@pytest.mark.parametrize("name", GOOD)
def test_any_beginning_of_any_file_ends_in_a_record(name: str) -> None:
    content = GOOD[name]
    for length in (1, 9, 30, 100, len(content) // 2, len(content) - 1):
        assert isinstance(check(name, content[:length]), Examined)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "BMP", "GIF"])
def test_a_picture_comes_with_its_size_its_mark_and_a_thumbnail_without_metadata(form: str) -> None:
    name = {"JPEG": "jpg", "HEIF": "heic", "TIFF": "tif"}.get(form, form.lower())
    content = picture(form, drawing(1_600, 1_200))
    examined = check(f"a.{name}", content)
    assert examined.picture is not None
    assert (examined.picture.width, examined.picture.height) == (1_600, 1_200)
    reference = check("a.png", picture("PNG", drawing(800, 600))).picture
    assert reference is not None
    assert (examined.picture.mark ^ reference.mark).bit_count() <= 6
    with Image.open(BytesIO(examined.thumbnail)) as small:
        assert (small.format, small.size) == ("JPEG", (THUMBNAIL, THUMBNAIL * 3 // 4))
        assert not small.getexif()
    assert b"Mill Lane" in content or form in ("BMP", "GIF", "PNG", "AVIF")
    assert b"Mill Lane" not in examined.thumbnail


def test_pictures_of_other_things_have_other_marks() -> None:
    first = check("a.png", picture("PNG", drawing())).picture
    other = check("b.png", picture("PNG", drawing().rotate(180))).picture
    assert first is not None
    assert other is not None
    assert (first.mark ^ other.mark).bit_count() > 16


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG", "TIFF"])
def test_a_picture_that_lies_on_its_side_is_turned(form: str) -> None:
    name = {"JPEG": "jpg", "TIFF": "tif"}.get(form, form.lower())
    upright = drawing(300, 400)
    turned = check(f"a.{name}", picture(form, upright.rotate(90, expand=True), orientation=6))
    assert turned.picture is not None
    assert (turned.picture.width, turned.picture.height) == (300, 400)
    plain = check("b.png", picture("PNG", upright)).picture
    assert plain is not None
    assert (turned.picture.mark ^ plain.mark).bit_count() <= 6
    with Image.open(BytesIO(turned.thumbnail)) as small:
        assert small.size == (THUMBNAIL * 3 // 4, THUMBNAIL)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_way_of_colour_has_a_thumbnail(mode: str) -> None:
    image = drawing().convert("L").convert("I").convert("I;16") if mode == "I;16" else drawing().convert(mode)
    form, name = ("JPEG", "a.jpg") if mode == "CMYK" else ("PNG", "a.png")
    assert check(name, picture(form, image)).thumbnail


def test_a_picture_that_breaks_off_passes_without_a_thumbnail() -> None:
    content = picture("JPEG", drawing(1_600, 1_200))
    examined = check("a.jpg", content[: len(content) // 2])
    assert (examined.reason, examined.picture, examined.thumbnail) == (None, None, b"")


def changed(content: bytes, chance: Random) -> bytes:
    """The content with a few octets other, gone, or there twice."""
    new = bytearray(content)
    for _ in range(chance.choice((1, 2, 5, 20))):
        at = chance.randrange(len(new) + 1)
        match chance.randrange(4):
            case 0:
                new[at : at + 1] = chance.randbytes(1)
            case 1:
                new[at : at + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
            case 2:
                del new[at : at + 40]
            case _:
                new[at:at] = new[max(0, at - 60) : at]
    return bytes(new)


@pytest.mark.parametrize("name", GOOD)
def test_however_a_file_is_changed_the_process_survives_it(name: str) -> None:
    chance = Random(7)
    check(name, GOOD[name])
    before = [child.pid for child in readers()]
    for _ in range(25):
        assert isinstance(check(name, changed(GOOD[name], chance)), Examined)
    # one that died over a file, or took longer than its bounds, would have another in its place
    assert [child.pid for child in readers()] == before


def test_a_file_over_which_the_process_dies_is_left_out_and_the_next_is_looked_at() -> None:
    large = picture("PNG", Image.new("RGBA", (7_000, 7_000), "red"))
    check("note.txt", GOOD["note.txt"])
    with ThreadPoolExecutor(1) as threads:
        looking = threads.submit(check, "a.png", large)
        Event().wait(0.2)
        for child in readers():
            child.kill()
        assert looking.result(timeout=30).reason is FileReason.UNREADABLE
    assert check("note.txt", GOOD["note.txt"]).reason is None
