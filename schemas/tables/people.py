"""People: the users of a tenant, their roles, and their further addresses."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import external_ids, id_field, named_by_tenant, of_tenant, time_field


class Role(StrEnum):
    """The role of a user in the tenant; clients see and answer only the cases of which they are members."""

    ADMIN = "admin"
    CASE_MANAGER = "case_manager"
    STAFF = "staff"
    CLIENT = "client"


class User(SQLModel, table=True):
    """A person who can log in.

    `email_key` is `email` as `cases.addresses.compare.email_key` normalizes it. `external_id` is their id in the
    tenant's own application, or empty.
    """

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("tenant_id", "email_key"), named_by_tenant(), external_ids("users"))

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    name: str
    email: str
    email_key: str
    role: Role = Field(sa_type=Text)
    active: bool = True
    password_hash: str = ""
    created_at: datetime = time_field()
    external_id: str = ""


class EmailAlias(SQLModel, table=True):
    """A further address of a user. It counts once `confirmed_at` is set; from then on it is unique in the tenant."""

    __tablename__ = "email_aliases"
    __table_args__ = (
        UniqueConstraint("user_id", "email_key"),
        named_by_tenant(),
        of_tenant("user_id", "users"),
        Index(
            "email_aliases_confirmed",
            "tenant_id",
            "email_key",
            unique=True,
            postgresql_where=text("confirmed_at is not null"),
        ),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    user_id: UUID
    email: str
    email_key: str
    added_at: datetime = time_field()
    confirmed_at: datetime | None = time_field(optional=True)
