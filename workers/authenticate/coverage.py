"""Checks that a signature covers how a mail is read.

Content-Type and Content-Transfer-Encoding decide how the body is read. Many providers (Gmail, Yahoo) sign the body,
From, Date and Subject, but not these fields. Then anybody who has the mail can replace them, and words that the author
only quoted are read as the author's own. So if one of these fields is present and not signed, the body itself must be
unambiguous.
"""

import re
from collections.abc import Collection

from schemas.records import Custody, ParsedMail, Rejection
from workers.parse.limits import Limits
from workers.parse.mime.tree import Part
from workers.parse.read import Reading, read_in_steps

#: The fields that decide how the body is read; Content-Disposition can turn it into a file.
READ_BY = (b"content-type", b"content-transfer-encoding", b"content-disposition")
#: What mail programs write above the first part, for mail programs from before 1992.
_PREAMBLE = re.compile(
    r"(?:This is a (?:multi-?part|cryptographically signed) message in MIME format\.?)?", re.IGNORECASE
)
_KINDS = ("multipart/mixed", "multipart/alternative", "multipart/related")
#: The beginning of HTML.
_HTML = re.compile(rb"\s*<(?:!doctype|!--|/?[a-z][a-z0-9]*(?:\s[^<>@]*)?/?>)", re.IGNORECASE)
_HEADER_END = re.compile(rb"\r?\n\r?\n")


def problem(raw: bytes, custody: Custody, covered: Collection[bytes], limits: Limits) -> str:
    """Returns how a field that is not `covered` decides what the mail shows; empty if no field does.

    The body of a multipart must show that it is a multipart, and of which kind. Any other mail must read the same
    without those fields, and must not look like a multipart or HTML.
    """
    free = [name for name in READ_BY if name not in covered]
    if not free:
        return ""
    reading = read_in_steps(raw, custody, limits)
    root = reading.root
    if root is None:
        return "it can't be read"
    if b"content-type" in free and (root.is_multipart() or _looks_like_more(raw)):
        good = root.is_multipart() and _speaks_for_itself(root)
        return "" if good else "it does not sign Content-Type, and can be read otherwise"
    there = [name for name in free if root.field_values(name.decode())]
    if not there or root.is_multipart() or _same(reading, read_in_steps(bare(raw, there), custody, limits)):
        return ""
    return f"it does not sign {b' and '.join(there).decode().title()}, and can be read otherwise"


def bare(raw: bytes, names: Collection[bytes]) -> bytes:
    """Returns the mail without these fields."""
    field = rb"^(?:" + b"|".join(map(re.escape, names)) + rb")[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)"
    head, rest = _split(raw)
    return re.sub(field, b"", head, flags=re.IGNORECASE | re.MULTILINE) + rest


def _split(raw: bytes) -> tuple[bytes, bytes]:
    """Returns the header with the end of its last line, and all from the blank line on."""
    end = _HEADER_END.search(raw)
    at = raw.index(b"\n", end.start()) + 1 if end else len(raw)
    return raw[:at], raw[at:]


def _looks_like_more(raw: bytes) -> bool:
    """Returns whether a body that is read as plain text may be a multipart or HTML whose Content-Type was removed: what
    those hide or mark as quoted would then be read as the author's own."""
    lines = _split(raw)[1].strip().splitlines() or [b""]
    first = next(
        (line for line in lines if line.strip() and not _PREAMBLE.fullmatch(line.decode("latin-1").strip())), b""
    )
    delimited = first.startswith(b"--") and lines[-1].rstrip() == first.rstrip() + b"--"
    return delimited or bool(_HTML.match(b"\n".join(lines)))


def _same(first: Reading, second: Reading) -> bool:
    """Returns whether two readings show the same words and files, and the same words as the author's own."""
    shown = _shows(first.result)
    return shown is not None and shown == _shows(second.result)


def _shows(result: ParsedMail | Rejection) -> object:
    if isinstance(result, Rejection) or result.body is None:
        return None
    cuts = [(cut.kind, _words(cut.text)) for cut in result.body.cut]
    files = [(file.name, file.declared_type, file.size) for file in result.attachments]
    return _words(result.body.text), cuts, files, result.machine


def _words(text: str) -> list[tuple[int, str]]:
    """Returns the words, each with its depth of quotation; wrapping (format=flowed) makes no difference."""
    found = []
    for line in text.splitlines():
        words = line.lstrip("> ")
        depth = line[: len(line) - len(words)].count(">")
        found += [(depth, word) for word in words.split()]
    return found


def _speaks_for_itself(root: Part) -> bool:
    """Returns whether the body begins and ends as this very multipart, and its parts fit the declared kind.

    Nothing is above the first part or below the last, so no other boundary can be meant.
    """
    kind, parts = root.declared_type(), root.children()
    whole = not root.defects and bool(parts) and not (root.epilogue or "").strip()
    if not whole or kind not in _KINDS or not _PREAMBLE.fullmatch((root.preamble or "").strip()):
        return False
    if root.parameter("content-type", "start"):
        return False
    return len(parts) == 1 or kind == _natural(parts)


def _natural(parts: list[Part]) -> str:
    """Returns the kind of multipart that these parts make (RFC 2046 section 5.1, RFC 2387)."""
    first, *others = (part.declared_type() for part in parts)
    files = [part for part in parts if _is_file(part)]
    if not files and first == "text/plain" and len({first, *others}) == len(parts) and all(map(_is_text, others)):
        return "multipart/alternative"
    if first in ("text/html", "multipart/alternative") and all(map(_is_shown_by_id, parts[1:])):
        return "multipart/related"
    return "multipart/mixed"


def _is_text(kind: str) -> bool:
    return kind.startswith("text/") or kind in ("multipart/related", "multipart/mixed")


def _is_file(part: Part) -> bool:
    return bool(part.get_content_disposition() == "attachment" or part.parameter("content-disposition", "filename"))


def _is_shown_by_id(part: Part) -> bool:
    return bool(part.field_values("content-id")) and part.get_content_disposition() != "attachment"
