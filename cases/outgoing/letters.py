"""Letters: mails that are written when their row of the outbox is, because what they say is true of that moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from cases.addresses.tokens import Keys
from cases.outgoing.fingerprint import OwnKind, OwnMail, write_mark
from cases.outgoing.mime import header, mailbox, plain_address, text_part, unstructured
from cases.outgoing.notices import sender
from schemas.own_mail import OWN_MAIL_FIELD
from schemas.tables import Outbox, OutboxKind, OutboxState, core, new_id, now

#: The kinds of mail in the outbox that are letters.
KINDS = (
    OutboxKind.ASSIGNMENT,
    OutboxKind.DECISION,
    OutboxKind.RECEIPT,
    OutboxKind.SOURCE,
    OutboxKind.SENDERS,
    OutboxKind.TEST,
    OutboxKind.SECURITY,
)
#: Those of the null sender: a receipt is never answered (RFC 3834 section 3.3), a test goes out as forwards do, and
#: what is between a person and their account, or words that wait for validation, must not come back to where the
#: inbound log shows them.
_SENT_BY_NOBODY = (
    OutboxKind.RECEIPT,
    OutboxKind.TEST,
    OutboxKind.PASSWORD,
    OutboxKind.SECURITY,
    OutboxKind.DECISION,
)
#: Header fields that a letter may have, by their name in its content.
_FIELDS = {"reply_to": "Reply-To", "in_reply_to": "In-Reply-To", "references": "References"}

# of letters that are to be sent once, the later ones don't come to be
_INSERT = insert(core(Outbox)).on_conflict_do_nothing()
_LOAD = text("""
select o.id, o.kind, o.to_email, o.created_at, o.content, t.name as tenant_name, t.mail_domain
from outbox o join tenants t on t.id = o.tenant_id where o.id = any(:ids)
""")


@dataclass(frozen=True)
class Letter:
    """A letter to be written: `content` has `subject` and `text`, and may have `reply_to`, `in_reply_to`,
    `references`."""

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
    **more: Any,
) -> None:
    """Puts letters, each an address and a content, into the outbox; `more` are further columns."""
    at = now()
    plain = {"tenant_id": tenant_id, "kind": kind, "state": OutboxState.WAITING, "attempts": 0, "error": ""}
    connection.execute(
        _INSERT,
        [
            {**plain, "id": new_id(), "to_email": to, "content": dict(content), "created_at": at, "due_at": at, **more}
            for to, content in letters
        ],
    )


def load(connection: Connection, outbox_ids: Sequence[UUID]) -> list[Letter]:
    """The letters in these rows of the outbox."""
    return [Letter(**row) for row in connection.execute(_LOAD, {"ids": list(outbox_ids)}).mappings()]


def envelope_from(letter: Letter) -> str:
    """The envelope sender, empty for the null one."""
    return "" if letter.kind in _SENT_BY_NOBODY else sender(letter.mail_domain)


def compose(letter: Letter, keys: Keys) -> bytes:
    """The letter as bytes ready for SMTP (CRLF line ends); the Message-ID is the same at every try."""
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
