"""The table of supported file types. To support another type, add a row."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FileGroup(StrEnum):
    """Kinds of files as people see them. A declared type may be wrong within its group: that does no harm."""

    PICTURE = "Pictures"
    DOCUMENT = "Documents"
    TEXT = "Text"
    MAIL = "Email"
    SOUND = "Sound"
    VIDEO = "Video"
    ARCHIVE = "Archives"


class Format(StrEnum):
    """The checks of a file's content. Each member has a function in `cases.files.inspection.formats`."""

    SIGNATURE = "signature"  # its first bytes suffice
    PICTURE = "picture"
    PDF = "pdf"
    TEXT = "text"
    MAIL = "mail"
    RTF = "rtf"
    OLE = "ole"
    OOXML = "ooxml"
    ODF = "odf"
    ZIP = "zip"


@dataclass(frozen=True)
class FileType:
    """A row of the table.

    `endings` are the endings of file names. `finds` are the types that libmagic may find; the first is stored. `begins`
    matches the first bytes. `format` is the check of the content, and `detail` its argument. `declared` are further
    types that mail programs declare. `preview`: a browser may show the file. `default`: a tenant accepts it by default.
    """

    label: str
    group: FileGroup
    endings: tuple[str, ...]
    finds: tuple[str, ...]
    begins: re.Pattern[bytes]
    format: Format = Format.SIGNATURE
    detail: str = ""
    declared: tuple[str, ...] = ()
    preview: bool = False
    default: bool = True

    @property
    def stored(self) -> str:
        """The content type under which a file is stored and served."""
        return self.finds[0]


def _starts(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


_OX = "application/vnd.openxmlformats-officedocument."
_OD = "application/vnd.oasis.opendocument."
_MS = "application/vnd.ms-"
#: Words that the content type of the main part of an OOXML document may contain, without and with macros.
_WORD = "wordprocessingml.document ms-word.document"
_EXCEL = "spreadsheetml.sheet ms-excel.sheet"
_SLIDES = "presentationml.presentation presentationml.slideshow ms-powerpoint.presentation ms-powerpoint.slideshow"
_ZIP = "application/zip application/x-zip-compressed"
#: The types that libmagic finds for a document with a password, and for the older format if it does not know the
#: program.
_LOCKED = "application/encrypted application/CDFV2"
#: The types that libmagic finds for text of various kinds: all of it is harmless when it is served as plain text.
_TEXTS = (
    "text/plain text/csv application/csv message/rfc822 message/news application/json application/x-ndjson text/x-c "
    "text/x-c++ text/x-java text/x-tex text/x-diff text/x-asm text/x-makefile text/x-fortran text/x-objective-c "
    "text/x-forth text/x-po text/vtt application/x-wine-extension-ini"
)
_ANYTHING = _starts(b"")
_PK, _CFB = _starts(rb"PK\x03\x04"), _starts(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_OPEN_XML = _starts(rb"PK\x03\x04|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # the second is how an encrypted document begins


def _row(group: FileGroup, label: str, endings: str, finds: str, begins: re.Pattern[bytes], **more: Any) -> FileType:
    return FileType(label, group, tuple(endings.split()), tuple(finds.split()), begins, **more)


def _picture(label: str, endings: str, finds: str, begins: bytes, form: str, *, preview: bool = False) -> FileType:
    """Returns the row of a picture; `form` is Pillow's name of the format."""
    begin = _starts(begins)
    return _row(FileGroup.PICTURE, label, endings, finds, begin, format=Format.PICTURE, detail=form, preview=preview)


def _ooxml(label: str, ending: str, finds: str, parts: str) -> FileType:
    """Returns the row of an Office document since 2007; `parts` are words that its main part's type may contain."""
    found = f"{finds} {_ZIP} {_LOCKED}"
    return _row(FileGroup.DOCUMENT, label, ending, found, _OPEN_XML, format=Format.OOXML, detail=parts)


def _odf(label: str, ending: str, kind: str) -> FileType:
    """Returns the row of an OpenDocument document; libmagic finds a ZIP if its entries have an unusual order."""
    return _row(FileGroup.DOCUMENT, label, ending, f"{_OD}{kind} {_ZIP}", _PK, format=Format.ODF, detail=_OD + kind)


def _ole(label: str, ending: str, finds: str, streams: str) -> FileType:
    """Returns the row of an Office document before 2007 (MS-CFB) that has one of the `streams` (separated by |)."""
    found = f"{finds} application/x-ole-storage {_LOCKED}"
    return _row(FileGroup.DOCUMENT, label, ending, found, _CFB, format=Format.OLE, detail=streams)


def _sound(label: str, endings: str, finds: str, begins: bytes, *, preview: bool = True) -> FileType:
    """Returns the row of a recording, which is not inspected further."""
    return _row(FileGroup.SOUND, label, endings, finds, _starts(begins), preview=preview)


def _video(label: str, endings: str, finds: str, begins: bytes, *, preview: bool = True) -> FileType:
    return _row(FileGroup.VIDEO, label, endings, finds, _starts(begins), preview=preview)


# fmt: off
TABLE: tuple[FileType, ...] = (
    #        label, endings, what libmagic may find, how the content begins, Pillow's name of the format
    _picture("JPEG", "jpg jpeg jfif", "image/jpeg", rb"\xff\xd8\xff", "JPEG", preview=True),
    _picture("PNG", "png", "image/png", rb"\x89PNG\r\n\x1a\n", "PNG", preview=True),
    _picture("GIF", "gif", "image/gif", rb"GIF8[79]a", "GIF", preview=True),
    _picture("WebP", "webp", "image/webp", rb"RIFF.{4}WEBPVP8", "WEBP", preview=True),
    _picture("HEIC, HEIF", "heic heif", "image/heic image/heif image/heic-sequence image/heif-sequence",
             rb".{4}ftyp(heic|heix|hevc|heim|heis|hevx|mif1|msf1)", "HEIF"),
    _picture("AVIF", "avif", "image/avif", rb".{4}ftyp(avif|avis|mif1)", "AVIF", preview=True),
    _picture("TIFF", "tif tiff", "image/tiff", rb"II\*\0|MM\0\*", "TIFF"),
    _picture("BMP", "bmp", "image/bmp image/x-ms-bmp", rb"BM", "BMP"),

    _row(FileGroup.DOCUMENT, "PDF", "pdf", "application/pdf", _starts(rb"%PDF-"), format=Format.PDF, preview=True),
    _ooxml("Word", "docx", f"{_OX}wordprocessingml.document", _WORD),
    _ooxml("Excel", "xlsx", f"{_OX}spreadsheetml.sheet", _EXCEL),
    _ooxml("PowerPoint", "pptx", f"{_OX}presentationml.presentation", _SLIDES),
    _ooxml("Word, made for macros", "docm",
           f"{_MS}word.document.macroEnabled.12 {_OX}wordprocessingml.document", _WORD),
    _ooxml("Excel, made for macros", "xlsm", f"{_MS}excel.sheet.macroEnabled.12 {_OX}spreadsheetml.sheet", _EXCEL),
    _ooxml("PowerPoint, made for macros", "pptm",
           f"{_MS}powerpoint.presentation.macroEnabled.12 {_OX}presentationml.presentation", _SLIDES),
    _ole("Word before 2007", "doc", "application/msword", "WordDocument"),
    _ole("Excel before 2007", "xls", "application/vnd.ms-excel", "Workbook|Book"),
    _ole("PowerPoint before 2007", "ppt", "application/vnd.ms-powerpoint", "PowerPoint Document"),
    _odf("OpenDocument text", "odt", "text"),
    _odf("OpenDocument table", "ods", "spreadsheet"),
    _odf("OpenDocument slides", "odp", "presentation"),
    _row(FileGroup.DOCUMENT, "RTF", "rtf", "text/rtf application/rtf", _starts(rb"\{\\rtf"), format=Format.RTF),

    _row(FileGroup.TEXT, "Plain text", "txt", _TEXTS, _ANYTHING, format=Format.TEXT),
    _row(FileGroup.TEXT, "Table as text (CSV)", "csv", f"text/csv {_TEXTS}", _ANYTHING, format=Format.TEXT,
         declared=("application/vnd.ms-excel", "text/comma-separated-values", "text/tab-separated-values")),

    _row(FileGroup.MAIL, "Email", "eml", f"message/rfc822 {_TEXTS}", _ANYTHING, format=Format.MAIL),
    _row(FileGroup.MAIL, "Outlook email", "msg",
         "application/vnd.ms-outlook application/CDFV2 application/x-ole-storage", _CFB,
         format=Format.OLE, detail="__properties_version1.0", declared=("application/msoutlook", "application/msg")),

    _sound("MP3", "mp3", "audio/mpeg audio/mp3", rb"ID3|\xff[\xe2-\xe7\xf2-\xff]"),
    _sound("WAV", "wav", "audio/x-wav audio/wav audio/vnd.wave", rb"RIFF.{4}WAVE"),
    _sound("M4A, voice memos", "m4a", "audio/x-m4a audio/mp4 audio/m4a video/mp4 video/3gpp audio/3gpp",
           rb".{4}ftyp(M4A |M4B |mp4[12]|isom|iso[2-9]|dash|3gp[4-6])"),
    _sound("AAC", "aac", "audio/x-hx-aac-adts audio/aac audio/aacp", rb"\xff[\xf0\xf1\xf8\xf9]"),
    _sound("AMR, calls", "amr", "audio/amr audio/AMR", rb"#!AMR", preview=False),
    _sound("Ogg, Opus", "ogg oga opus", "audio/ogg application/ogg audio/opus", rb"OggS"),
    _sound("FLAC", "flac", "audio/flac audio/x-flac", rb"fLaC"),

    _video("MP4", "mp4 m4v", "video/mp4 video/x-m4v video/3gpp",
           rb".{4}ftyp(mp4[12v]|isom|iso[2-9]|avc1|M4V |M4VH|MSNV|dash|3gp[4-6]|XAVC)"),
    _video("QuickTime", "mov", "video/quicktime", rb".{4}(ftypqt  |moov|mdat|wide|free|skip)"),
    _video("3GP", "3gp 3g2", "video/3gpp video/3gpp2 audio/3gpp", rb".{4}ftyp3g[epgrs2]", preview=False),
    _video("WebM", "webm", "video/webm", rb"\x1a\x45\xdf\xa3"),
    _video("AVI", "avi", "video/x-msvideo video/avi video/msvideo", rb"RIFF.{4}AVI ", preview=False),

    _row(FileGroup.ARCHIVE, "ZIP", "zip", _ZIP, _PK, format=Format.ZIP, default=False),
)
# fmt: on
