"""The stored bytes of files, and whether an update still needs them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from schemas.tables.base import time_field


class StoredContent(SQLModel, table=True):
    """The bytes of a file or a thumbnail, in the blob store under `blob`; `size` is in bytes.

    `touched_at` is when a process last began to store the bytes. The row is written before the bytes, so all stored
    bytes have a row. At `due_at` the sweep checks whether an update has the bytes, and deletes them if not; it is null
    while an update is known to have them.
    """

    __tablename__ = "stored_contents"
    __table_args__ = (Index("stored_contents_due", "due_at", postgresql_where=text("due_at is not null")),)

    blob: str = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    size: int
    touched_at: datetime = time_field()
    due_at: datetime | None = time_field(optional=True)
