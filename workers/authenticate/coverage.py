"""Whether what a mail shows is what its signature covers.

Content-Type and Content-Transfer-Encoding decide how the body is read. Many sign only the body and who, when and what
(Gmail, Yahoo): then whoever has the mail can put other such fields in, and words that the author only quoted become
theirs. So where one of them is there and not signed, the body itself must leave no choice.
"""

import re
from collections.abc import Collection

from schemas.records import Custody, ParsedMail, Rejection
from workers.parse.limits import Limits
from workers.parse.tree import Part
from workers.parse.understand import Reading

#: The fields that decide how the body is read; Content-Disposition makes a file of it.
READ_BY = (b"content-type", b"content-transfer-encoding", b"content-disposition")
#: What mail programs write above the first part, for readers of before 1992.
_PREAMBLE = re.compile(
    r"(?:This is a (?:multi-?part|cryptographically signed) message in MIME format\.?)?", re.IGNORECASE
)
_KINDS = ("multipart/mixed", "multipart/alternative", "multipart/related")
_FIELD = re.compile(
    rb"^(?:" + b"|".join(READ_BY) + rb")[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE
)
_HEADER_END = re.compile(rb"\r?\n\r?\n")


def problem(raw: bytes, custody: Custody, covered: Collection[bytes], limits: Limits) -> str:
    """Why a field that is not among the `covered` ones decides what the mail shows; empty when none does.

    A multipart must show in its body that it is one, and of which kind; any other mail must read the same without
    those fields.
    """
    reading = Reading(raw, custody, limits)
    root = reading.root
    if root is None:
        return "it can't be read"
    there = [name.decode() for name in READ_BY if name not in covered and root.field_values(name.decode())]
    if not there:
        return ""
    same = _speaks_for_itself(root) if root.is_multipart() else _same(reading, Reading(bare(raw), custody, limits))
    return (
        "" if same else f"it does not sign {' and '.join(name.title() for name in there)}, and reads otherwise without"
    )


def bare(raw: bytes) -> bytes:
    """The mail without the fields that decide how its body is read."""
    end = _HEADER_END.search(raw)
    at = end.start() + 1 if end else len(raw)
    if end and raw[end.start() : end.start() + 1] == b"\r":
        at += 1
    return _FIELD.sub(b"", raw[:at]) + raw[at:]


def _same(one: Reading, other: Reading) -> bool:
    """Whether two readings show the same words and files, and take the same for the author's own."""
    first, second = _shows(one.result), _shows(other.result)
    return first is not None and first == second


def _shows(result: ParsedMail | Rejection) -> object:
    if isinstance(result, Rejection) or result.body is None:
        return None
    # white space aside: a text that is wrapped (format=flowed) has the same words
    cuts = [(cut.kind, cut.text.split()) for cut in result.body.cut]
    files = [(file.name, file.declared_type, file.size) for file in result.attachments]
    return result.body.text.split(), cuts, files, result.machine


def _speaks_for_itself(root: Part) -> bool:
    """Whether the body begins and ends as this very multipart, and its parts are of the kind that it says it is.

    Nothing stands above the first part or below the last, so no other boundary can be meant.
    """
    kind, parts = root.declared_type(), root.children()
    whole = not root.defects and bool(parts) and not (root.epilogue or "").strip()
    if not whole or kind not in _KINDS or not _PREAMBLE.fullmatch((root.preamble or "").strip()):
        return False
    if root.parameter("content-type", "start"):
        return False
    return len(parts) == 1 or kind == _natural(parts)


def _natural(parts: list[Part]) -> str:
    """The kind of multipart that these parts make (RFC 2046 section 5.1, RFC 2387)."""
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
