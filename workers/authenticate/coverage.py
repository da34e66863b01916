"""Whether what a mail shows is what its signature covers.

Content-Type and Content-Transfer-Encoding decide how the body is read. Many sign only the body and who, when and what
(Gmail, Yahoo): then anybody who has the mail can put other such fields in, and words that the author only quoted become
theirs. So where one of them is there and not signed, the body itself must leave no choice.
"""

import re
from collections.abc import Collection

from schemas.records import Custody, ParsedMail, Rejection
from workers.parse.limits import Limits
from workers.parse.mime.tree import Part
from workers.parse.read import Reading, read_in_steps

#: The fields that decide how the body is read; Content-Disposition makes a file of it.
READ_BY = (b"content-type", b"content-transfer-encoding", b"content-disposition")
#: What mail programs write above the first part, for readers of before 1992.
_PREAMBLE = re.compile(
    r"(?:This is a (?:multi-?part|cryptographically signed) message in MIME format\.?)?", re.IGNORECASE
)
_KINDS = ("multipart/mixed", "multipart/alternative", "multipart/related")
#: How HTML begins.
_HTML = re.compile(rb"\s*<(?:!doctype|!--|/?[a-z][a-z0-9]*(?:\s[^<>@]*)?/?>)", re.IGNORECASE)
_HEADER_END = re.compile(rb"\r?\n\r?\n")


def problem(raw: bytes, custody: Custody, covered: Collection[bytes], limits: Limits) -> str:
    """Why a field that is not among the `covered` ones decides what the mail shows; empty when none does.

    A multipart must show in its body that it is one, and of which kind; any other mail must read the same without those
    fields, and not look as if it were more with them.
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
    """The mail without these fields."""
    field = rb"^(?:" + b"|".join(map(re.escape, names)) + rb")[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)"
    head, rest = _parted(raw)
    return re.sub(field, b"", head, flags=re.IGNORECASE | re.MULTILINE) + rest


def _parted(raw: bytes) -> tuple[bytes, bytes]:
    """The header with the end of its last line, and all from the blank line on."""
    end = _HEADER_END.search(raw)
    at = raw.index(b"\n", end.start()) + 1 if end else len(raw)
    return raw[:at], raw[at:]


def _looks_like_more(raw: bytes) -> bool:
    """Whether a body, taken for plain text, may be a multipart or HTML whose Content-Type was taken out: what those
    hide or mark as quoted would stand there as the author's own."""
    lines = _parted(raw)[1].strip().splitlines() or [b""]
    first = next(
        (line for line in lines if line.strip() and not _PREAMBLE.fullmatch(line.decode("latin-1").strip())), b""
    )
    delimited = first.startswith(b"--") and lines[-1].rstrip() == first.rstrip() + b"--"
    return delimited or bool(_HTML.match(b"\n".join(lines)))


def _same(one: Reading, other: Reading) -> bool:
    """Whether two readings show the same words and files, and take the same for the author's own."""
    first, second = _shows(one.result), _shows(other.result)
    return first is not None and first == second


def _shows(result: ParsedMail | Rejection) -> object:
    if isinstance(result, Rejection) or result.body is None:
        return None
    cuts = [(cut.kind, _words(cut.text)) for cut in result.body.cut]
    files = [(file.name, file.declared_type, file.size) for file in result.attachments]
    return _words(result.body.text), cuts, files, result.machine


def _words(text: str) -> list[tuple[int, str]]:
    """The words, each with how deep it is quoted: a text that is wrapped otherwise (format=flowed) has the same."""
    found = []
    for line in text.splitlines():
        words = line.lstrip("> ")
        depth = line[: len(line) - len(words)].count(">")
        found += [(depth, word) for word in words.split()]
    return found


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
