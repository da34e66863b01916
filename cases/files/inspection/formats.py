"""The checks of a file's content, besides libmagic: one function for each `Format`.

Each function takes the content and the row's `detail`, returns or yields its findings, and may raise
`UnreadableFileError`.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from cases.files.inspection import archives, mails, office, ole, pdf, pictures
from cases.files.inspection.findings import Finding
from cases.files.type_table import Format
from schemas.files import FileReason

_OLE = b"\xd0\xcf\x11\xe0"
#: How active content begins, whatever its file name: markup that a browser runs, scripts, programs.
_ACTIVE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<(?:!doctype|html|head|body|script|svg|iframe|meta|img|object|embed|\?xml|\?php|%)|#!|MZ.|\x7fELF)",
    re.IGNORECASE | re.DOTALL,
)
_BEGINNING = 4_096
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
#: The first line of a mail: a header field (RFC 5322 section 2.2), or the separator line of a mailbox.
_FIELD = re.compile(rb"\s*(?:[!-9;-~]{1,100}[ \t]*:|From )")
#: In RTF, an embedded object, and a template from elsewhere.
_RTF_OBJECT = re.compile(rb"\\obj(?:data|update|autlink)")
_RTF_TEMPLATE = re.compile(rb"\\template[\s{}]*(?:[a-z]+:|\\\\\\\\|//)", re.IGNORECASE)


def _nothing(content: bytes, detail: str) -> Iterable[Finding]:  # noqa: ARG001  # all checks have the same parameters
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
    if _ACTIVE.match(beginning):
        yield Finding(FileReason.CONTENT, "it is a web page, a script or a program, and not plain text")


def _mail(content: bytes, detail: str) -> Iterator[Finding]:  # noqa: ARG001
    if not _FIELD.match(content):
        yield _not("a mail")
    yield from mails.internet_mail(content)


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
    yield from mails.outlook_mail(compound)


def _ooxml(content: bytes, main: str) -> Iterator[Finding]:
    if content.startswith(_OLE):
        yield from _locked(content)
        return
    archive = archives.open_archive(content)
    found = list(office.findings(archive, len(content), archives.UnpackBudget()))
    if not _bombs(found) and not office.is_ooxml(archive, main):
        yield _not("such a document")
    yield from found


def _odf(content: bytes, kind: str) -> Iterator[Finding]:
    archive = archives.open_archive(content)
    found = list(office.findings(archive, len(content), archives.UnpackBudget()))
    if not _bombs(found) and not office.is_odf(archive, kind):
        yield _not("such a document")
    yield from found


def _zip(content: bytes, detail: str) -> Iterable[Finding]:  # noqa: ARG001
    return office.findings(archives.open_archive(content), len(content), archives.UnpackBudget(), whole=True)


def _locked(content: bytes) -> Iterator[Finding]:
    """Yields the findings in a newer document inside the older format: programs save a locked document like this."""
    if ole.is_encrypted_package(ole.Compound(content)):
        yield Finding(FileReason.ENCRYPTED, "it is locked with a password")
    else:
        yield _not("such a document")


def _bombs(found: Iterable[Finding]) -> bool:
    return any(finding.reason is FileReason.BOMB for finding in found)


def _not(what: str) -> Finding:
    return Finding(FileReason.CONTENT, f"its content is not {what}")


CHECKS: dict[Format, Callable[[bytes, str], Iterable[Finding]]] = {
    Format.SIGNATURE: _nothing,
    Format.PICTURE: _picture,
    Format.PDF: _pdf,
    Format.TEXT: _text,
    Format.MAIL: _mail,
    Format.RTF: _rtf,
    Format.OLE: _ole,
    Format.OOXML: _ooxml,
    Format.ODF: _odf,
    Format.ZIP: _zip,
}
