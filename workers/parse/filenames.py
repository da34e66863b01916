"""A file name from a stranger, made safe to show and to save under."""

import mimetypes
import re
import unicodedata

_LONGEST = 150  # bytes of UTF-8
_LONGEST_EXTENSION = 20
_FORBIDDEN = re.compile(r'[<>:"|?*]')
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\.|$)", re.IGNORECASE)
_TYPES = mimetypes.MimeTypes()


def safe_name(name: str, content_type: str, number: int) -> str:
    """The last path element of `name` without control, bidi and zero-width characters, at most 150 bytes long.

    Names that Windows reserves get an underscore in front. When nothing is left, the name is made from the declared
    type and the number of the part. Applying it twice changes nothing: the checks hold for the final form.
    """
    text = unicodedata.normalize("NFC", "".join(map(_visible, name)))
    text = _FORBIDDEN.sub("_", text.replace("\\", "/").rpartition("/")[2])
    text = _trim(_shorten(_trim(text)))
    if not text:
        return f"attachment-{number}{_TYPES.guess_extension(content_type) or ''}"
    return f"_{text}" if _RESERVED.match(text) else text


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Zs", "Zl", "Zp") or char in "\t\r\n":
        return " "
    return "" if category in ("Cc", "Cf", "Cs", "Co", "Cn") else char


def _trim(text: str) -> str:
    return " ".join(text.split()).strip(". ")


def _shorten(text: str) -> str:
    if len(text.encode()) < _LONGEST:  # one byte is kept for the underscore
        return text
    stem, dot, extension = text.rpartition(".")
    if not dot or len(extension.encode()) > _LONGEST_EXTENSION:
        stem, dot, extension = text, "", ""
    room = _LONGEST - 1 - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + dot + extension
