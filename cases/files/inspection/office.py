"""Office documents that are ZIP archives: OOXML (ISO/IEC 29500) and OpenDocument (ISO/IEC 26300), and archives."""

import re
from collections.abc import Iterator
from zipfile import ZipFile

from lxml import etree

from cases.files.inspection import archives, ole, pdf
from cases.files.inspection.archives import Budget, unpack
from cases.files.inspection.findings import Finding, Unreadable
from cases.files.types import NEVER, ending
from schemas.files import FileReason

_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"
#: Parts that are macros, or controls that run: of OOXML with VBA and of Excel 4; of OpenDocument.
_MACROS = re.compile(
    r"(^|/)vbaProject[^/]*\.bin$|(^|/)macrosheets/|(^|/)activeX/[^/]+\.bin$"
    r"|^Scripts/.+|^Basic/[^/]+/(?!script-l[bc]\.xml$|dialog-l[bc]\.xml$).+",
    re.IGNORECASE,
)
_CONTENT_TYPES, _MIMETYPE, _MANIFEST = "[Content_Types].xml", "mimetype", "META-INF/manifest.xml"
#: What a relationship points to outside of the document: with a scheme or on another machine. A link is only followed
#: when somebody clicks on it.
_ELSEWHERE = re.compile(r"\s*([a-z][a-z0-9+.-]*:|\\\\|//)", re.IGNORECASE)
_LINK = "/hyperlink"
#: Of a name, so much is repeated to a person.
_LONGEST_NAME = 80


def is_ooxml(archive: ZipFile, main: str) -> bool:
    """Whether the main part is of one of the content types that `main` names, separated by spaces."""
    if _CONTENT_TYPES not in archive.namelist():
        return False
    types = [str(element.get("ContentType", "")).lower() for element in _xml(archive, _CONTENT_TYPES)]
    return any(one.lower() in kind and kind.endswith("main+xml") for kind in types for one in main.split())


def is_odf(archive: ZipFile, kind: str) -> bool:
    """Whether it says to be of this type, where it must (ODF 1.3 part 2 section 3.3)."""
    return _MIMETYPE in archive.namelist() and unpack(archive, archive.getinfo(_MIMETYPE), 200).strip() == kind.encode()


def findings(archive: ZipFile, size: int, budget: Budget, *, whole: bool = False) -> Iterator[Finding]:
    """What speaks against an archive of `size` bytes and what lies in it. It is measured first: what would be a bomb
    is not looked into. `whole` says that its files are there to be unpacked by a person."""
    if bombs := archives.measured(archive, size, budget):
        yield from bombs
        return
    yield from archives.locked(archive)
    for name in archive.namelist():
        if _MACROS.search(name):
            yield Finding(FileReason.MACROS, "it has macros in it")
            break
    if whole:
        for name in archive.namelist():
            yield from carried(name)
    for name in archive.namelist():
        if name.endswith(".rels"):
            yield from _from_elsewhere(archive, name)
    if _MANIFEST in archive.namelist() and b"encryption-data" in unpack(archive, archive.getinfo(_MANIFEST)):
        yield Finding(FileReason.ENCRYPTED, "it is locked with a password")
    yield from archives.within(archive, budget, inner, (_ZIP, _OLE, _PDF))


def _from_elsewhere(archive: ZipFile, name: str) -> Iterator[Finding]:
    for element in _xml(archive, name):
        target = str(element.get("Target", ""))
        outside = element.get("TargetMode") == "External" and not str(element.get("Type", "")).endswith(_LINK)
        if outside and _ELSEWHERE.match(target):
            kind = str(element.get("Type", "")).rpartition("/")[2][:40]
            yield Finding(FileReason.EXTERNAL, f"it loads a part of itself ({kind}) from {target[:80]}")


def _xml(archive: ZipFile, name: str) -> list[etree._Element]:
    """The elements of a part; raises `Unreadable`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return list(etree.fromstring(unpack(archive, archive.getinfo(name)), parser).iter("*"))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("it is a damaged document") from error


def carried(name: str) -> list[Finding]:
    """What speaks against carrying a file of this name for a person to take out, whatever is in it."""
    if (kind := ending(name)) not in NEVER:
        return []
    return [Finding(FileReason.CONTENT, f"{name[:_LONGEST_NAME]} is in it, and files of type {kind!r} never pass")]


def inner(name: str, content: bytes, budget: Budget) -> list[Finding]:
    """What speaks against a file in a file, by what it begins with."""
    if content.startswith(_ZIP):
        return list(findings(archives.opened(content), len(content), budget, whole=ending(name) == "zip"))
    if content.startswith(_OLE):
        return list(ole.findings(ole.Compound(content)))
    return list(pdf.findings(content)) if content.startswith(_PDF) else []
