"""Letters: text mails to one person. Most are written when they are put into the outbox, because they describe that
moment; letters with a link are written when they are sent (`password_link`, `alias_link`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from cases.addresses.tokens import Keys
from cases.outgoing.fingerprint import OwnKind, OwnMail, write_mark
from cases.outgoing.mime import header, mailbox, plain_address, text_part, unstructured
from cases.outgoing.notices import sender
from schemas.own_mail import OWN_MAIL_FIELD
from schemas.tables import OutboxKind
from storage import outbox

#: The kinds of outbox rows that contain a whole letter in `content`.
KINDS = (
    OutboxKind.ASSIGNMENT,
    OutboxKind.DECISION,
    OutboxKind.RECEIPT,
    OutboxKind.SOURCE,
    OutboxKind.SENDERS,
    OutboxKind.TEST,
    OutboxKind.SECURITY,
)
#: Kinds with the null sender: nobody may answer a receipt (RFC 3834 section 3.3), a test is sent like a forward, and
#: bounces of letters on an account, or with text that waits for validation, must not appear in the inbound log.
_NULL_SENDER = (
    OutboxKind.RECEIPT,
    OutboxKind.TEST,
    OutboxKind.PASSWORD,
    OutboxKind.ALIAS,
    OutboxKind.SECURITY,
    OutboxKind.DECISION,
)
#: The header fields that `content` may set, by their key in `content`.
_FIELDS = {"reply_to": "Reply-To", "in_reply_to": "In-Reply-To", "references": "References"}

_LOAD = text("""
select o.id, o.kind, o.to_email, o.created_at, o.content, t.name as tenant_name, t.mail_domain
from outbox o join tenants t on t.id = o.tenant_id where o.id = any(:ids)
""")


@dataclass(frozen=True)
class Letter:
    """A letter to be sent. `content` has `subject` and `text`, and may have `reply_to`, `in_reply_to`, `references`."""

    id: UUID
    kind: str
    to_email: str
    created_at: datetime
    content: Mapping[str, str]
    tenant_name: str
    mail_domain: str


def post(
    connection: Connection,
    tenant_id: UUID,
    kind: OutboxKind,
    letters: Sequence[tuple[str, Mapping[str, str]]],
    **columns: Any,
) -> None:
    """Puts letters, each an address and a content, into the outbox; `columns` are further columns of all rows.

    letters.post(connection, tenant_id, OutboxKind.SOURCE, [("ann@example.org", {"subject": "Hi", "text": "..."})])
    """
    mails = [{"to_email": to, "content": dict(content), **columns} for to, content in letters]
    outbox.put(connection, tenant_id, kind, mails)


def load(connection: Connection, outbox_ids: Sequence[UUID]) -> list[Letter]:
    """Returns the letters of these outbox rows."""
    return [Letter(**row) for row in connection.execute(_LOAD, {"ids": list(outbox_ids)}).mappings()]


def envelope_from(letter: Letter) -> str:
    """Returns the envelope sender, empty for the null sender."""
    return "" if letter.kind in _NULL_SENDER else sender(letter.mail_domain)


def compose(letter: Letter, keys: Keys) -> bytes:
    """Returns the letter as bytes ready for SMTP (CRLF line ends); each attempt has the same Message-ID."""
    content = letter.content
    fields = (
        ("From", mailbox(letter.tenant_name, sender(letter.mail_domain))),
        ("To", plain_address(letter.to_email)),
        *((name, content[key]) for key, name in _FIELDS.items() if content.get(key)),
        ("Subject", unstructured(content["subject"])),
        ("Date", format_datetime(letter.created_at)),
        ("Message-ID", f"<{letter.id}@{letter.mail_domain}>"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("Auto-Submitted", "auto-replied" if letter.kind == OutboxKind.RECEIPT else "auto-generated"),
        (OWN_MAIL_FIELD, write_mark(keys, OwnMail(OwnKind.LETTER, letter.id))),
        ("MIME-Version", "1.0"),
    )
    return header(fields) + text_part("plain", content["text"])
