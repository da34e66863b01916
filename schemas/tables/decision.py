"""What the decision on a mail leaves behind besides its end state."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from schemas.tables.base import json_field, time_field


class UnprovenMail(SQLModel, table=True):
    """A mail whose sender was not proven, while authentication only watched: *enforce* would have held it."""

    __tablename__ = "unproven_mails"
    __table_args__ = (Index("unproven_mails_of_tenant", "tenant_id", "noted_at"),)

    mail_id: UUID = Field(foreign_key="mails.id", primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    evidence: dict[str, str] = json_field(dict)
    noted_at: datetime = time_field()


class InboundMessage(SQLModel, table=True):
    """A mail from somebody who may answer an update, which is no answer to it. What became of it is its ledger row's
    state: held while nobody has decided, posted when it was moved to a case, dropped when it was closed.

    `case_id` and `answers` are what its address names; the rest is what an update of it will hold.
    """

    __tablename__ = "inbound_messages"
    __table_args__ = (Index("inbound_messages_of_tenant", "tenant_id", "mail_id"),)

    mail_id: UUID = Field(foreign_key="mails.id", primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    case_id: UUID = Field(foreign_key="cases.id")
    answers: UUID | None = Field(default=None, foreign_key="updates.id")
    author_id: UUID = Field(foreign_key="users.id")
    text: str
    files: list[dict[str, Any]] = json_field(list)
    left_out: list[dict[str, Any]] = json_field(list)
    cut: list[dict[str, Any]] = json_field(list)
    written_at: datetime = time_field()
