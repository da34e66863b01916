"""Finds the ending for a file without one, by its declared type and its content.

Both are opinions, as in `cases.files.types`, which later checks the file under its new name like any other.
"""

import mimetypes

from cases.files.type_table import TABLE, FileType, Format
from cases.files.types import BY_ENDING, declared_agrees

#: Endings for types that are not the first of a row of supported types: the ending, and the types.
_MORE: tuple[tuple[str, str], ...] = (
    ("jpg", "image/jpg image/pjpeg image/jpe image/x-jpg image/x-jpeg"),
    ("png", "image/x-png"),
    ("tif", "image/tif image/x-tiff"),
    ("bmp", "image/x-bmp image/x-ms-bmp"),
    ("heic", "image/heif image/heic-sequence"),
    ("pdf", "application/x-pdf application/acrobat application/vnd.pdf text/pdf"),
    ("rtf", "application/rtf application/x-rtf text/richtext application/richtext"),
    ("doc", "application/vnd.ms-word application/x-msword application/word"),
    ("xls", "application/msexcel application/x-msexcel application/x-excel application/excel"),
    ("ppt", "application/mspowerpoint application/x-mspowerpoint application/powerpoint"),
    ("csv", "text/comma-separated-values application/csv"),
    ("msg", "application/msoutlook application/msg application/x-msg"),
    ("mp3", "audio/mp3 audio/x-mp3 audio/x-mpeg"),
    ("wav", "audio/wav audio/wave audio/vnd.wave"),
    ("m4a", "audio/mp4 audio/m4a audio/x-m4a audio/mp4a-latm"),
    ("aac", "audio/aac audio/x-aac audio/aacp"),
    ("amr", "audio/x-amr audio/amr-wb"),
    ("ogg", "application/ogg audio/x-ogg audio/vorbis"),
    ("opus", "audio/opus audio/x-opus"),
    ("flac", "audio/x-flac"),
    ("3gp", "video/3gpp audio/3gpp video/3gp"),
    ("3g2", "video/3gpp2 audio/3gpp2"),
    ("mp4", "video/x-mp4"),
    ("m4v", "video/x-m4v"),
    ("avi", "video/avi video/msvideo"),
    ("zip", "application/x-zip-compressed application/x-zip"),
    ("ics", "text/calendar application/ics text/x-vcalendar"),
    ("vcf", "text/vcard text/x-vcard text/directory"),
    ("xml", "application/xml application/x-xml"),  # Python's table names a stylesheet
    ("xhtml", "application/xhtml+xml"),
    ("md", "text/markdown text/x-markdown"),
    ("p7m", "application/pkcs7-mime application/x-pkcs7-mime"),  # RFC 8551 section 3.2.1
    ("p7s", "application/pkcs7-signature application/x-pkcs7-signature"),
    ("pages", "application/vnd.apple.pages application/x-iwork-pages-sffpages"),
    ("numbers", "application/vnd.apple.numbers application/x-iwork-numbers-sffnumbers"),
    ("key", "application/vnd.apple.keynote application/x-iwork-keynote-sffkey"),
)
_BY_TYPE: dict[str, str] = {
    **{row.stored: row.endings[0] for row in reversed(TABLE)},
    **{kind: ending for ending, kinds in _MORE for kind in kinds.split()},
}
_UNKNOWN = ("", "application/octet-stream")
_TYPES = mimetypes.MimeTypes()
#: Formats that are packed in another: what is in a file of the format, and its ending.
_MARKS: dict[Format, tuple[tuple[bytes, str], ...]] = {
    Format.OOXML: ((b"word/document.xml", "docx"), (b"xl/workbook.", "xlsx"), (b"ppt/presentation.xml", "pptx")),
    Format.ODF: tuple((b"mimetype" + row.detail.encode(), row.endings[0]) for row in TABLE if row.format is Format.ODF),
    Format.OLE: tuple(
        (name.encode("utf-16-le"), row.endings[0])
        for row in reversed(TABLE)  # a mail may contain documents
        if row.format is Format.OLE
        for name in row.detail.split("|")
    ),
    Format.ZIP: ((b"Index/Document.iwa", "pages"), (b"PK", "zip")),
}
_SIMPLE = (Format.SIGNATURE, Format.PICTURE, Format.PDF, Format.RTF)


def ending_of(content_type: str, content: bytes = b"") -> str:
    """Returns the ending with its dot, "" if none is known: `ending_of("image/jpg") == ".jpg"`.

    If the content clearly is of another type that the declared type allows, its ending is taken.
    """
    typed = _BY_TYPE.get(content_type, "")
    row = BY_ENDING.get(typed)
    if row and row.format in _SIMPLE and row.begins.match(content):
        return f".{typed}"
    found = _by_content(content)
    known = BY_ENDING.get(found)
    allowed = content_type in _UNKNOWN or typed == "zip" or (known is not None and declared_agrees(known, content_type))
    if found and allowed:
        return f".{found}"
    if typed:
        return f".{typed}"
    return "" if content_type in _UNKNOWN else _TYPES.guess_extension(content_type) or ""


def _by_content(content: bytes) -> str:
    """Returns the ending of the first row whose beginning the content has; of packed formats by what is in it."""
    return next(filter(None, (_ending_in(row, content) for row in TABLE if row.begins.match(content))), "")


def _ending_in(row: FileType, content: bytes) -> str:
    if row.format in _SIMPLE:
        return row.endings[0]
    return next((ending for mark, ending in _MARKS.get(row.format, ()) if mark in content), "")
