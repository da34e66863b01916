"""Canaries: test mails that casemail sends to itself, to see that incoming mail works from end to end."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from schemas.tables.base import time_field


class Canary(SQLModel, table=True):
    """A canary that was sent to an address of a tenant, through a source.

    `handle` is the random part of the address. `came_at` is when the canary reached its end state; `counted` is set
    when its latency was recorded.
    """

    __tablename__ = "canaries"
    __table_args__ = (
        Index("canaries_of_source", "source_id", "tenant_id", "sent_at"),
        Index("canaries_open", "sent_at", postgresql_where=text("not counted")),
    )

    handle: str = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    source_id: UUID = Field(foreign_key="sources.id", ondelete="CASCADE")
    sent_at: datetime = time_field(index=True)
    came_at: datetime | None = time_field(optional=True)
    counted: bool = False
