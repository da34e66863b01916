"""What all tables share: ids, times, and the way from a model to its Core table."""

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

#: Rows of this tenant belong to no customer: mail whose recipient names no tenant is held here.
OPERATOR = UUID("00000000-0000-7000-8000-000000000001")


def new_id() -> UUID:
    """A new row id: UUID version 7 (RFC 9562 section 5.7), so that rows made together lie together."""
    return uuid7()


def now() -> datetime:
    """The time now, with its zone (UTC)."""
    return datetime.now(UTC)


def of_tenant(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key that names a row of the same tenant only: no row can name what is another's."""
    return ForeignKeyConstraint([column, "tenant_id"], [f"{table}.id", f"{table}.tenant_id"], ondelete=ondelete)


def named_by_tenant() -> UniqueConstraint:
    """What `of_tenant` refers to. Tables with a row for each mail have their primary key over both columns instead: one
    index more would cost each mail."""
    return UniqueConstraint("id", "tenant_id")


def id_field() -> Any:
    """The primary key of a table."""
    return Field(default_factory=new_id, primary_key=True)


def time_field(*, optional: bool = False, **options: Any) -> Any:
    """A `timestamptz` column; not optional: now, when the row is made."""
    if optional:
        return Field(default=None, sa_type=cast("Any", DateTime(timezone=True)), nullable=True, **options)
    return Field(default_factory=now, sa_type=cast("Any", DateTime(timezone=True)), **options)


def json_field(default: Any) -> Any:
    """A `jsonb` column; `default` makes its value."""
    return Field(default_factory=default, sa_type=JSONB)


def core(model: type[SQLModel]) -> Table:
    """The Core table of a model, for the statements of the hot path."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
