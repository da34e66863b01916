"""The supported file types, for files from the form and from mail alike: a row says what a file of the type looks like.

Three must agree: the name's ending, the type that a mail or browser declares, and the content, of which there are two
opinions: libmagic's, and that of `cases.content.opinions`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from schemas.files import FilePolicy


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
    """How we ourselves tell the content: a function of `cases.content.opinions`."""

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


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_MS = "application/vnd.ms-"
#: Of the main part of an OOXML document: what its content type holds, without and with macros.
_WORD = "wordprocessingml.document ms-word.document"
_EXCEL = "spreadsheetml.sheet ms-excel.sheet"
_SLIDES = "presentationml.presentation presentationml.slideshow ms-powerpoint.presentation ms-powerpoint.slideshow"
_ZIP = ("application/zip", "application/x-zip-compressed")
#: What libmagic calls text of one kind or another: none of it acts when it is served as plain text.
_TEXTS = (
    "text/plain",
    "text/csv",
    "application/csv",
    "message/rfc822",
    "message/news",
    "application/json",
    "application/x-ndjson",
    "text/x-c",
    "text/x-c++",
    "text/x-java",
    "text/x-tex",
    "text/x-diff",
    "text/x-asm",
    "text/x-makefile",
    "text/x-fortran",
    "text/x-objective-c",
    "text/x-forth",
    "text/x-po",
    "text/vtt",
    "application/x-wine-extension-ini",
)
_ANYTHING = _starts(b"")
_PK, _D0CF = _starts(rb"PK\x03\x04"), _starts(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_OPEN_XML = _starts(rb"PK\x03\x04|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # the second is how an encrypted one begins


def _office(ending: str, label: str, stored: str, opinion: Opinion, detail: str, *finds: str) -> FileType:
    """An office document: a ZIP (OOXML, ODF), which libmagic tells apart only where the order inside is the usual."""
    found = (stored, *finds, *_ZIP, "application/encrypted", "application/CDFV2")
    return FileType(label, Group.DOCUMENT, (ending,), found, _OPEN_XML, opinion, detail)


def _ole(ending: str, label: str, stored: str, detail: str, *finds: str) -> FileType:
    """A document in the format that Office had before 2007 (MS-CFB); `detail` has streams, of which one is in it."""
    found = (stored, "application/CDFV2", "application/x-ole-storage", "application/encrypted", *finds)
    return FileType(label, Group.DOCUMENT, (ending,), found, _D0CF, Opinion.OLE, detail)


def _picture(label: str, endings: str, finds: str, begins: bytes, form: str, *, preview: bool = False) -> FileType:
    """A picture; `form` is what Pillow calls its format."""
    found = tuple(finds.split())
    return FileType(
        label, Group.PICTURE, tuple(endings.split()), found, _starts(begins), Opinion.PICTURE, form, preview=preview
    )


def _recording(group: Group, label: str, endings: str, finds: str, begins: bytes, *, preview: bool = True) -> FileType:
    """Sound or video, which is not looked into: players do that."""
    return FileType(label, group, tuple(endings.split()), tuple(finds.split()), _starts(begins), preview=preview)


TABLE: tuple[FileType, ...] = (
    # label, endings, what libmagic finds, how it begins
    _picture("JPEG", "jpg jpeg jfif", "image/jpeg", rb"\xff\xd8\xff", "JPEG", preview=True),
    _picture("PNG", "png", "image/png", rb"\x89PNG\r\n\x1a\n", "PNG", preview=True),
    _picture("GIF", "gif", "image/gif", rb"GIF8[79]a", "GIF", preview=True),
    _picture("WebP", "webp", "image/webp", rb"RIFF.{4}WEBPVP8", "WEBP", preview=True),
    _picture(
        "HEIC, HEIF",
        "heic heif",
        "image/heic image/heif image/heic-sequence image/heif-sequence",
        rb".{4}ftyp(heic|heix|hevc|heim|heis|hevx|mif1|msf1)",
        "HEIF",
    ),
    _picture("AVIF", "avif", "image/avif", rb".{4}ftyp(avif|avis|mif1)", "AVIF", preview=True),
    _picture("TIFF", "tif tiff", "image/tiff", rb"II\*\0|MM\0\*", "TIFF"),
    _picture("BMP", "bmp", "image/bmp image/x-ms-bmp", rb"BM", "BMP"),
    FileType(
        "PDF",
        Group.DOCUMENT,
        ("pdf",),
        ("application/pdf",),
        _starts(rb"%PDF-"),
        Opinion.PDF,
        preview=True,
    ),
    _office("docx", "Word", _OOXML + "wordprocessingml.document", Opinion.OOXML, _WORD),
    _office("xlsx", "Excel", _OOXML + "spreadsheetml.sheet", Opinion.OOXML, _EXCEL),
    _office("pptx", "PowerPoint", _OOXML + "presentationml.presentation", Opinion.OOXML, _SLIDES),
    _office(
        "docm",
        "Word, made for macros",
        _MS + "word.document.macroEnabled.12",
        Opinion.OOXML,
        _WORD,
        _OOXML + "wordprocessingml.document",
    ),
    _office(
        "xlsm",
        "Excel, made for macros",
        _MS + "excel.sheet.macroEnabled.12",
        Opinion.OOXML,
        _EXCEL,
        _OOXML + "spreadsheetml.sheet",
    ),
    _office(
        "pptm",
        "PowerPoint, made for macros",
        _MS + "powerpoint.presentation.macroEnabled.12",
        Opinion.OOXML,
        _SLIDES,
        _OOXML + "presentationml.presentation",
    ),
    _ole("doc", "Word before 2007", "application/msword", "WordDocument"),
    _ole("xls", "Excel before 2007", "application/vnd.ms-excel", "Workbook|Book"),
    _ole("ppt", "PowerPoint before 2007", "application/vnd.ms-powerpoint", "PowerPoint Document"),
    _office("odt", "OpenDocument text", _ODF + "text", Opinion.ODF, _ODF + "text"),
    _office("ods", "OpenDocument table", _ODF + "spreadsheet", Opinion.ODF, _ODF + "spreadsheet"),
    _office("odp", "OpenDocument slides", _ODF + "presentation", Opinion.ODF, _ODF + "presentation"),
    FileType("RTF", Group.DOCUMENT, ("rtf",), ("text/rtf", "application/rtf"), _starts(rb"\{\\rtf"), Opinion.RTF),
    FileType("Plain text", Group.TEXT, ("txt",), _TEXTS, _ANYTHING, Opinion.TEXT),
    FileType(
        "Table as text (CSV)",
        Group.TEXT,
        ("csv",),
        ("text/csv", *_TEXTS),
        _ANYTHING,
        Opinion.TEXT,
        declared=("application/vnd.ms-excel", "text/comma-separated-values", "text/tab-separated-values"),
    ),
    FileType(
        "Mail", Group.MAIL, ("eml",), ("message/rfc822", *_TEXTS), _ANYTHING, Opinion.MAIL, declared=("text/plain",)
    ),
    FileType(
        "Outlook mail",
        Group.MAIL,
        ("msg",),
        ("application/vnd.ms-outlook", "application/CDFV2", "application/x-ole-storage"),
        _D0CF,
        Opinion.OLE,
        "__properties_version1.0",
        declared=("application/msoutlook", "application/msg"),
    ),
    _recording(Group.SOUND, "MP3", "mp3", "audio/mpeg audio/mp3", rb"ID3|\xff[\xe2-\xe7\xf2-\xff]"),
    _recording(Group.SOUND, "WAV", "wav", "audio/x-wav audio/wav audio/vnd.wave", rb"RIFF.{4}WAVE"),
    _recording(
        Group.SOUND,
        "M4A, voice memos",
        "m4a",
        "audio/x-m4a audio/mp4 audio/m4a video/mp4 video/3gpp audio/3gpp",
        rb".{4}ftyp(M4A |M4B |mp4[12]|isom|iso[2-9]|dash|3gp[4-6])",
    ),
    _recording(Group.SOUND, "AAC", "aac", "audio/x-hx-aac-adts audio/aac audio/aacp", rb"\xff[\xf0\xf1\xf8\xf9]"),
    _recording(Group.SOUND, "AMR, calls", "amr", "audio/amr audio/AMR", rb"#!AMR", preview=False),
    _recording(Group.SOUND, "Ogg, Opus", "ogg oga opus", "audio/ogg application/ogg audio/opus", rb"OggS"),
    _recording(Group.SOUND, "FLAC", "flac", "audio/flac audio/x-flac", rb"fLaC"),
    _recording(
        Group.VIDEO,
        "MP4",
        "mp4 m4v",
        "video/mp4 video/x-m4v video/3gpp",
        rb".{4}ftyp(mp4[12v]|isom|iso[2-9]|avc1|M4V |M4VH|MSNV|dash|3gp[4-6]|XAVC)",
    ),
    _recording(Group.VIDEO, "QuickTime", "mov", "video/quicktime", rb".{4}(ftypqt  |moov|mdat|wide|free|skip)"),
    _recording(
        Group.VIDEO, "3GP", "3gp 3g2", "video/3gpp video/3gpp2 audio/3gpp", rb".{4}ftyp3g[epgrs2]", preview=False
    ),
    _recording(Group.VIDEO, "WebM", "webm", "video/webm", rb"\x1a\x45\xdf\xa3"),
    _recording(Group.VIDEO, "AVI", "avi", "video/x-msvideo video/avi video/msvideo", rb"RIFF.{4}AVI ", preview=False),
    FileType("ZIP", Group.ARCHIVE, ("zip",), _ZIP, _PK, Opinion.ZIP, default=False),
)

#: The row of each ending.
BY_ENDING: dict[str, FileType] = {one: row for row in TABLE for one in row.endings}
#: The endings that are allowed where a tenant has not chosen.
DEFAULT_ENDINGS = frozenset(one for row in TABLE if row.default for one in row.endings)
#: What is never let in, nor in an archive or as an object of a document: programs, scripts, what a browser runs.
NEVER = frozenset(
    [
        "exe",
        "com",
        "scr",
        "pif",
        "msi",
        "msp",
        "msix",
        "appx",
        "cpl",
        "dll",
        "sys",
        "drv",
        "ocx",
        "lnk",
        "url",
        "scf",
        "reg",
        "jar",
        "class",
        "apk",
        "app",
        "dmg",
        "pkg",
        "deb",
        "rpm",
        "bat",
        "cmd",
        "ps1",
        "psm1",
        "vbs",
        "vbe",
        "js",
        "jse",
        "mjs",
        "wsf",
        "wsh",
        "hta",
        "sct",
        "sh",
        "bash",
        "py",
        "pyw",
        "pl",
        "rb",
        "php",
        "html",
        "htm",
        "xhtml",
        "shtml",
        "mht",
        "mhtml",
        "svg",
        "svgz",
        "xml",
        "xsl",
        "chm",
        "iso",
        "img",
        "vhd",
        "vhdx",
        "one",
        "library-ms",
    ]
)
#: What programs declare that do not know: it agrees with everything.
_NOT_KNOWN = frozenset(
    (
        "",
        "application/octet-stream",
        "binary/octet-stream",
        "application/unknown",
        "application/download",
        "application/x-download",
        "application/force-download",
        "application/binary",
        "unknown/unknown",
    )
)


def ending(name: str) -> str:
    """The ending of a file name, in lower case and without the dot; empty for none."""
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def unsupported(name: str, policy: FilePolicy | None = None) -> str | None:
    """Why a file of this name can't be a file of an update, in words; None when its type is supported, and allowed by
    the policy if one is given."""
    kind = ending(name)
    allowed = BY_ENDING.keys() if policy is None else allowed_endings(policy)
    if kind in allowed:
        return None
    return f"files of type {kind!r} are not supported" if kind else "a file without a type is not supported"


def allowed_endings(policy: FilePolicy) -> frozenset[str]:
    """The endings that the policy lets in; what is in no row never is."""
    return DEFAULT_ENDINGS if policy.types is None else policy.types & BY_ENDING.keys()


def stored_type(name: str) -> str | None:
    """The type under which a file of this name is stored; None when it is not supported."""
    row = BY_ENDING.get(ending(name))
    return row.stored if row else None


def declared_agrees(row: FileType, declared: str) -> bool:
    """Whether a declared type may stand for the row: it is one of its own, or one of its group, or says nothing."""
    plain = _plain(declared)
    return (
        plain in _NOT_KNOWN
        or plain in _BY_GROUP[row.group]
        or plain in {_plain(one) for one in (*row.finds, *row.declared)}
        or (row.group in _RECORDED and plain.startswith(("audio/", "video/")))
    )


def _plain(declared: str) -> str:
    """The type without parameters and `x-`, in lower case: image/x-png is image/png (RFC 6648)."""
    return declared.partition(";")[0].strip().lower().replace("/x-", "/")


_RECORDED = (Group.SOUND, Group.VIDEO)
#: What is declared for one of a group in practice, besides the types of its rows.
_ALSO = {
    Group.PICTURE: ("image/jpg", "image/pjpeg", "image/apng", "image/tif", "image/heic", "image/heif"),
    Group.DOCUMENT: (
        *("application/word", "application/excel", "application/powerpoint", "application/msexcel"),
        *("application/vnd.ms-word", "application/mspowerpoint", "application/richtext", "text/richtext"),
        *("application/acrobat", "application/vnd.pdf", "text/pdf"),
    ),
}
#: The types of each group, as they may be declared.
_BY_GROUP = {
    group: frozenset((*(_plain(row.stored) for row in TABLE if row.group is group), *_ALSO.get(group, ())))
    for group in Group
}
