"""Our own opinion of what a file is, besides libmagic's, and what speaks against it: one function for each `Opinion`.

Each takes the content and the row's `detail`, says what speaks against the file, and raises `Unreadable`.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from cases.files.inspection import archives, mails, office, ole, pdf, pictures
from cases.files.inspection.findings import Finding
from cases.files.type_table import Opinion
from schemas.files import FileReason

_OLE = b"\xd0\xcf\x11\xe0"
#: How what acts begins, under whatever name: markup that a browser runs, scripts, programs.
_ACTS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<(?:!doctype|html|head|body|script|svg|iframe|meta|img|object|embed|\?xml|\?php|%)|#!|MZ.|\x7fELF)",
    re.IGNORECASE | re.DOTALL,
)
_BEGINNING = 4_096
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
#: The first line of a mail: a header field (RFC 5322 section 2.2), or the separator line of a mailbox.
_FIELD = re.compile(rb"\s*(?:[!-9;-~]{1,100}[ \t]*:|From )")
#: In RTF, an object that lies in it, or a template from elsewhere.
_RTF_OBJECT = re.compile(rb"\\obj(?:data|update|autlink)")
_RTF_TEMPLATE = re.compile(rb"\\template[\s{}]*(?:[a-z]+:|\\\\\\\\|//)", re.IGNORECASE)


def _nothing(content: bytes, detail: str) -> Iterable[Finding]:  # noqa: ARG001  # one shape for all
    return ()


def _picture(content: bytes, form: str) -> Iterable[Finding]:
    return pictures.findings(content, form)


def _pdf(content: bytes, detail: str) -> Iterable[Finding]:  # noqa: ARG001
    return pdf.findings(content)


def _text(content: bytes, detail: str) -> Iterator[Finding]:  # noqa: ARG001
    beginning = content[:_BEGINNING]
    if beginning.startswith(_UTF16):
        beginning = beginning[: len(beginning) & ~1].decode("utf-16", "replace").encode()
    elif b"\0" in content:
        yield _not("text")
    if _ACTS.match(beginning):
        yield Finding(FileReason.CONTENT, "it is a web page, a script or a program, and not plain text")


def _mail(content: bytes, detail: str) -> Iterator[Finding]:  # noqa: ARG001
    if not _FIELD.match(content):
        yield _not("a mail")
    yield from mails.of_internet(content)


def _rtf(content: bytes, detail: str) -> Iterator[Finding]:  # noqa: ARG001
    if _RTF_OBJECT.search(content):
        yield Finding(FileReason.MACROS, "it has an object of another program in it")
    if _RTF_TEMPLATE.search(content):
        yield Finding(FileReason.EXTERNAL, "it loads its template from elsewhere")


def _ole(content: bytes, streams: str) -> Iterator[Finding]:
    compound = ole.Compound(content)
    if not compound.has(*streams.split("|")):
        yield _not("such a document")
    yield from ole.findings(compound)
    yield from mails.of_outlook(compound)


def _ooxml(content: bytes, main: str) -> Iterator[Finding]:
    if content.startswith(_OLE):
        yield from _locked(content)
        return
    archive = archives.opened(content)
    found = list(office.findings(archive, len(content), archives.Budget()))
    if not _bombs(found) and not office.is_ooxml(archive, main):
        yield _not("such a document")
    yield from found


def _odf(content: bytes, kind: str) -> Iterator[Finding]:
    archive = archives.opened(content)
    found = list(office.findings(archive, len(content), archives.Budget()))
    if not _bombs(found) and not office.is_odf(archive, kind):
        yield _not("such a document")
    yield from found


def _zip(content: bytes, detail: str) -> Iterable[Finding]:  # noqa: ARG001
    return office.findings(archives.opened(content), len(content), archives.Budget(), whole=True)


def _locked(content: bytes) -> Iterator[Finding]:
    """Of a newer document in the older format: that is how one under a password lies in a file."""
    if ole.is_encrypted_package(ole.Compound(content)):
        yield Finding(FileReason.ENCRYPTED, "it is locked with a password")
    else:
        yield _not("such a document")


def _bombs(found: Iterable[Finding]) -> bool:
    return any(one.reason is FileReason.BOMB for one in found)


def _not(what: str) -> Finding:
    return Finding(FileReason.CONTENT, f"its content is not {what}")


OPINIONS: dict[Opinion, Callable[[bytes, str], Iterable[Finding]]] = {
    Opinion.SIGNATURE: _nothing,
    Opinion.PICTURE: _picture,
    Opinion.PDF: _pdf,
    Opinion.TEXT: _text,
    Opinion.MAIL: _mail,
    Opinion.RTF: _rtf,
    Opinion.OLE: _ole,
    Opinion.OOXML: _ooxml,
    Opinion.ODF: _odf,
    Opinion.ZIP: _zip,
}
