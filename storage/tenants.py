"""Looks up tenants, as the system role."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

_MAIL_DOMAINS = text("select mail_domain, id from tenants where mail_domain <> ''")
_ACTIVE = text("select id from tenants where slug = :slug and active")
_HAS_DOMAIN = text("select exists (select 1 from tenants where mail_domain = any(:domains))")


def find_active(connection: Connection, slug: str) -> UUID | None:
    """Returns the id of the active tenant with this slug; None if there is no such tenant."""
    tenant_id: UUID | None = connection.execute(_ACTIVE, {"slug": slug}).scalar()
    return tenant_id


def any_receives(connection: Connection, domains: Sequence[str]) -> bool:
    """Returns whether one of the domains is the mail domain of a tenant."""
    return bool(connection.execute(_HAS_DOMAIN, {"domains": list(domains)}).scalar())


def mail_domains(connection: Connection) -> dict[str, list[UUID]]:
    """Returns the tenants of each mail domain; several tenants may share one."""
    found: dict[str, list[UUID]] = {}
    for row in connection.execute(_MAIL_DOMAINS):
        found.setdefault(row.mail_domain, []).append(row.id)
    return found
