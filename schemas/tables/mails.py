"""The ledger: one row for each mail in custody, from custody to its end state."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary, text
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field, json_field, time_field


class MailState(StrEnum):
    """Where a mail is; the last four are end states."""

    WAITING = "waiting"  # in custody, not yet in the topics
    MOVING = "moving"  # in the topics
    FORWARDING = "forwarding"  # in the outbox, on its way to the catch-all
    POSTED = "posted"
    FORWARDED = "forwarded"
    HELD = "held"
    DROPPED = "dropped"


class Mail(SQLModel, table=True):
    """A mail in custody. `content_key` is 32 bytes of the mail without its trace fields, and 16 of the recipient.

    `duplicate_of` is set when a mail with the same key came in before; the key is unique among the others.
    """

    __tablename__ = "mails"
    __table_args__ = (
        Index("mails_content", "tenant_id", "content_key", unique=True, postgresql_where=text("duplicate_of is null")),
        Index("mails_waiting", "tenant_id", "received_at", postgresql_where=text("state = 'waiting'")),
        Index("mails_moving", "tenant_id", "emitted_at", postgresql_where=text("state = 'moving'")),
        Index("mails_of_batch", "batch_id", "ended_at"),
        Index("mails_log", "tenant_id", "received_at"),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    batch_id: UUID
    content_key: bytes = Field(sa_type=LargeBinary)
    duplicate_of: UUID | None = None
    source_ref: str
    raw: str
    size: int
    recipient: str
    sender: str
    received_at: datetime = time_field()
    state: MailState = Field(default=MailState.WAITING, sa_type=Text)
    emitted_at: datetime | None = time_field(optional=True)
    emissions: int = 0
    ended_at: datetime | None = time_field(optional=True)
    reason: str = ""
    evidence: dict[str, str] = json_field(dict)
    author: str = ""
    subject: str = ""
