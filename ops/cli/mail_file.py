"""`casemail parse`: what is understood of a mail in a file, as a table or as JSON; needs no server."""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from schemas.own_mail import OWN_MAIL_FIELD
from schemas.reasons import REASONS, Reason
from schemas.records import AutomaticMail, Custody, Rejection
from workers.fetch.recipients import envelope_sender
from workers.parse.automatic.detect import DetectionInput, detect_automatic, own_mark
from workers.parse.body import meta_charset
from workers.parse.mime.charsets import clean, decode, one_line
from workers.parse.mime.filenames import safe_name
from workers.parse.mime.header import Header
from workers.parse.mime.parts import Leaf, parameter, payload
from workers.parse.mime.tree import Part, walk
from workers.parse.pictures import without_picture_signs
from workers.parse.read import Reading, read_in_steps

#: The keys of a JSON object, always all there; what is not known is null.
KEYS = (
    *("path", "from_email", "from_name", "subject", "to", "cc", "date", "text", "html", "reply", "kind"),
    *("attachments", "defects", "rejection"),
)
#: What `kind` says of machine mail; mail from a person is `mail`.
KINDS = {
    AutomaticMail.AUTO_REPLY: "auto",
    AutomaticMail.BOUNCE: "bounce",
    AutomaticMail.COMPLAINT: "complaint",
    AutomaticMail.READ_RECEIPT: "receipt",
    AutomaticMail.LIST_MAIL: "list",
    AutomaticMail.CALENDAR: "calendar",
    AutomaticMail.OWN_MAIL: "own",
    AutomaticMail.ENCRYPTED: "encrypted",
}
#: What is said of a fingerprint; the keys are settings, and the commands here need none.
UNPROVEN = "not looked at here; the workers ask the address keys, and take no notice of a forged one"
_MOST_BYTES = 100_000_000  # four times what a mail may have; more is not even read
_SHOWN_TEXT = 2_000  # characters in the table


def read_file(path: str) -> Reading:
    """Read the mail in a file as a mail fetched from a Maildir is read.

    Raises OSError or ValueError, with words for a person, for a path that can't be read.
    """
    with Path(path).open("rb") as file:
        raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise ValueError(f"the file has more than {_MOST_BYTES:,} bytes")
    nobody = UUID(int=0)
    custody = Custody(
        mail_id=nobody,
        tenant_id=nobody,
        raw="",
        size=len(raw),
        recipient="",
        sender=_sender(raw),
        received_at=datetime.now(UTC),
    )
    return read_in_steps(raw, custody)


def _sender(raw: bytes) -> str:
    try:
        return envelope_sender(raw)
    except Exception:  # noqa: BLE001  as the standard library raises anything for a field of hostile bytes
        return "unknown"


def understood(reading: Reading) -> dict[str, Any]:
    """What was understood, under all of `KEYS` but `path`; also of a mail that is rejected, as far as it was read."""
    root, header, leaves = _known(reading)
    forms = [leaf for leaf in leaves if _is_form(leaf, reading, alone=len(leaves) == 1)]
    reply = without_picture_signs(reading.reply) if reading.reply else None
    return {
        "from_email": header.author.address or None if header else None,
        "from_name": header.author.name or None if header else None,
        "subject": header.subject if header else None,
        "to": list(header.to) if header else None,
        "cc": list(header.cc) if header else None,
        "date": header.date.isoformat() if header and header.date else None,
        "text": _joined(leaf for leaf in forms if leaf.type != "text/html"),
        "html": _joined(leaf for leaf in forms if leaf.type == "text/html"),
        "reply": reply.text if reply else None,
        "kind": _kind(reading, root, header, leaves),
        "attachments": _files(reading, leaves, {leaf.number for leaf in forms}) if root else None,
        "defects": _defects(reading, root, header),
        "rejection": rejection(reading),
    }


def _known(reading: Reading) -> tuple[Part | None, Header | None, tuple[Leaf, ...]]:
    """The tree, the header and the leaves; of a mail that is too large to be read, the header alone, if it can be."""
    if reading.header is not None:
        return reading.root, reading.header, reading.leaves
    end = min((at for at in map(reading.raw.find, (b"\n\r\n", b"\n\n")) if at >= 0), default=-1)
    head = read_in_steps(reading.raw[: end + 1], reading.custody, reading.limits)
    return None, head.header, ()


def _is_form(leaf: Leaf, reading: Reading, *, alone: bool) -> bool:
    """Whether a leaf is a form of the body and no file; where none was chosen, whether a mail program shows it."""
    if reading.body is not None:
        return leaf.number in reading.body.leaves and (alone or leaf.type in ("text/plain", "text/html"))
    return leaf.disposition != "attachment" and not leaf.name and leaf.type in ("text/plain", "text/html")


def _joined(leaves: Iterable[Leaf]) -> str | None:
    texts = [_decoded(leaf) for leaf in leaves]
    return "\n".join(texts) if texts else None


def _decoded(leaf: Leaf) -> str:
    data = payload(leaf.part).data
    fallback = meta_charset(data) if leaf.type == "text/html" else ""
    return clean(decode(data, parameter(leaf.part, "content-type", "charset") or fallback)[0])


def _kind(reading: Reading, root: Part | None, header: Header | None, leaves: tuple[Leaf, ...]) -> str | None:
    """One word for what the mail is; None where too little of it could be read to say.

    A mail that says it is one of ours counts as that here, where there are no keys to prove it with.
    """
    if root is not None and own_mark(root):
        return KINDS[AutomaticMail.OWN_MAIL]
    if not isinstance(reading.result, Rejection):
        machine = reading.result.machine
    elif root is None or header is None:
        return None
    else:
        words = reading.reply.text if reading.reply else ""
        machine, _ = detect_automatic(
            DetectionInput(root, leaves, reading.custody, header.subject, header.author.address, words)
        )
    return KINDS[machine] if machine else "mail"


def _files(reading: Reading, leaves: tuple[Leaf, ...], forms: set[int]) -> list[dict[str, Any]]:
    known = {attachment.part: attachment for attachment in reading.attachments}
    files = []
    if reading.body is not None:
        forms = forms | reading.body.leaves  # also those that are neither text nor HTML, such as text/calendar
    for leaf in leaves:
        if leaf.number in forms:
            continue
        data, file = payload(leaf.part).data, known.get(leaf.number)
        files.append(
            {
                "filename": file.name if file else safe_name(leaf.name, leaf.type, leaf.number),
                "content_type": leaf.type,
                "size": len(data),
                "sha256": sha256(data).hexdigest(),
                "inline": file.inline if file else leaf.disposition == "inline",
            }
        )
    return files


def _defects(reading: Reading, root: Part | None, header: Header | None) -> list[str]:
    if not isinstance(reading.result, Rejection):
        return list(reading.result.defects)
    structure = [type(defect).__name__ for part in walk(root) for defect in part.defects] if root else []
    return [*structure, *(header.defects if header else ()), *(reading.body.defects if reading.body else ())]


def rejection(reading: Reading) -> dict[str, Any] | None:
    """Why the mail alone shows that it does not post: the reason, its words, its evidence; None if it shows nothing."""
    result = reading.result
    if isinstance(result, Rejection):
        reason, evidence = result.reason, result.evidence
    elif result.own_mark:
        reason, evidence = Reason.OWN_MAIL, {"sign": f"{OWN_MAIL_FIELD}: {result.own_mark}", "proof": UNPROVEN}
    elif result.machine:
        reason, evidence = Reason(result.machine), {"sign": result.machine_evidence}
    elif result.author_problem:
        reason, evidence = Reason.AUTHOR_UNCLEAR, {"problem": result.author_problem}
    else:
        return None
    return {"reason": str(reason), "words": REASONS[reason].meaning, "evidence": dict(evidence)}


def run(paths: list[str], *, jsonl: bool) -> int:
    """Tell of each path in turn, `-` standing for one path a line of standard input; 1 if one could not be read."""
    failed = False
    for path in _each(paths):
        reading, told = None, {"path": path} | dict.fromkeys(KEYS[1:])
        try:
            reading = read_file(path)
            told |= understood(reading)
        except Exception as error:  # noqa: BLE001  whatever a path or a mail does, the next one is answered
            failed = True
            told["error"] = _words(error)
        if jsonl:
            _write(json.dumps(told, ensure_ascii=False))
        else:
            show(told, reading)
    return 1 if failed else 0


def _each(paths: list[str]) -> Iterator[str]:
    for path in paths:
        if path != "-":
            yield path
            continue
        while line := sys.stdin.buffer.readline():
            yield line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return one_line(str(error)) or type(error).__name__


def _write(line: str) -> None:
    """A line in UTF-8, out at once; a byte of a path that is not UTF-8 is written as an escape of JSON."""
    sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()


def show(told: dict[str, Any], reading: Reading | None) -> None:
    """Print one mail as a table of at most 100 columns."""
    from rich.console import Console  # noqa: PLC0415  half of the time of a start; JSON needs none of it
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    console.width = min(console.width, 100) if console.is_terminal else 100
    table = Table(title=Text(visible(told["path"])), title_justify="left", title_style="bold", show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(told, reading):
        table.add_row(name, Text(visible(value)))
    console.print(table)


def _rows(told: dict[str, Any], reading: Reading | None) -> Iterator[tuple[str, str]]:
    if "error" in told:
        yield "error", told["error"]
        return
    author = f"{told['from_name'] or ''} <{told['from_email']}>".strip() if told["from_email"] else "nobody for sure"
    yield "from", author
    yield "to", ", ".join(told["to"] or ())
    if told["cc"]:
        yield "cc", ", ".join(told["cc"])
    yield "subject", told["subject"] or ""
    yield "date", told["date"] or ""
    yield "kind", told["kind"] or "not known"
    yield "reply", _short(told["reply"] or "")
    for cut in reading.reply.cut if reading and reading.reply else ():
        first, *more = [line for line in cut.text.split("\n") if line.strip()] or [""]
        length = f" and {len(more)} more lines" if len(more) > 1 else " and 1 more line" if more else ""
        yield "cut", f"{cut.kind}, {cut.confidence:.0%} sure: {one_line(first, 40)}{length}"
    for file in told["attachments"] or ():
        how = "inline" if file["inline"] else "file"
        yield how, f"{file['filename']} ({file['content_type']}, {file['size']:,} bytes)"
    for defect in told["defects"]:
        yield "defect", defect
    if told["rejection"]:
        evidence = ", ".join(f"{name}: {value}" for name, value in told["rejection"]["evidence"].items())
        yield "rejection", f"{told['rejection']['reason']}: {told['rejection']['words']} ({evidence})"


def _short(text: str) -> str:
    return (
        text if len(text) <= _SHOWN_TEXT else f"{text[:_SHOWN_TEXT]}\n... {len(text) - _SHOWN_TEXT:,} more characters"
    )


def visible(text: str) -> str:
    """The text without what would steer a terminal."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in clean(text))
