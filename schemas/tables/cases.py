"""Cases, their members, and their addresses."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from schemas.tables.base import external_ids, id_field, named_by_tenant, of_tenant, time_field


class Case(SQLModel, table=True):
    """A case. People know it by its `number`, which is unique in the tenant.

    `last_update_at` is the time of the last update in an access group that refreshes it; at first, of the creation.
    `kind` is its type, in the tenant's own words. `external_id` is its id in the tenant's own application, or empty.
    `closed_for` is why it was closed, in words. An archived case is a closed one that lists leave out.
    """

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        named_by_tenant(),
        of_tenant("manager_id", "users"),
        external_ids("cases"),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    number: str
    title: str
    kind: str = ""
    manager_id: UUID
    open: bool = True
    closed_at: datetime | None = time_field(optional=True)
    closed_for: str = ""
    archived_at: datetime | None = time_field(optional=True)
    created_at: datetime = time_field()
    last_update_at: datetime = time_field()
    external_id: str = ""


class CaseMember(SQLModel, table=True):
    """A client who is a member of a case."""

    __tablename__ = "case_members"
    __table_args__ = (of_tenant("case_id", "cases"), of_tenant("user_id", "users"))

    case_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")


class CaseAddress(SQLModel, table=True):
    """An address of a case; `handle` is its random part. Each case has one address that is not retired.

    A retired address works until `works_until`; `hits` counts the mails to it since then.
    """

    __tablename__ = "case_addresses"
    __table_args__ = (
        of_tenant("case_id", "cases"),
        Index("case_addresses_current", "case_id", unique=True, postgresql_where=text("retired_at is null")),
    )

    handle: str = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    case_id: UUID
    created_at: datetime = time_field()
    retired_at: datetime | None = time_field(optional=True)
    works_until: datetime | None = time_field(optional=True)
    hits: int = 0
    last_hit_at: datetime | None = time_field(optional=True)
