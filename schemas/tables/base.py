"""Helpers for all tables: ids, times, foreign keys within a tenant, SQLAlchemy Core tables."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Index, Table, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

#: The operator's own tenant. Mail whose recipient belongs to no customer is held here.
OPERATOR = UUID("00000000-0000-7000-8000-000000000001")


def new_id() -> UUID:
    """Returns a new row id: a UUID of version 7 (RFC 9562 section 5.7), so that new rows are stored together."""
    return uuid7()


def derived_id(origin: UUID, *words: object) -> UUID:
    """Returns the id of a row that follows from the row `origin` and these words: the same each time.

    When a mail is processed again after a restore, its update and the mails that it causes get the ids that they had,
    and so the same Message-IDs. The id has the time of `origin`, so that rows of the same time are stored together.
    """
    digest = sha256(b"\0".join((origin.bytes, *(str(word).encode() for word in words)))).digest()
    bits = int.from_bytes(origin.bytes[:6] + digest[:10], "big")
    version, variant = 0xF << 76, 0x3 << 62  # RFC 9562 section 5.7
    return UUID(int=bits & ~version & ~variant | 0x7 << 76 | 0x2 << 62)


def now() -> datetime:
    """Returns the current time in UTC, as an aware datetime."""
    return datetime.now(UTC)


def of_tenant(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """Returns a foreign key within the tenant: no row can refer to a row of another tenant."""
    return ForeignKeyConstraint([column, "tenant_id"], [f"{table}.id", f"{table}.tenant_id"], ondelete=ondelete)


def named_by_tenant() -> UniqueConstraint:
    """Returns the unique constraint on id and tenant that the foreign keys of `of_tenant` refer to.

    Tables with a row for each mail have both columns in their primary key instead, which saves an index.
    """
    return UniqueConstraint("id", "tenant_id")


def external_ids(table: str) -> Index:
    """Returns the index that makes an `external_id` unique in its tenant, unless it is empty."""
    return Index(
        f"{table}_external_id", "tenant_id", "external_id", unique=True, postgresql_where=text("external_id <> ''")
    )


def id_field() -> Any:
    """Returns the primary key of a table."""
    return Field(default_factory=new_id, primary_key=True)


def time_field(*, optional: bool = False, **options: Any) -> Any:
    """Returns a `timestamptz` column; unless `optional`, its default is the current time."""
    if optional:
        return Field(default=None, sa_type=cast("Any", DateTime(timezone=True)), nullable=True, **options)
    return Field(default_factory=now, sa_type=cast("Any", DateTime(timezone=True)), **options)


def json_field(default: Any) -> Any:
    """Returns a `jsonb` column; `default` is called for its default value."""
    return Field(default_factory=default, sa_type=JSONB)


def core(model: type[SQLModel]) -> Table:
    """Returns the SQLAlchemy Core table of a model, for statements that must be fast."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
