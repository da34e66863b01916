"""Builds files of every supported type with real content, and hostile files."""

import zlib
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pikepdf
import pillow_heif
from PIL import Image, ImageDraw
from PIL.Image import Exif

from tests.builders.compound import compound

pillow_heif.register_heif_opener()

_OOXML_MAIN = {
    "word/document.xml": "wordprocessingml.document",
    "xl/workbook.xml": "spreadsheetml.sheet",
    "ppt/presentation.xml": "presentationml.presentation",
}
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def drawing(width: int = 400, height: int = 300) -> Image.Image:
    """Returns a picture with light and dark places that is not symmetric."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 8, height // 8, width // 3, height // 2), "navy")
    draw.ellipse((width // 2, height // 3, width - 10, height - 10), "yellow")
    return image


def picture(form: str, image: Image.Image | None = None, *, orientation: int = 0) -> bytes:
    """Returns a picture in a format of Pillow, turned by an EXIF orientation if one is given."""
    exif = Exif()
    exif[0x010E] = "Our kitchen, Mill Lane 5"
    if orientation:
        exif[0x0112] = orientation
    out = BytesIO()
    (image or drawing()).save(out, form, **({} if form in ("GIF", "BMP") else {"exif": exif}))
    return out.getvalue()


def pdf(root: Mapping[str, object] | None = None, *, streams: bool = False, password: str = "") -> bytes:
    """Returns a PDF of one page, with more entries in its root; `streams` packs objects, `password` locks the file."""
    document = pikepdf.new()
    document.add_blank_page()
    for key, value in (root or {}).items():
        document.Root[f"/{key}"] = document.make_indirect(pikepdf.Object.parse(str(value).encode()))
    out = BytesIO()
    mode = pikepdf.ObjectStreamMode.generate if streams else pikepdf.ObjectStreamMode.disable
    lock = pikepdf.Encryption(owner=password or "owner", user=password) if password else False
    document.save(out, object_stream_mode=mode, encryption=lock)
    return out.getvalue()


def zipped(entries: Mapping[str, bytes | str], method: int = ZIP_DEFLATED) -> bytes:
    """Returns an archive with these entries in their order."""
    out = BytesIO()
    with ZipFile(out, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content, ZIP_STORED if name == "mimetype" else method)
    return out.getvalue()


def ooxml(
    main: str, more: Mapping[str, bytes | str] | None = None, *, kind: str = "", main_first: bool = False
) -> bytes:
    """Returns an office document with the main part `main`, such as `word/document.xml`; `kind` is its content type."""
    content_type = kind or f"application/vnd.openxmlformats-officedocument.{_OOXML_MAIN[main]}"
    types = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{main}" ContentType="{content_type}.main+xml"/></Types>'
    )
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": types,
        "_rels/.rels": relationships(("officeDocument", main, False)),
        main: f"<root>{'text ' * 200}</root>",
    }
    order = [main, "_rels/.rels", "[Content_Types].xml"] if main_first else list(parts)
    return zipped({name: parts[name] for name in order} | dict(more or {}))


def relationships(*rows: tuple[str, str, bool]) -> str:
    """Returns a part with relationships. A row has the kind, the target, and whether that lies outside the document."""
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}{kind}" Target="{target}"'
        + (' TargetMode="External"/>' if outside else "/>")
        for number, (kind, target, outside) in enumerate(rows)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{_RELATIONSHIPS}">{lines}</Relationships>'


def odf(kind: str, more: Mapping[str, bytes | str] | None = None) -> bytes:
    """Returns an OpenDocument document."""
    kind = f"application/vnd.oasis.opendocument.{kind}"
    manifest = f'<manifest:manifest xmlns:manifest="m"><manifest:file-entry media-type="{kind}"/></manifest:manifest>'
    return zipped({"mimetype": kind, "content.xml": "<c/>", "META-INF/manifest.xml": manifest, **(more or {})})


def box(brand: str, more: bytes = b"") -> bytes:
    """Returns the beginning of a film or recording in the format of ISO/IEC 14496-12."""
    content = b"ftyp" + brand.encode().ljust(4) + bytes(4) + brand.encode().ljust(4)
    return (len(content) + 4).to_bytes(4, "big") + content + b"\0\0\0\x08mdat" + more


DOC = compound({"WordDocument": b"\xec\xa5\xc1\0" + bytes(600), "1Table": bytes(500)})
#: The records of a workbook: its beginning, a sheet, the end of the globals (MS-XLS section 2.4).
_BOF, _EOF = b"\x09\x08\x10\0\0\x06\x05\0" + bytes(12), b"\x0a\0\0\0"


def workbook(*records: bytes) -> bytes:
    """Returns an Excel document of before 2007 with these records in its globals."""
    return compound({"Workbook": _BOF + b"".join(records) + _EOF})


def record(number: int, content: bytes) -> bytes:
    """Returns a record of an Excel document."""
    return number.to_bytes(2, "little") + len(content).to_bytes(2, "little") + content


SHEET = record(0x85, bytes(4) + b"\0\0" + b"\x05\0Sheet")

#: A file of each type, by name; every ending of `cases.files.types` is there.
GOOD: dict[str, bytes] = {
    **{name: picture("JPEG") for name in ("photo.jpg", "photo.jpeg", "photo.jfif")},
    "photo.png": picture("PNG"),
    "photo.gif": picture("GIF"),
    "photo.webp": picture("WEBP"),
    **{name: picture("HEIF") for name in ("IMG_6.heic", "IMG_6.heif")},
    "photo.avif": picture("AVIF"),
    **{name: picture("TIFF") for name in ("scan.tif", "scan.tiff")},
    "photo.bmp": picture("BMP"),
    "plan.pdf": pdf(),
    "letter.docx": ooxml("word/document.xml"),
    "list.xlsx": ooxml("xl/workbook.xml"),
    "talk.pptx": ooxml("ppt/presentation.xml"),
    "letter.docm": ooxml("word/document.xml", kind="application/vnd.ms-word.document.macroEnabled"),
    "list.xlsm": ooxml("xl/workbook.xml", kind="application/vnd.ms-excel.sheet.macroEnabled"),
    "talk.pptm": ooxml("ppt/presentation.xml", kind="application/vnd.ms-powerpoint.presentation.macroEnabled"),
    "letter.doc": DOC,
    "list.xls": workbook(SHEET),
    "talk.ppt": compound({"PowerPoint Document": bytes(100), "Current User": bytes(100)}),
    "letter.odt": odf("text"),
    "list.ods": odf("spreadsheet"),
    "talk.odp": odf("presentation"),
    "letter.rtf": rb"{\rtf1\ansi Hello.\par}",
    "note.txt": "Grüße aus der Mühle\n".encode(),
    "list.csv": b"name,sum\r\nAnn,12\r\nBob,13\r\n",
    "mail.eml": b"Received: from a by b; Mon, 23 Nov 2026 12:00:00 +0000\r\nFrom: a@b.example\r\n\r\nHello\r\n",
    "mail.msg": compound({"__properties_version1.0": bytes(64), "__substg1.0_0037001F": "Hello".encode("utf-16-le")}),
    "drip.mp3": b"ID3\x03\0\0\0\0\0\0" + b"\xff\xfb\x90\0" + bytes(413),
    "drip.wav": b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data\0\0\0\0",
    "memo.m4a": box("M4A "),
    "memo.aac": b"\xff\xf1\x50\x80\x02\x1f\xfc" * 60,
    "call.amr": b"#!AMR\n" + bytes(64),
    **{
        name: b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0"
        for name in ("memo.ogg", "memo.oga", "memo.opus")
    },
    "memo.flac": b"fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0a\xc4\x42\xf0" + bytes(20),
    "film.mp4": box("isom"),
    "film.m4v": box("M4V "),
    "film.mov": box("qt"),
    "film.3gp": box("3gp4"),
    "film.3g2": box("3g2a"),
    "film.webm": b"\x1a\x45\xdf\xa3\x9f" + bytes.fromhex("4286810142f7810142f2810442f381084282 84") + b"webm",
    "film.avi": b"RIFF\x24\0\0\0AVI LIST\xc0\0\0\0hdrlavih8\0\0\0" + bytes(56),
    "all.zip": zipped({"plan.pdf": b"%PDF-1.4\n", "letter.docx": ooxml("word/document.xml")}),
}


def png_header(width: int, height: int) -> bytes:
    """Returns a PNG of 67 bytes that claims this size (the checksum of the header is right)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x06\0\0\0"
    packed = chunk(b"IDAT", zlib.compress(bytes(9)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + packed + chunk(b"IEND", b"")


def bombs_zip(megabytes: int) -> bytes:
    """Returns an archive that unpacks to a thousand times its size: zeros, deflated a megabyte at a time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    million = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = million * megabytes + b"\x03\0"  # an empty last block
    crc = 0
    for _ in range(megabytes):
        crc = zlib.crc32(_MILLION, crc)
    size = megabytes * 1_000_000
    name = b"zeros.txt"
    sizes = b"".join(figure.to_bytes(4, "little") for figure in (crc, len(packed), size))
    about = b"\x14\0\0\0\x08\0\0\0\x21\x56" + sizes + len(name).to_bytes(2, "little") + b"\0\0"
    local = b"PK\x03\x04" + about + name + packed
    central = b"PK\x01\x02\x14\0" + about + bytes(14) + name
    ends = (1).to_bytes(2, "little") * 2 + len(central).to_bytes(4, "little") + len(local).to_bytes(4, "little")
    return local + central + b"PK\x05\x06\0\0\0\0" + ends + b"\0\0"


_MILLION = bytes(1_000_000)


def nested_zip(depth: int) -> bytes:
    """Returns an archive in an archive, nested to this depth."""
    content = zipped({"note.txt": b"Hello.\n"})
    for _ in range(depth - 1):
        content = zipped({"inner.zip": content})
    return content


def overlapping_zip() -> bytes:
    """Returns an archive with two entries over the same bytes (CVE-2024-0450)."""
    content = zipped({"a.txt": b"x" * 1_000, "b.txt": b"x" * 1_000}, ZIP_STORED)
    with ZipFile(BytesIO(content)) as archive:
        second = archive.getinfo("b.txt").header_offset
    at = content.rindex(b"PK\x01\x02") + 42  # where the directory has the place of the second entry (APPNOTE 4.3.12)
    assert int.from_bytes(content[at : at + 4], "little") == second
    return content[:at] + (100).to_bytes(4, "little") + content[at + 4 :]
