"""The supported file types, for files from the form and from mail alike: which content a file name may stand for.

The name's ending, and what libmagic finds in the bytes, must agree.
"""

from pathlib import PurePosixPath

import pylibmagic  # noqa: F401  # isort: skip  # brings the libmagic that python-magic looks for
import magic

#: Ending of the name -> the types that libmagic may find for it; the first is the type that is stored.
SUPPORTED: dict[str, tuple[str, ...]] = {
    "jpg": ("image/jpeg",),
    "jpeg": ("image/jpeg",),
    "png": ("image/png",),
    "gif": ("image/gif",),
    "webp": ("image/webp",),
    "heic": ("image/heic", "image/heif"),
    "tif": ("image/tiff",),
    "tiff": ("image/tiff",),
    "bmp": ("image/bmp", "image/x-ms-bmp"),
    "pdf": ("application/pdf",),
    "txt": ("text/plain",),
    "csv": ("text/csv", "text/plain", "application/csv"),
    "rtf": ("text/rtf", "application/rtf"),
    "doc": ("application/msword", "application/CDFV2", "application/x-ole-storage"),
    "xls": ("application/vnd.ms-excel", "application/CDFV2", "application/x-ole-storage"),
    "ppt": ("application/vnd.ms-powerpoint", "application/CDFV2", "application/x-ole-storage"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation",),
    "odt": ("application/vnd.oasis.opendocument.text",),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet",),
    "odp": ("application/vnd.oasis.opendocument.presentation",),
    "eml": ("message/rfc822", "text/plain"),
    "mp3": ("audio/mpeg",),
    "wav": ("audio/x-wav", "audio/wav"),
    "m4a": ("audio/x-m4a", "audio/mp4", "video/mp4"),
    "mp4": ("video/mp4",),
    "mov": ("video/quicktime",),
}


#: Octets that libmagic looks at.
_SNIFFED = 1 << 20


def sniff(content: bytes) -> str:
    """The type that libmagic finds in the content."""
    found: str = magic.from_buffer(content[:_SNIFFED], mime=True)
    return found


def ending(name: str) -> str:
    """The ending of a file name, in lower case and without the dot; empty for none."""
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def unsupported(name: str) -> str | None:
    """Why a file of this name can't be a file of an update, in words; None when its type is supported."""
    kind = ending(name)
    if kind in SUPPORTED:
        return None
    return f"files of type {kind!r} are not supported" if kind else "a file without a type is not supported"


def agreed_type(name: str, found: str) -> str | None:
    """The type under which a file of this name and found content is stored; None when it is not supported."""
    allowed = SUPPORTED.get(ending(name), ())
    return allowed[0] if found in allowed else None
