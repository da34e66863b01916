"""What lies in the blob store for updates: which bytes, and whether anybody still needs them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from schemas.tables.base import time_field


class StoredContent(SQLModel, table=True):
    """The bytes of a file, or of a thumbnail, that lie in the blob store under `blob`; `size` is in bytes.

    `touched_at` is when somebody last began to store them: the row comes first, so no bytes lie there without one.
    `due_at` is when it is to be looked at whether an update has them, and deleted if none does; null while one does,
    as far as is known.
    """

    __tablename__ = "stored_contents"
    __table_args__ = (Index("stored_contents_due", "due_at", postgresql_where=text("due_at is not null")),)

    blob: str = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    size: int
    touched_at: datetime = time_field()
    due_at: datetime | None = time_field(optional=True)
