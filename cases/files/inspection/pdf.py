"""PDF: finds scripts and actions. Read by qpdf, which undoes escapes, object streams and updates that hide names."""

import logging
import re
from collections.abc import Iterator
from io import BytesIO

import pikepdf

from cases.files.inspection.findings import Finding, UnreadableFileError
from schemas.files import FileReason

#: Actions that run something (ISO 32000-2 section 12.6.4), and keys whose values are scripts.
_ACTS = {"/JavaScript": "JavaScript", "/Launch": "a program that it starts", "/RichMediaExecute": "a script of a film"}
_SCRIPTS = frozenset(("/JS", "/JavaScript"))
#: Names that are refused anywhere in the bytes, too: other readers may find what qpdf does not.
_SEEN = {re.compile(rb"/JavaScript\b"): "JavaScript", re.compile(rb"/Launch\b"): "a program that it starts"}
#: Names of actions, and names that may hide an action. A PDF that qpdf can't repair and that has none of these names is
#: broken, but harmless.
_MAY_ACT = re.compile(rb"/(?:JS|AA|OpenAction|ObjStm|XFA|Encrypt|RichMedia)\b|/[^\s/<>\[\]()%]{0,60}?#[0-9a-fA-F]{2}")
_NAMES = re.compile(rb"/(?:JS|JavaScript|Launch|RichMediaExecute|XFA)\b")
#: The deepest nesting of objects.
_DEEPEST = 100

logging.getLogger("pikepdf").setLevel(logging.CRITICAL)  # its repairs need not be logged


def findings(content: bytes) -> Iterator[Finding]:
    """Yields the findings in a PDF. A PDF that opens without a password is not locked, whatever its owner forbids."""
    if what := next((what for sign, what in _SEEN.items() if sign.search(content)), ""):
        yield Finding(FileReason.ACTIVE_PDF, f"it has {what} in it")
        return
    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            if what := _acts(pdf):
                yield Finding(FileReason.ACTIVE_PDF, f"it has {what} in it")
    except pikepdf.PasswordError:
        yield Finding(FileReason.ENCRYPTED, "it is locked with a password")
    except pikepdf.PdfError as error:
        if _MAY_ACT.search(content):
            raise UnreadableFileError("it is a damaged PDF") from error


def _acts(pdf: pikepdf.Pdf) -> str:
    """Returns the first script or action in the PDF, in words; empty if it has none."""
    return next((what for item in pdf.objects if _may_act(item) and (what := _acts_within(item, 0))), "")


def _may_act(item: pikepdf.Object) -> bool:
    """Returns whether an object, as qpdf writes it, contains a name that matters. Quick; rules out most objects."""
    if not isinstance(item, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream):
        return False
    written = item.stream_dict if isinstance(item, pikepdf.Stream) else item
    return _NAMES.search(written.unparse(resolved=True)) is not None


def _acts_within(item: pikepdf.Object, depth: int) -> str:
    if depth > _DEEPEST:
        raise UnreadableFileError("it is a PDF of more parts than can be looked at")
    if isinstance(item, pikepdf.Array):
        children = list(item.as_list())
    elif isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        entries = dict(item.items()) if isinstance(item, pikepdf.Dictionary) else dict(item.stream_dict.items())
        if _SCRIPTS & entries.keys():
            return "JavaScript"
        action = entries.get("/S")
        if isinstance(action, pikepdf.Name) and (what := _ACTS.get(str(action))):
            return what
        if "/XFA" in entries and _has_script(entries["/XFA"]):
            return "JavaScript"
        children = list(entries.values())
    else:
        return ""
    return next(
        (
            what
            for child in children
            # indirect objects are in `pdf.objects` themselves
            if isinstance(child, pikepdf.Object) and not child.is_indirect
            if (what := _acts_within(child, depth + 1))
        ),
        "",
    )


def _has_script(form: pikepdf.Object) -> bool:
    """Returns whether a form (XFA, section 12.7.8) contains scripts."""
    parts = list(form.as_list()) if isinstance(form, pikepdf.Array) else [form]
    return any(b"<script" in part.read_bytes() for part in parts if isinstance(part, pikepdf.Stream))
