"""Makes an untrusted file name safe to show, and safe to save a file under."""

import re
import unicodedata
from collections.abc import Container

from schemas.visible_text import INVISIBLE
from workers.parse.mime.file_endings import ending_of

_LONGEST = 150  # bytes of UTF-8
_LONGEST_EXTENSION = 20
_FORBIDDEN = re.compile(r'[<>:"|?*]')
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\.|$)", re.IGNORECASE)
# The ending of a name; "Report v1.2" and "Dr. Smith" have no ending.
_ENDING = re.compile(r"\.(?=\w*[^\W\d_])[\w-]{1,20}$")


def safe_name(name: str, content_type: str, number: int) -> str:
    """Returns the last path element of `name` without control, bidi and invisible characters, at most 150 bytes long.

    A name that Windows reserves gets the prefix `_`. If nothing of the name is left, it is made from the declared type
    and the number of the part. Applied to its own result, it changes nothing.
    """
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", "".join(map(_visible, name))))
    text = _trim(_FORBIDDEN.sub("_", text.replace("\\", "/").rpartition("/")[2]))
    if not text:
        return f"attachment-{number}{ending_of(content_type)}"
    text = _trim(_shorten(text))
    return f"_{text}" if _RESERVED.match(text) else text


def with_ending(name: str, content_type: str, content: bytes = b"") -> str:
    """Returns the name; if it has no ending, such as "Scan 12", with that of the declared type or of the content."""
    if _ENDING.search(name):
        return name
    return safe_name(name + ending_of(content_type, content), "", 0)


def numbered(name: str, taken: Container[str]) -> str:
    """Returns the name, with a number if it is `taken` (names as from `comparable`): `photo.jpg`, `photo (2).jpg`."""
    found, number = name, 1
    while comparable(found) in taken:
        number += 1
        ending = match[0] if (match := _ENDING.search(name)) else ""
        mark = f" ({number}){ending}"
        stem = name.removesuffix(ending).encode()[: _LONGEST - 1 - len(mark.encode())].decode("utf-8", "ignore")
        found = stem.rstrip(". ") + mark
    return found


def comparable(name: str) -> str:
    """Returns a name in the form in which file systems that ignore case compare it."""
    return unicodedata.normalize("NFC", name.casefold())


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Zs", "Zl", "Zp") or char in "\t\r\n":
        return " "
    return "" if category in ("Cc", "Cf", "Cs", "Co", "Cn") else char


def _trim(text: str) -> str:
    return " ".join(text.split()).strip(". ")


def _shorten(text: str) -> str:
    if len(text.encode()) < _LONGEST:  # a byte is reserved for the underscore
        return text
    stem, dot, extension = text.rpartition(".")
    if not dot or len(extension.encode()) > _LONGEST_EXTENSION:
        stem, dot, extension = text, "", ""
    room = _LONGEST - 1 - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + dot + extension
