"""Compound files (MS-CFB): Office documents before 2007, Outlook mails, newer documents with a password, and objects
that are embedded in documents."""

import re
import struct
from collections.abc import Iterator
from io import BytesIO

import olefile

from cases.files.inspection.findings import Finding, UnreadableFileError
from cases.files.types import NEVER, ending
from schemas.files import FileReason

#: The storages that hold macros (MS-OVBA section 2.2.1; of Word, of Excel).
_MACRO_STORAGES = frozenset(("vba", "macros", "_vba_project", "_vba_project_cur"))
#: The record of a PowerPoint document with macros: VbaInfoAtom with fHasMacros (MS-PPT section 2.4.10).
_SLIDE_MACROS = re.compile(rb"\x02\x00\x00\x04\x0c\x00\x00\x00.{4}\x01\x00\x00\x00", re.DOTALL)
#: Records of Excel (MS-XLS section 2.4): encryption, a sheet and its kind, the end of the globals.
_FILE_PASS, _BOUND_SHEET, _EOF = 0x2F, 0x85, 0x0A
_KIND_AT, _MACRO_SHEET = 5, b"\x01"
#: The flags at the beginning of a Word document (MS-DOC section 2.5.2), and the bit for encrypted.
_FLAGS_AT, _WORD_ENCRYPTED = 0x0A, 0x0100
#: An embedded file, with its name (MS-OLEDS section 2.3.6).
_NATIVE = "\x01Ole10Native"
_LONGEST = 100_000_000


class Compound:
    """An open compound file; raises `UnreadableFileError`."""

    def __init__(self, content: bytes) -> None:
        try:
            self._file = olefile.OleFileIO(BytesIO(content))
            self.paths: list[tuple[str, ...]] = [tuple(path) for path in self._file.listdir(storages=True)]
        except (OSError, ValueError, TypeError, IndexError, struct.error) as error:
            raise UnreadableFileError("it is a damaged document") from error

    def has(self, *names: str) -> bool:
        """Returns whether the file has a stream or storage of one of these names at the top level."""
        wanted = {name.lower() for name in names}
        return any(path[0].lower() in wanted for path in self.paths)

    def read(self, *path: str) -> bytes:
        """Returns the bytes of a stream; empty when it does not exist or is damaged."""
        try:
            with self._file.openstream(list(path)) as stream:
                return bytes(stream.read(_LONGEST))
        except (OSError, ValueError, TypeError, IndexError, struct.error):
            return b""


def is_encrypted_package(compound: Compound) -> bool:
    """Returns whether the file is a newer document with a password (MS-OFFCRYPTO section 2.3.4.4)."""
    return compound.has("EncryptedPackage")


def findings(compound: Compound) -> Iterator[Finding]:
    """Yields the findings in a document."""
    book = compound.read("Workbook") or compound.read("Book")
    records = dict(_records(book)) if book else {}
    if _is_locked(compound, records):
        yield Finding(FileReason.ENCRYPTED, "it is locked with a password")
    names = {part.lower() for path in compound.paths for part in path}
    if names & _MACRO_STORAGES or _SLIDE_MACROS.search(compound.read("PowerPoint Document")):
        yield Finding(FileReason.MACROS, "it has macros in it")
    if any(sheet[_KIND_AT : _KIND_AT + 1] == _MACRO_SHEET for sheet in records.get(_BOUND_SHEET, [])):
        yield Finding(FileReason.MACROS, "it has macros in it (Excel 4)")
    for path in compound.paths:
        if path[-1] == _NATIVE and ending(name := _native_name(compound.read(*path))) in NEVER:
            yield Finding(FileReason.MACROS, f"it has the file {name} in it")


def _is_locked(compound: Compound, records: dict[int, list[bytes]]) -> bool:
    beginning = compound.read("WordDocument")[: _FLAGS_AT + 2]
    flags = int.from_bytes(beginning[_FLAGS_AT:], "little")
    return (
        is_encrypted_package(compound)
        or compound.has("EncryptedSummary")
        or bool(flags & _WORD_ENCRYPTED)
        or _FILE_PASS in records
    )


def _records(book: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Yields each record number of a workbook's globals, with the records of that number."""
    found: dict[int, list[bytes]] = {}
    at = 0
    while at + 4 <= len(book):
        number, length = struct.unpack_from("<HH", book, at)
        if number == _EOF:
            break
        found.setdefault(number, []).append(book[at + 4 : at + 4 + length])
        at += 4 + length
    yield from found.items()


def _native_name(native: bytes) -> str:
    """Returns the name of an embedded file: it follows the length and two octets, and ends with a zero."""
    return native[6:].partition(b"\0")[0][:200].decode("latin-1")
