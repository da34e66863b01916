"""Which dispatcher exports the figures of the whole cluster."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from schemas.tables.base import time_field


class ExporterLease(SQLModel, table=True):
    """The right of one dispatcher, the `holder`, to export the figures `until` then, unless it renews it.

    There is one row.
    """

    __tablename__ = "exporter_lease"

    id: int = Field(primary_key=True)
    holder: UUID
    until: datetime = time_field()
