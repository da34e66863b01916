"""Access groups: who may post in which part of a case's updates, who sees it, and what an update there brings about."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field, named_by_tenant, time_field
from schemas.tables.people import Role


def _roles() -> Any:
    return Field(default_factory=lambda: list(Role), sa_type=cast("Any", ARRAY(Text())))


class AccessGroup(SQLModel, table=True):
    """A group of updates, and of the files with them; each tenant has one as its default, made with it by a trigger.

    `require_validation`: an update of somebody who may not validate waits for somebody who may; `refresh_last_update`:
    an update refreshes the time of the case's last update; `include_in_documents`: it goes into documents. The roles in
    `may_post` choose the group for an update, those in `may_see` see and are told of its updates.
    """

    __tablename__ = "access_groups"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        named_by_tenant(),
        Index("access_groups_default", "tenant_id", unique=True, postgresql_where=text("is_default")),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    name: str
    require_validation: bool = False
    refresh_last_update: bool = True
    include_in_documents: bool = True
    may_post: list[str] = _roles()
    may_see: list[str] = _roles()
    is_default: bool = False
    created_at: datetime = time_field()
