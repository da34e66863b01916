"""Inspects ZIP archives: OOXML (ISO/IEC 29500) and OpenDocument (ISO/IEC 26300) documents, and other archives."""

import re
from collections.abc import Iterator
from zipfile import ZipFile

from lxml import etree

from cases.files.inspection import archives, ole, pdf
from cases.files.inspection.archives import UnpackBudget, unpack
from cases.files.inspection.findings import Finding, UnreadableFileError
from cases.files.types import NEVER, ending
from schemas.files import FileReason

_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"
#: Parts with macros or active controls: of OOXML with VBA or Excel 4 macros, and of OpenDocument.
_MACROS = re.compile(
    r"(^|/)vbaProject[^/]*\.bin$|(^|/)macrosheets/|(^|/)activeX/[^/]+\.bin$"
    r"|^Scripts/.+|^Basic/[^/]+/(?!script-l[bc]\.xml$|dialog-l[bc]\.xml$).+",
    re.IGNORECASE,
)
_CONTENT_TYPES, _MIMETYPE, _MANIFEST = "[Content_Types].xml", "mimetype", "META-INF/manifest.xml"
#: A target of a relationship outside of the document: with a scheme, or on another machine. Hyperlinks are allowed:
#: they are followed only when somebody clicks on them.
_ELSEWHERE = re.compile(r"\s*([a-z][a-z0-9+.-]*:|\\\\|//)", re.IGNORECASE)
_LINK = "/hyperlink"
#: The most characters of a name that are shown to a person.
_LONGEST_NAME = 80


def is_ooxml(archive: ZipFile, main: str) -> bool:
    """Returns whether the content type of the main part contains one of the words in `main`."""
    if _CONTENT_TYPES not in archive.namelist():
        return False
    types = [str(element.get("ContentType", "")).lower() for element in _xml(archive, _CONTENT_TYPES)]
    return any(part.lower() in kind and kind.endswith("main+xml") for kind in types for part in main.split())


def is_odf(archive: ZipFile, kind: str) -> bool:
    """Returns whether the archive's `mimetype` entry says this type (ODF 1.3 part 2 section 3.3)."""
    return _MIMETYPE in archive.namelist() and unpack(archive, archive.getinfo(_MIMETYPE), 200).strip() == kind.encode()


def findings(archive: ZipFile, size: int, budget: UnpackBudget, *, whole: bool = False) -> Iterator[Finding]:
    """Yields the findings in an archive of `size` bytes. It is measured first: a bomb is not inspected.

    `whole`: a person will unpack the archive, so the types of the files in it matter, too.
    """
    if bombs := archives.measure(archive, size, budget):
        yield from bombs
        return
    yield from archives.encrypted(archive)
    for name in archive.namelist():
        if _MACROS.search(name):
            yield Finding(FileReason.MACROS, "it has macros in it")
            break
    if whole:
        for name in archive.namelist():
            yield from carried(name)
    for name in archive.namelist():
        if name.endswith(".rels"):
            yield from _external_parts(archive, name)
    if _MANIFEST in archive.namelist() and b"encryption-data" in unpack(archive, archive.getinfo(_MANIFEST)):
        yield Finding(FileReason.ENCRYPTED, "it is locked with a password")
    yield from archives.within(archive, budget, inner, (_ZIP, _OLE, _PDF))


def _external_parts(archive: ZipFile, name: str) -> Iterator[Finding]:
    for element in _xml(archive, name):
        target = str(element.get("Target", ""))
        outside = element.get("TargetMode") == "External" and not str(element.get("Type", "")).endswith(_LINK)
        if outside and _ELSEWHERE.match(target):
            kind = str(element.get("Type", "")).rpartition("/")[2][:40]
            yield Finding(FileReason.EXTERNAL, f"it loads a part of itself ({kind}) from {target[:80]}")


def _xml(archive: ZipFile, name: str) -> list[etree._Element]:
    """Returns the elements of a part; raises `UnreadableFileError`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return list(etree.fromstring(unpack(archive, archive.getinfo(name)), parser).iter("*"))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFileError("it is a damaged document") from error


def carried(name: str) -> list[Finding]:
    """Returns a finding if a file of this name may not be inside another file, whatever its content."""
    if (kind := ending(name)) not in NEVER:
        return []
    return [Finding(FileReason.CONTENT, f"{name[:_LONGEST_NAME]} is in it, and files of type {kind!r} never pass")]


def inner(name: str, content: bytes, budget: UnpackBudget) -> list[Finding]:
    """Returns the findings in a file inside another file; its first bytes decide how it is inspected."""
    if content.startswith(_ZIP):
        return list(findings(archives.open_archive(content), len(content), budget, whole=ending(name) == "zip"))
    if content.startswith(_OLE):
        return list(ole.findings(ole.Compound(content)))
    return list(pdf.findings(content)) if content.startswith(_PDF) else []
