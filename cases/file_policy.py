"""The files that a tenant lets into updates, as its settings say now."""

from uuid import UUID

from sqlalchemy import Connection, text

from schemas.files import FilePolicy

_READ = text("select file_policy from tenants where id = :id")


def of_tenant(connection: Connection, tenant_id: UUID) -> FilePolicy:
    """The policy of the tenant, in its scope."""
    return FilePolicy.model_validate(connection.execute(_READ, {"id": tenant_id}).scalar_one())
