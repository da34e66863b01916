"""The catalogue of the archive: which files of old rows were written, and what they hold."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from schemas.tables.base import id_field, time_field


class Archive(SQLModel, table=True):
    """Rows that left the database in one transaction, all of one `kind` (`storage.archive.rows.Kind`).

    `name` is their file below the archive's folder, and `sha256` the hash of its bytes in hex; both are empty if the
    rows were removed without a copy. A row of the kind `night` says that the nightly turn of retention is done;
    its `rows` are those of the whole turn.
    """

    __tablename__ = "archives"
    __table_args__ = (Index("archives_nights", "written_at", postgresql_where=text("kind = 'night'")),)

    id: UUID = id_field()
    kind: str
    rows: int = Field(sa_type=BigInteger)
    name: str = ""
    sha256: str = ""
    written_at: datetime = time_field()
