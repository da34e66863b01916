"""People: the users of a tenant and their roles."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field, time_field


class Role(StrEnum):
    """What a user is to the tenant; a client sees and answers only the cases they are a member of."""

    ADMIN = "admin"
    CASE_MANAGER = "case_manager"
    STAFF = "staff"
    CLIENT = "client"


class User(SQLModel, table=True):
    """A person who can log in. `email_key` is `email` by the rule of `cases.directory.email_key`."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("tenant_id", "email_key"),)

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    name: str
    email: str
    email_key: str
    role: Role = Field(sa_type=Text)
    active: bool = True
    password_hash: str = ""
    created_at: datetime = time_field()
