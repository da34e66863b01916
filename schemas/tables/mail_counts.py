"""The counts of each tenant's mails, kept by triggers in the transactions that move mails."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, text
from sqlmodel import Field, SQLModel

from schemas.tables.base import id_field, time_field


def _number() -> Any:
    return Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})


class _Places(SQLModel):
    """Numbers of mails by place. `received` is counted when intake records mails, `posted` when an update is written,
    `forwarded` when the outbox has sent the mail, and the others when the ledger row changes its state."""

    received: int = _number()
    posted: int = _number()
    forwarded: int = _number()
    held: int = _number()
    dropped: int = _number()
    in_flight: int = _number()


class MailCount(_Places, table=True):
    """The counts of a tenant, without the changes that the dispatcher has not added yet (`MailCountChange`)."""

    __tablename__ = "mail_counts"

    tenant_id: UUID = Field(foreign_key="tenants.id", primary_key=True)


class MailCountChange(_Places, table=True):
    """How one statement changed the counts of a tenant.

    Each statement adds rows, and none updates the counts: the mails of a tenant would otherwise wait for each other.
    There is no foreign key, because the row that was counted has one.
    """

    __tablename__ = "mail_count_changes"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    tenant_id: UUID


class MailCountCheck(SQLModel, table=True):
    """A comparison of all counts with the rows that they count; `drift` is the sum of the differences it mended."""

    __tablename__ = "mail_count_checks"

    id: UUID = id_field()
    checked_at: datetime = time_field(index=True)
    drift: int = Field(sa_type=BigInteger)
