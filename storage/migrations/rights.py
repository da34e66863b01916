"""Grants for migrations: each table with rows of tenants gets row-level security when it is created."""

from alembic import op

from storage.database import APP_ROLE

#: SQL: equals the tenant of the transaction; in a transaction without a tenant it is never true.
MINE = "= nullif(current_setting('app.tenant_id', true), '')::uuid"


def protect(table: str, rights: str) -> None:
    """Grants the app role `rights` (such as `select, insert`) on its tenant's rows of `table`."""
    op.execute(f"grant {rights} on {table} to {APP_ROLE}")
    restrict(table)


def restrict(table: str, *, column: str = "tenant_id") -> None:
    """Restricts the app role to rows of `table` whose `column` is its tenant, whatever its grants."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"create policy own_tenant on {table} to {APP_ROLE} using ({column} {MINE})")
