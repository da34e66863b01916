"""`casemail api-token`: the tokens of a tenant for the HTTP API."""

from contextlib import closing
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from cases.people import api_tokens
from cases.people.api_tokens import Scope
from cases.refusal import Refusal
from ops.cli.errors import fail
from ops.cli.tenants import tenant_of
from schemas.settings import load
from schemas.tables import now
from storage.database import open_database

app = typer.Typer(no_args_is_help=True)

_Tenant = Annotated[str, typer.Option("--tenant", help="Short name of the tenant.")]


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What uses it.")],
    tenant: _Tenant,
    scope: Annotated[list[Scope], typer.Option(help="What it may do; give several, or none for everything.")] = [],  # noqa: B006
    days: Annotated[int, typer.Option(min=0, help="Days for which it is valid; 0: until it is revoked.")] = 0,
) -> None:
    """Create a token and print it: it can't be shown again."""
    with closing(open_database(load())) as database:
        with database.system() as system:
            tenant_id = tenant_of(system, tenant, operator=False)
        until = now() + timedelta(days=days) if days else None
        with database.tenant(tenant_id) as connection:
            made = api_tokens.create(connection, tenant_id, name, scope or list(Scope), by=None, expires_at=until)
    if isinstance(made, Refusal):
        fail(made.words)
    print(made)


@app.command("list")
def show(tenant: _Tenant) -> None:
    """List the tokens, the newest first."""
    with closing(open_database(load())) as database:
        with database.system() as system:
            tenant_id = tenant_of(system, tenant, operator=False)
        with database.tenant(tenant_id) as connection:
            rows = api_tokens.of_tenant(connection)
    table = Table(title=f"API tokens of {tenant}", title_justify="left")
    for column in ("id", "name", "may", "created by", "last used", "state"):
        table.add_column(column, overflow="fold")
    for row in rows:
        state = "valid" if row.valid else "revoked" if row.revoked_at else "expired"
        used = f"{row.used_at:%Y-%m-%d %H:%M}" if row.used_at else "never"
        table.add_row(str(row.id), row.name, " ".join(row.scopes), row.creator or "operator", used, state)
    Console().print(table)


@app.command("revoke")
def revoke(token_id: Annotated[UUID, typer.Argument(help="Its id, as `list` shows it.")], tenant: _Tenant) -> None:
    """Revoke a token: from now on it is refused."""
    with closing(open_database(load())) as database:
        with database.system() as system:
            tenant_id = tenant_of(system, tenant, operator=False)
        with database.tenant(tenant_id) as connection:
            if not api_tokens.revoke(connection, tenant_id, token_id, by=None):
                fail(f"{tenant} has no valid token {token_id}")
    print("Revoked.")
