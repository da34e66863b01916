"""Forwards to the catch-all a mail that did not post: first the reason, then the original as an attachment."""

import re
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from uuid import UUID

from sqlalchemy import Connection, text

from cases.addresses.tokens import Keys
from cases.outgoing.fingerprint import OwnKind, OwnMail, write_mark
from cases.outgoing.mime import header, mailbox, multipart, text_part
from cases.outgoing.notices import sender
from schemas.own_mail import OWN_MAIL_FIELD
from schemas.reasons import REASONS, Reason

#: The longest line that SMTP carries, in octets without CRLF (RFC 5321 section 4.5.3.1.6).
_MAX_LINE = 998
_BARE_CR = re.compile(rb"\r(?!\n)")


@dataclass(frozen=True)
class Forward:
    """The facts that a forward states. `author` and `subject` are empty if they can't be read. `reason` is as stored: a
    newer version of casemail may have written a reason that this version does not know."""

    outbox_id: UUID
    mail_id: UUID
    to_email: str
    mail_domain: str
    reason: str
    evidence: dict[str, str]
    received_at: datetime
    recipient: str
    author: str
    subject: str


_LOAD = text("""
select o.id as outbox_id, m.id as mail_id, o.to_email, t.mail_domain, m.reason, m.evidence, m.received_at,
    m.recipient, m.author, m.subject, m.raw
from outbox o join mails m on m.id = o.mail_id join tenants t on t.id = o.tenant_id
where o.id = any(:ids)
""")


def load(connection: Connection, outbox_ids: Sequence[UUID]) -> list[tuple[Forward, str]]:
    """Returns the forwards of these outbox rows, each with the blob key of its original."""
    found = []
    for row in connection.execute(_LOAD, {"ids": list(outbox_ids)}).mappings():
        values = dict(row)
        raw = values.pop("raw")
        found.append((Forward(**values), raw))
    return found


def compose(forward: Forward, original: bytes, keys: Keys, console_url: str) -> bytes:
    """Returns the forward as bytes ready for SMTP. It contains the original byte for byte, except for CRLF line ends.

    An original that SMTP can't carry (long lines, bare CR, NUL) is attached as a base64 file instead. No text of the
    original goes into a header field of the forward, so it can't add fields (as by CVE-2024-6923). Raises ValueError
    for an unknown reason.
    """
    boundary = f"=_{forward.outbox_id.hex}"
    fields = (
        ("From", mailbox("Inbound email", sender(forward.mail_domain))),
        ("To", forward.to_email),
        ("Subject", f"Inbound email not posted: {forward.reason}"),
        ("Date", format_datetime(forward.received_at)),
        ("Message-ID", f"<{forward.outbox_id}@{forward.mail_domain}>"),
        ("Auto-Submitted", "auto-generated"),
        (OWN_MAIL_FIELD, write_mark(keys, OwnMail(OwnKind.FORWARD, forward.outbox_id))),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/mixed; boundary="{boundary}"'),
    )
    parts = (text_part("plain", _words(forward, console_url)), _part(original))
    return header(fields) + b"\r\n" + multipart(boundary, parts)


def _words(forward: Forward, console_url: str) -> str:
    lines = [
        "This mail was not posted to a case.",
        f"Why: {REASONS[Reason(forward.reason)].meaning} ({forward.reason})",
        *(f"  {name}: {value}" for name, value in forward.evidence.items()),
        "",
        f"From: {forward.author or 'not read'}",
        f"Subject: {forward.subject or 'not read'}",
        f"Sent to: {forward.recipient}",
        f"Received: {forward.received_at:%Y-%m-%d %H:%M:%S %Z}",
        f"To accept it, attach it to a case or replay it: {console_url}/inbound/{forward.mail_id}",
        "",
        "The original mail is attached.",
    ]
    return "\n".join(lines) + "\n"


def _part(original: bytes) -> bytes:
    text = original.replace(b"\r\n", b"\n")
    if b"\0" in text or _BARE_CR.search(original) or max(map(len, text.split(b"\n"))) > _MAX_LINE:
        fields = (
            ("Content-Type", 'application/octet-stream; name="original.eml"'),
            ("Content-Disposition", 'attachment; filename="original.eml"'),
            ("Content-Transfer-Encoding", "base64"),
        )
        return header(fields) + b"\r\n" + encodebytes(original).replace(b"\n", b"\r\n")
    encoding = "7bit" if text.isascii() else "8bit"
    mail_fields = (("Content-Type", "message/rfc822"), ("Content-Transfer-Encoding", encoding))
    return header(mail_fields) + b"\r\n" + text.replace(b"\n", b"\r\n")
