"""ZIP archives, including office documents: measured by their directory before anything is unpacked, then inspected
together with the archives inside them."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from cases.files.inspection.findings import Finding, UnreadableFileError
from schemas.files import FileReason

#: The most unpacked bytes in one file; the highest ratio of unpacked to packed bytes; the number of unpacked bytes up
#: to which the ratio does not matter.
MOST_UNPACKED, MOST_RATIO, RATIO_FROM = 200_000_000, 100, 10_000_000
#: The most entries, and the most archives inside each other: a document with a table, in an archive, makes 3.
MOST_ENTRIES, DEEPEST = 10_000, 4

_LOCAL_HEADER = 30  # octets (APPNOTE 6.3.10 section 4.3.7)
_ENCRYPTED = 0x1
_BEGINNING = 8

#: A function that returns the findings in an entry, from its name, its content and the budget.
Inner = Callable[[str, bytes, "UnpackBudget"], list[Finding]]


@dataclass
class UnpackBudget:
    """The bytes and entries of one file that may still be unpacked; `depth` is the number of archives around the next
    entry."""

    unpacked: int = MOST_UNPACKED
    entries: int = MOST_ENTRIES
    depth: int = 0


def open_archive(content: bytes) -> ZipFile:
    """Opens an archive; reads only its directory. Raises `UnreadableFileError`."""
    try:
        return ZipFile(BytesIO(content))
    except (BadZipFile, LargeZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFileError("it is a damaged archive") from error


def measure(archive: ZipFile, size: int, budget: UnpackBudget) -> list[Finding]:
    """Returns the finding against unpacking an archive of `size` bytes, by its directory, if there is one.

    Takes its entries and unpacked bytes off the budget.
    """
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    times = unpacked // (size or 1)
    budget.entries -= len(entries)
    budget.unpacked -= unpacked
    rules = (
        (budget.depth < DEEPEST, "archives lie in archives in it, too deep to look into"),
        (budget.entries >= 0, f"more than {MOST_ENTRIES:,} files are packed in it"),
        (not _overlap(archive), "the files packed in it lie over each other"),
        (budget.unpacked >= 0, f"unpacked it would have more than {MOST_UNPACKED // 1_000_000} MB"),
        (unpacked <= max(RATIO_FROM, MOST_RATIO * size), f"unpacked it would be {times:,} times as large"),
    )
    return [Finding(FileReason.BOMB, why) for holds, why in rules if not holds][:1]


def _overlap(archive: ZipFile) -> bool:
    """Returns whether entries share bytes (CVE-2024-0450), or overlap the directory."""
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    starts = [*(entry.header_offset for entry in entries[1:]), archive.start_dir]
    return any(
        entry.header_offset + _LOCAL_HEADER + len(entry.orig_filename) + entry.compress_size > start
        for entry, start in zip(entries, starts, strict=True)
    )


def encrypted(archive: ZipFile) -> list[Finding]:
    """Returns a finding if any entry is encrypted."""
    if any(entry.flag_bits & _ENCRYPTED for entry in archive.infolist()):
        return [Finding(FileReason.ENCRYPTED, "it is locked with a password")]
    return []


def within(archive: ZipFile, budget: UnpackBudget, inner: Inner, signatures: tuple[bytes, ...]) -> Iterator[Finding]:
    """Yields the findings of `inner` in the entries whose content begins with one of the signatures."""
    budget.depth += 1
    for entry in archive.infolist():
        if entry.file_size < _BEGINNING or entry.flag_bits & _ENCRYPTED:
            continue
        if unpack(archive, entry, _BEGINNING).startswith(signatures):
            yield from inner(entry.filename, unpack(archive, entry), budget)
    budget.depth -= 1


def unpack(archive: ZipFile, entry: ZipInfo, octets: int = -1) -> bytes:
    """Returns the content of an entry, or its first `octets`; never more than the directory says.

    Raises `UnreadableFileError`.
    """
    try:
        with archive.open(entry) as packed:
            return packed.read(octets)
    except (BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error) as error:
        raise UnreadableFileError("it is a damaged archive") from error
