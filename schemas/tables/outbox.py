"""The outbox: mails that wait to be sent by SMTP."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, Computed, Index, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field, of_tenant, time_field


class OutboxKind(StrEnum):
    """The kinds of mails that casemail sends."""

    NOTICE = "notice"  # an update, to a recipient of it
    CATCH_ALL = "catch_all"  # a mail that did not post, to the Inbound Email Catch-All
    ASSIGNMENT = "assignment"  # to the new manager or member of a case
    RECEIPT = "receipt"  # the result of a mail, to its author
    SOURCE = "source"  # that a mail source fails, or works again, to the admins
    SENDERS = "senders"  # that senders can be checked, to the admins
    TEST = "test"  # a test mail to the Inbound Email Catch-All
    PASSWORD = "password"  # noqa: S105  # a link to set the password, to the user
    DECISION = "decision"  # the decision on an update that waited for validation, to its author
    ALIAS = "alias"  # a link that confirms a further address of a user, to that address
    SECURITY = "security"  # a change of the account, to the user


class OutboxState(StrEnum):
    """The state of a mail in the outbox."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Outbox(SQLModel, table=True):
    """One mail to one address.

    - `recipient_id`: for a notice, its row in the recipient log. `mail_id`: for a forward or a receipt, the ledger row.
      `alias_id`: for a link that confirms an alias, the alias; the row is deleted with it.
    - `content`: for a letter, its text, which is written together with the row (cases.outgoing.letters).
    - `once`: if several rows of a tenant have the same value, only the first is kept.
    - `domain`: the recipient's domain, in lower case.
    - `unreachable`: whether the last attempt found no mail server.
    - `due_at`: when the next attempt may begin. An attempt that was ordered and never reported back is repeated then.
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
        Index("outbox_unreachable", "due_at", postgresql_where=text("state = 'waiting' and unreachable")),
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
    unreachable: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    content: dict[str, str] | None = Field(default=None, sa_type=JSONB, nullable=True)
    once: str | None = None
    domain: str = Field(
        default=None,
        exclude=True,
        sa_column=Column(Text, Computed("lower(split_part(to_email, '@', -1))", persisted=True)),
    )


class OutboxPace(SQLModel, table=True):
    """How many mails were ordered in one minute, for the dispatcher's limits; `key` is `domain NAME` or `tenant ID`."""

    __tablename__ = "outbox_pace"

    key: str = Field(primary_key=True)
    minute: datetime = time_field(primary_key=True)
    claimed: int
