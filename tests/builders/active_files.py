"""Files with active content, such as scripts, and locked files; and a mail that carries a file."""

from email.message import EmailMessage

from schemas.files import FileReason
from tests.builders.compound import compound
from tests.builders.files import (
    SHEET,
    odf,
    ooxml,
    pdf,
    record,
    relationships,
    workbook,
    zipped,
)

WORD = "word/document.xml"


def mail(name: str, content: bytes) -> bytes:
    """Returns a mail that contains a mail with this attachment."""
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
#: Active or locked files: the reason, which is also the switch that accepts them; a name with the type; the content.
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
