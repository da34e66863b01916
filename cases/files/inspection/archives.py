"""ZIP archives, which office documents are too: measured by their directory before anything is unpacked, and looked
into, archives in archives as well."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from cases.files.inspection.findings import Finding, Unreadable
from schemas.files import FileReason

#: Most bytes unpacked, of all that lies in one file; most that they may be of the packed; it counts from so many bytes.
MOST_UNPACKED, MOST_RATIO, RATIO_FROM = 200_000_000, 100, 10_000_000
#: Most entries, and deepest nesting: a document with a table in it, in an archive, is 3.
MOST_ENTRIES, DEEPEST = 10_000, 4

_LOCAL_HEADER = 30  # octets (APPNOTE 6.3.10 section 4.3.7)
_ENCRYPTED = 0x1
_BEGINNING = 8

#: What speaks against the content of an entry of this name.
Inner = Callable[[str, bytes, "Budget"], list[Finding]]


@dataclass
class Budget:
    """What is left for one file of what may be unpacked; `depth` is how many archives are open around what is next."""

    unpacked: int = MOST_UNPACKED
    entries: int = MOST_ENTRIES
    depth: int = 0


def opened(content: bytes) -> ZipFile:
    """The archive with its directory read, and nothing more; raises `Unreadable`."""
    try:
        return ZipFile(BytesIO(content))
    except (BadZipFile, LargeZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable("it is a damaged archive") from error


def measured(archive: ZipFile, size: int, budget: Budget) -> list[Finding]:
    """What speaks against unpacking an archive of `size` bytes, by its directory alone; takes it out of the budget."""
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
    """Whether entries share bytes (CVE-2024-0450), or lie over the directory."""
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    starts = [*(entry.header_offset for entry in entries[1:]), archive.start_dir]
    return any(
        entry.header_offset + _LOCAL_HEADER + len(entry.orig_filename) + entry.compress_size > start
        for entry, start in zip(entries, starts, strict=True)
    )


def locked(archive: ZipFile) -> list[Finding]:
    """That entries are encrypted, if any is."""
    if any(entry.flag_bits & _ENCRYPTED for entry in archive.infolist()):
        return [Finding(FileReason.ENCRYPTED, "it is locked with a password")]
    return []


def within(archive: ZipFile, budget: Budget, inner: Inner, signatures: tuple[bytes, ...]) -> Iterator[Finding]:
    """What speaks against those entries that begin with one of the signatures, as `inner` finds it."""
    budget.depth += 1
    for entry in archive.infolist():
        if entry.file_size < _BEGINNING or entry.flag_bits & _ENCRYPTED:
            continue
        if unpack(archive, entry, _BEGINNING).startswith(signatures):
            yield from inner(entry.filename, unpack(archive, entry), budget)
    budget.depth -= 1


def unpack(archive: ZipFile, entry: ZipInfo, octets: int = -1) -> bytes:
    """The content of an entry, or its beginning; never more than its directory said. Raises `Unreadable`."""
    try:
        with archive.open(entry) as packed:
            return packed.read(octets)
    except (BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error) as error:
        raise Unreadable("it is a damaged archive") from error
