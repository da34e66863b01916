"""What must outlive the database: noted here, kept in the blob store, and read back after a restore."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Index, Uuid, text
from sqlmodel import Field, SQLModel

from schemas.tables.base import id_field, time_field


class SentBefore(SQLModel, table=True):
    """A mail that was sent before the database was restored from an older backup: it is not sent again.

    `id` is the id in its Message-ID: that of the row of the recipient log for a notice, of the outbox row for the rest.
    """

    __tablename__ = "sent_before"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")


class Erasure(SQLModel, table=True):
    """An erasure that was carried out, without any word on the person: it is repeated after a restore.

    `user_id` is the person's account, if they had one. `mail_ids` are the mails that were erased. `updates` and
    `account`: whether their updates and their account were erased, too. `noted_at`: when it was written to the blob
    store.
    """

    __tablename__ = "erasures"
    __table_args__ = (Index("erasures_to_note", "at", postgresql_where=text("noted_at is null")),)

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    at: datetime = time_field()
    user_id: UUID | None = None
    mail_ids: list[UUID] = Field(default_factory=list, sa_type=cast("Any", ARRAY(Uuid())))
    updates: bool = False
    account: bool = False
    noted_at: datetime | None = time_field(optional=True)
