"""What a migration grants: each table of tenants gets its row-level security with the table itself."""

from alembic import op

from storage.database import APP_ROLE

#: A transaction that has named no tenant compares with null and sees nothing.
MINE = "= nullif(current_setting('app.tenant_id', true), '')::uuid"


def protect(table: str, rights: str) -> None:
    """Lets the app role do `rights` (such as `select, insert`) with those rows of `table` that are of its tenant."""
    op.execute(f"grant {rights} on {table} to {APP_ROLE}")
    restrict(table)


def restrict(table: str, *, column: str = "tenant_id") -> None:
    """Shows the app role those rows of `table` only whose `column` is its tenant, whatever it is granted."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"create policy own_tenant on {table} to {APP_ROLE} using ({column} {MINE})")
