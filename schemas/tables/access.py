"""Access groups: which roles may post in a part of a case's updates, which see it, and what an update there causes."""

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
    """A group of updates and their files. Each tenant has a default group, which a trigger creates with the tenant.

    - `require_validation`: the update of a user who may not validate waits for a user who may.
    - `refresh_last_update`: an update refreshes the time of the case's last update.
    - `include_in_documents`: updates go into documents.
    - `may_post`: the roles that may choose the group for an update. `may_see`: those that see its updates and get
      notices of them.
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
