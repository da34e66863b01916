"""Reads a mail in a file for `casemail parse` and `casemail explain`; needs no server."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from schemas.own_mail import OWN_MAIL_FIELD
from schemas.reasons import REASONS, Reason
from schemas.records import AutomaticMail, Custody, Rejection
from workers.fetch.recipients import envelope_sender
from workers.parse.automatic.detect import detect_automatic, own_mark
from workers.parse.body import meta_charset
from workers.parse.mime.charsets import clean, decode
from workers.parse.mime.filenames import safe_name
from workers.parse.mime.header import Header
from workers.parse.mime.parts import Leaf, parameter, payload
from workers.parse.mime.tree import Part, walk
from workers.parse.pictures import without_picture_signs
from workers.parse.read import Reading, detection_input, read_in_steps

#: The keys of a mail's JSON object. All are always there; an unknown value is null.
KEYS = (
    *("path", "from_email", "from_name", "subject", "to", "cc", "date", "text", "html", "reply", "kind"),
    *("attachments", "defects", "rejection"),
)
#: The value of `kind` for machine mail; for mail from a person it is `mail`.
KINDS = {
    AutomaticMail.AUTO_REPLY: "auto",
    AutomaticMail.MAYBE_AUTOMATIC: "maybe_auto",
    AutomaticMail.BOUNCE: "bounce",
    AutomaticMail.COMPLAINT: "complaint",
    AutomaticMail.READ_RECEIPT: "receipt",
    AutomaticMail.LIST_MAIL: "list",
    AutomaticMail.CALENDAR: "calendar",
    AutomaticMail.REACTION: "reaction",
    AutomaticMail.OWN_MAIL: "own",
    AutomaticMail.ENCRYPTED: "encrypted",
}
#: Shown instead of a check of the fingerprint: the keys for it are settings, and these commands need none.
UNPROVEN = "not checked here; the workers check it with the address keys, and ignore a forged one"
_MOST_BYTES = 100_000_000  # four times the size limit of a mail; more is not even read


def read_file(path: str) -> Reading:
    """Reads the mail in a file as a mail from a Maildir is read.

    Raises OSError or ValueError, with a message for people, for a path that can't be read.
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
    except Exception:  # noqa: BLE001  # the standard library may raise anything for a field of hostile bytes
        return "unknown"


def understood(reading: Reading) -> dict[str, Any]:
    """Returns the values for all of `KEYS` but `path`; for a rejected mail, those known before reading stopped."""
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
    """Returns the tree, the header and the leaves; of a mail too large to be read, the header alone if possible."""
    if reading.header is not None:
        return reading.root, reading.header, reading.leaves
    end = min((at for at in map(reading.raw.find, (b"\n\r\n", b"\n\n")) if at >= 0), default=-1)
    head = read_in_steps(reading.raw[: end + 1], reading.custody, reading.limits)
    return None, head.header, ()


def _is_form(leaf: Leaf, reading: Reading, *, alone: bool) -> bool:
    """Returns whether a leaf is a form of the body and not a file. If no body was chosen, these are all texts without a
    name that are not attachments."""
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
    """Returns one word for the kind of mail; None where too little of it could be read.

    A mail that claims to be casemail's own counts as that here, because there are no keys to check the claim.
    """
    if root is not None and own_mark(root):
        return KINDS[AutomaticMail.OWN_MAIL]
    if not isinstance(reading.result, Rejection):
        machine = reading.result.machine
    elif root is None or header is None:
        return None
    else:
        machine, _ = detect_automatic(replace(detection_input(reading, root, header), leaves=leaves))
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
    """Returns why the mail by itself does not post: reason, words and evidence; None if nothing in it prevents that."""
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
