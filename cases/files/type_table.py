"""The table of supported file types: a row says what a file of the type looks like."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Group(StrEnum):
    """Kinds of files, as people see them; within one, a wrongly declared type does no harm."""

    PICTURE = "Pictures"
    DOCUMENT = "Documents"
    TEXT = "Text"
    MAIL = "Mails"
    SOUND = "Sound"
    VIDEO = "Video"
    ARCHIVE = "Archives"


class Opinion(StrEnum):
    """How we ourselves tell the content: a function of `cases.files.inspection.formats`."""

    SIGNATURE = "signature"  # its first bytes are enough
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
    """A row: the `endings` of names; what libmagic may `find`, of which the first is stored; `begins`, what the content
    begins with; our `opinion` and what it looks for, `detail`; other types that are `declared` for it in practice;
    whether a browser may show it by itself (`preview`); and whether it is allowed by `default`."""

    label: str
    group: Group
    endings: tuple[str, ...]
    finds: tuple[str, ...]
    begins: re.Pattern[bytes]
    opinion: Opinion = Opinion.SIGNATURE
    detail: str = ""
    declared: tuple[str, ...] = ()
    preview: bool = False
    default: bool = True

    @property
    def stored(self) -> str:
        """The type under which a file is stored and served."""
        return self.finds[0]


def _starts(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


_OX = "application/vnd.openxmlformats-officedocument."
_OD = "application/vnd.oasis.opendocument."
_MS = "application/vnd.ms-"
#: Of the main part of an OOXML document: what its content type holds, without and with macros.
_WORD = "wordprocessingml.document ms-word.document"
_EXCEL = "spreadsheetml.sheet ms-excel.sheet"
_SLIDES = "presentationml.presentation presentationml.slideshow ms-powerpoint.presentation ms-powerpoint.slideshow"
_ZIP = "application/zip application/x-zip-compressed"
#: What libmagic finds in a document under a password, and in the older format where it does not know the program.
_LOCKED = "application/encrypted application/CDFV2"
#: What libmagic calls text of one kind or another: none of it acts when it is served as plain text.
_TEXTS = (
    "text/plain text/csv application/csv message/rfc822 message/news application/json application/x-ndjson text/x-c "
    "text/x-c++ text/x-java text/x-tex text/x-diff text/x-asm text/x-makefile text/x-fortran text/x-objective-c "
    "text/x-forth text/x-po text/vtt application/x-wine-extension-ini"
)
_ANYTHING = _starts(b"")
_PK, _CFB = _starts(rb"PK\x03\x04"), _starts(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_OPEN_XML = _starts(rb"PK\x03\x04|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # the second is how an encrypted one begins


def _row(group: Group, label: str, endings: str, finds: str, begins: re.Pattern[bytes], **more: Any) -> FileType:
    return FileType(label, group, tuple(endings.split()), tuple(finds.split()), begins, **more)


def _picture(label: str, endings: str, finds: str, begins: bytes, form: str, *, preview: bool = False) -> FileType:
    """A picture; `form` is what Pillow calls its format."""
    begin = _starts(begins)
    return _row(Group.PICTURE, label, endings, finds, begin, opinion=Opinion.PICTURE, detail=form, preview=preview)


def _ooxml(label: str, ending: str, finds: str, parts: str) -> FileType:
    """A document of Office since 2007; `parts` are the content types that its main part may have."""
    found = f"{finds} {_ZIP} {_LOCKED}"
    return _row(Group.DOCUMENT, label, ending, found, _OPEN_XML, opinion=Opinion.OOXML, detail=parts)


def _odf(label: str, ending: str, kind: str) -> FileType:
    """An OpenDocument document; libmagic tells a ZIP where the order inside is not the usual."""
    return _row(Group.DOCUMENT, label, ending, f"{_OD}{kind} {_ZIP}", _PK, opinion=Opinion.ODF, detail=_OD + kind)


def _ole(label: str, ending: str, finds: str, streams: str) -> FileType:
    """A document in the format that Office had before 2007 (MS-CFB); of the `streams` (split by |) one is in it."""
    found = f"{finds} application/x-ole-storage {_LOCKED}"
    return _row(Group.DOCUMENT, label, ending, found, _CFB, opinion=Opinion.OLE, detail=streams)


def _sound(label: str, endings: str, finds: str, begins: bytes, *, preview: bool = True) -> FileType:
    """A recording, which is not looked into: players do that."""
    return _row(Group.SOUND, label, endings, finds, _starts(begins), preview=preview)


def _video(label: str, endings: str, finds: str, begins: bytes, *, preview: bool = True) -> FileType:
    return _row(Group.VIDEO, label, endings, finds, _starts(begins), preview=preview)


# fmt: off
TABLE: tuple[FileType, ...] = (
    #        label, endings, what libmagic may find, how the content begins, what Pillow calls it
    _picture("JPEG", "jpg jpeg jfif", "image/jpeg", rb"\xff\xd8\xff", "JPEG", preview=True),
    _picture("PNG", "png", "image/png", rb"\x89PNG\r\n\x1a\n", "PNG", preview=True),
    _picture("GIF", "gif", "image/gif", rb"GIF8[79]a", "GIF", preview=True),
    _picture("WebP", "webp", "image/webp", rb"RIFF.{4}WEBPVP8", "WEBP", preview=True),
    _picture("HEIC, HEIF", "heic heif", "image/heic image/heif image/heic-sequence image/heif-sequence",
             rb".{4}ftyp(heic|heix|hevc|heim|heis|hevx|mif1|msf1)", "HEIF"),
    _picture("AVIF", "avif", "image/avif", rb".{4}ftyp(avif|avis|mif1)", "AVIF", preview=True),
    _picture("TIFF", "tif tiff", "image/tiff", rb"II\*\0|MM\0\*", "TIFF"),
    _picture("BMP", "bmp", "image/bmp image/x-ms-bmp", rb"BM", "BMP"),

    _row(Group.DOCUMENT, "PDF", "pdf", "application/pdf", _starts(rb"%PDF-"), opinion=Opinion.PDF, preview=True),
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
    _row(Group.DOCUMENT, "RTF", "rtf", "text/rtf application/rtf", _starts(rb"\{\\rtf"), opinion=Opinion.RTF),

    _row(Group.TEXT, "Plain text", "txt", _TEXTS, _ANYTHING, opinion=Opinion.TEXT),
    _row(Group.TEXT, "Table as text (CSV)", "csv", f"text/csv {_TEXTS}", _ANYTHING, opinion=Opinion.TEXT,
         declared=("application/vnd.ms-excel", "text/comma-separated-values", "text/tab-separated-values")),

    _row(Group.MAIL, "Mail", "eml", f"message/rfc822 {_TEXTS}", _ANYTHING, opinion=Opinion.MAIL),
    _row(Group.MAIL, "Outlook mail", "msg", "application/vnd.ms-outlook application/CDFV2 application/x-ole-storage",
         _CFB, opinion=Opinion.OLE, detail="__properties_version1.0",
         declared=("application/msoutlook", "application/msg")),

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

    _row(Group.ARCHIVE, "ZIP", "zip", _ZIP, _PK, opinion=Opinion.ZIP, default=False),
)
# fmt: on
