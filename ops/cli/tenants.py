"""Finds the tenant that a command names."""

from uuid import UUID

from sqlalchemy import Connection, text

from ops.cli.errors import fail
from schemas.tables import OPERATOR

_TENANT = text("select id from tenants where slug = :slug")


def tenant_of(connection: Connection, slug: str, *, operator: bool = True) -> UUID:
    """Returns the id of the tenant with this slug, or ends the command. `operator` says whether the operator counts.

    `connection` must see all tenants: that of the system role, or the owner's.
    """
    found: UUID | None = connection.execute(_TENANT, {"slug": slug}).scalar()
    if found is None or (found == OPERATOR and not operator):
        fail(f"there is no tenant {slug!r}; `casemail tenant list` shows all")
    return found
