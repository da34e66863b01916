"""Access groups: which roles may post in a group of updates, which roles see them, and what an update there causes."""

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
    """An access group of updates and their files. A trigger creates the default group of each new tenant.

    - `require_validation`: an update by a user who may not validate waits until a user who may has validated it.
    - `refresh_last_update`: an update here counts as the case's last update.
    - `include_in_documents`: updates go into documents.
    - `may_post`: the roles that may choose the group for an update. `may_see`: the roles that see its updates and get
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
