"""The outbox: mails of ours that are to go out by SMTP."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, Computed, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field, of_tenant, time_field


class OutboxKind(StrEnum):
    """What goes out."""

    NOTICE = "notice"  # an update, to one of its recipients
    CATCH_ALL = "catch_all"  # a mail that did not post, to the Inbound Email Catch-All
    ASSIGNMENT = "assignment"  # to who became the manager of a case, or a member of it
    RECEIPT = "receipt"  # what became of a mail, to who wrote it
    SOURCE = "source"  # what is wrong with a source of mail, and that it works again, to the admins
    SENDERS = "senders"  # that a tenant can have senders checked, to the admins
    TEST = "test"  # whether the Inbound Email Catch-All receives mail, to it
    PASSWORD = "password"  # noqa: S105  # the link by which a person sets a password, to them
    DECISION = "decision"  # what was decided of an update that waited, to its author
    ALIAS = "alias"  # the link that confirms a further address of a person, to that address
    SECURITY = "security"  # what was done to the account of a person, to them


class OutboxState(StrEnum):
    """Where it is."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Outbox(SQLModel, table=True):
    """One mail to one address. A notice names its line of the recipient log, a forward and a receipt the ledger row, a
    link that confirms an alias the alias, and goes with it.

    `content` is that of a letter that was written when its row was (cases.outgoing.letters). Of several rows of a
    tenant with the same `once` only the first is kept. `domain` is that of the recipient, in lower case.
    `due_at` is when the next try may begin; a try that was ordered and not heard of again is due after it.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        of_tenant("recipient_id", "update_recipients"),
        of_tenant("mail_id", "mails"),
        of_tenant("alias_id", "email_aliases", ondelete="CASCADE"),
        Index("outbox_due", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("outbox_failed", "recipient_id", postgresql_where=text("state = 'failed'")),
        Index("outbox_forwarded", "mail_id", postgresql_where=text("kind = 'catch_all' and state = 'sent'")),
        Index("outbox_once", "tenant_id", "once", unique=True, postgresql_where=text("once is not null")),
        Index("outbox_receipt", "mail_id", unique=True, postgresql_where=text("kind = 'receipt'")),
        Index("outbox_of_alias", "alias_id", postgresql_where=text("alias_id is not null")),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    kind: OutboxKind = Field(sa_type=Text)
    recipient_id: UUID | None = None
    mail_id: UUID | None = Field(default=None, index=True)
    alias_id: UUID | None = None
    to_email: str
    state: OutboxState = Field(default=OutboxState.WAITING, sa_type=Text)
    attempts: int = 0
    created_at: datetime = time_field()
    due_at: datetime = time_field()
    sent_at: datetime | None = time_field(optional=True)
    error: str = ""
    content: dict[str, str] | None = Field(default=None, sa_type=JSONB, nullable=True)
    once: str | None = None
    domain: str = Field(
        default=None,
        exclude=True,
        sa_column=Column(Text, Computed("lower(split_part(to_email, '@', -1))", persisted=True)),
    )


class OutboxPace(SQLModel, table=True):
    """How many mails were ordered in one minute: `key` is `domain NAME` or `tenant ID`. Only the dispatchers' limits
    count."""

    __tablename__ = "outbox_pace"

    key: str = Field(primary_key=True)
    minute: datetime = time_field(primary_key=True)
    claimed: int
