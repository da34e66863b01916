"""Files without a name, or with a name without an ending, get the ending of their type or content."""

import pytest

from cases.files.type_table import TABLE
from tests.builders.small_mails import file, part, read, text, whole
from workers.parse.mime.file_endings import ending_of

OCTETS = "application/octet-stream"
ZIP, CFB = b"PK\x03\x04" + bytes(26), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
MAIL = "WordDocument__properties_version1.0".encode("utf-16-le")
OX = "application/vnd.openxmlformats-officedocument"

DECLARED = (
    ("image/jpg", "jpg"),
    ("image/pjpeg", "jpg"),
    ("image/jpeg", "jpg"),
    ("image/x-png", "png"),
    ("image/heic", "heic"),
    ("image/webp", "webp"),
    ("image/tif", "tif"),
    ("application/pdf", "pdf"),
    ("application/x-pdf", "pdf"),
    (f"{OX}.wordprocessingml.document", "docx"),
    (f"{OX}.spreadsheetml.sheet", "xlsx"),
    (f"{OX}.presentationml.presentation", "pptx"),
    ("application/msword", "doc"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.oasis.opendocument.text", "odt"),
    ("application/rtf", "rtf"),
    ("text/rtf", "rtf"),
    ("application/vnd.ms-outlook", "msg"),
    ("message/rfc822", "eml"),
    ("text/calendar", "ics"),
    ("text/x-vcard", "vcf"),
    ("video/3gpp", "3gp"),
    ("audio/3gpp", "3gp"),
    ("audio/amr", "amr"),
    ("audio/ogg", "ogg"),
    ("application/ogg", "ogg"),
    ("audio/opus", "opus"),
    ("audio/mp4", "m4a"),
    ("audio/x-m4a", "m4a"),
    ("audio/mpeg", "mp3"),
    ("video/mp4", "mp4"),
    ("video/quicktime", "mov"),
    ("application/vnd.apple.pages", "pages"),
    ("text/plain", "txt"),
    ("text/csv", "csv"),
    ("application/zip", "zip"),
    ("application/x-zip-compressed", "zip"),
    ("application/xml", "xml"),
    ("text/xml", "xml"),
    ("application/x-xml", "xml"),
    ("application/xhtml+xml", "xhtml"),
    ("text/html", "html"),
    ("text/markdown", "md"),
    ("image/svg+xml", "svg"),
    ("application/pkcs7-mime", "p7m"),
    ("application/pkcs7-signature", "p7s"),
)


@pytest.mark.parametrize(("kind", "ending"), DECLARED, ids=[row[0] for row in DECLARED])
def test_the_declared_type_gives_the_ending(kind: str, ending: str) -> None:
    nameless = file("", b"x" * 400, kind, "Content-Disposition: attachment")
    named = file("", b"x" * 400, f'{kind}; name="IMG 1"', 'Content-Disposition: attachment; filename="IMG 1"')
    found = [one.name for one in read(whole("mixed", text("x"), nameless, named)).attachments]
    assert found == [f"attachment-1.{ending}", f"IMG 1.{ending}"]


CONTENT = (
    ("a JPEG", OCTETS, b"\xff\xd8\xff\xe0" + bytes(20), "jpg"),
    ("a PNG", OCTETS, b"\x89PNG\r\n\x1a\n" + bytes(20), "png"),
    ("a PNG that is declared as JPEG", "image/jpeg", b"\x89PNG\r\n\x1a\n" + bytes(20), "png"),
    ("a HEIC that is declared as JPEG", "image/jpg", b"\0\0\0\x18ftypheic" + bytes(20), "heic"),
    ("a PDF", OCTETS, b"%PDF-1.7\n", "pdf"),
    ("an RTF that is declared as Word", "application/msword", rb"{\rtf1 x}", "rtf"),
    ("a Word document", OCTETS, ZIP + b"word/document.xml", "docx"),
    ("a table", OCTETS, ZIP + b"xl/workbook.xml", "xlsx"),
    ("slides", OCTETS, ZIP + b"ppt/presentation.xml", "pptx"),
    ("a Word document that is declared as ZIP", "application/zip", ZIP + b"word/document.xml", "docx"),
    ("an OpenDocument text", OCTETS, ZIP + b"mimetypeapplication/vnd.oasis.opendocument.text", "odt"),
    ("an old Word document", OCTETS, CFB + "WordDocument".encode("utf-16-le"), "doc"),
    ("a mail of Outlook", OCTETS, CFB + "__properties_version1.0".encode("utf-16-le"), "msg"),
    ("a mail of Outlook with a document", OCTETS, CFB + MAIL, "msg"),
    ("a ZIP", OCTETS, ZIP + b"a.txt", "zip"),
    ("Pages", OCTETS, ZIP + b"Index/Document.iwa", "pages"),
    ("a call", OCTETS, b"#!AMR\n", "amr"),
    ("a film that is declared as 3GP", "video/3gpp", b"\0\0\0\x18ftyp3gp4" + bytes(20), "3gp"),
    ("a voice memo", "audio/mp4", b"\0\0\0\x18ftypM4A " + bytes(20), "m4a"),
    ("Opus", "audio/opus", b"OggS" + bytes(20), "opus"),
)


@pytest.mark.parametrize(("name", "kind", "data", "ending"), CONTENT, ids=[row[0] for row in CONTENT])
def test_the_content_gives_the_ending_where_the_type_allows_it(name: str, kind: str, data: bytes, ending: str) -> None:
    attached = file("", data, f'{kind}; name="Scan 12"', "Content-Disposition: attachment")
    assert [one.name for one in read(whole("mixed", text("x"), attached)).attachments] == [f"Scan 12.{ending}"]


GUARDS = (
    ("an ending stays", "plan.docx", OCTETS, b"%PDF-1.7", "plan.docx"),
    ("a program stays one", "setup.exe", "image/jpeg", b"\xff\xd8\xff", "setup.exe"),
    ("content of no known type", "Scan 12", OCTETS, b"MZ\x90", "Scan 12"),
    ("text of no known type", "Makefile", OCTETS, b"all:\n", "Makefile"),
    ("another group than the declared", "a", "application/pdf", b"\xff\xd8\xff\xe0", "a.pdf"),
    ("a page by its type", "a", "text/html", b"%PDF-1.7", "a.html"),
    ("a year for an ending", "Roof 04.05.2026", "image/jpg", b"x", "Roof 04.05.2026.jpg"),
)


@pytest.mark.parametrize(("name", "given", "kind", "data", "shown"), GUARDS, ids=[row[0] for row in GUARDS])
def test_no_name_says_less_or_other_than_the_sender(name: str, given: str, kind: str, data: bytes, shown: str) -> None:
    attached = part(f'Content-Type: {kind}; name="{given}"', "Content-Disposition: attachment", body=data)
    assert [one.name for one in read(whole("mixed", text("x"), attached)).attachments] == [shown]


def test_every_supported_type_has_an_ending() -> None:
    assert {ending_of(row.stored).removeprefix(".") in {e for r in TABLE for e in r.endings} for row in TABLE} == {True}
