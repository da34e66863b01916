"""`casemail user`: the people of a tenant."""

from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import Connection, text

from cases.addresses.compare import email_key, plain_address
from cases.people import users
from cases.refusal import Refusal
from console.account.passwords import hash_password
from ops.cli import csv_list
from ops.cli.csv_list import CHANGED, CREATED, REFUSED, UNCHANGED
from ops.cli.errors import fail
from ops.cli.owner import create_user, owner, read_password
from ops.cli.tenants import tenant_of
from schemas.settings import load
from schemas.tables import Role

COLUMNS = ("name", "email", "role")
_USER = text("select id, password_hash, role from users where tenant_id = :id and email_key = :key")

_Email = Annotated[str, typer.Argument(help="The address that they log in with.")]
_Tenant = Annotated[str, typer.Option("--tenant", help="Short name of the tenant.")]

app = typer.Typer(no_args_is_help=True)


@app.command("add")
def add(
    email: _Email,
    tenant: _Tenant,
    name: Annotated[str, typer.Option(help="Their name.")] = "",
    role: Annotated[Role, typer.Option(help="What they are to the tenant.")] = Role.STAFF,
) -> None:
    """Create a user, whose password is read from standard input."""
    settings = load()
    with owner(settings) as connection:
        create_user(connection, tenant_of(connection, tenant, operator=False), email, name, role)
    print(f"{email} can log in at {settings.console.url}/login?tenant={tenant}")


@app.command("password")
def password(email: _Email, tenant: _Tenant) -> None:
    """Give a user another password, read from standard input; their sessions end."""
    with owner(load()) as connection:
        tenant_id = tenant_of(connection, tenant, operator=False)
        user = connection.execute(_USER, {"id": tenant_id, "key": email_key(email)}).first()
        if user is None:
            fail(f"{tenant} has no user {email!r}")
        new, before = hash_password(read_password(email)), user.password_hash
        users.set_password(connection, tenant_id, user.id, password_hash=new, before=before, by=None)
    print(f"{email} has a new password; sessions with the old one have ended")


@app.command("import")
def import_users(
    file: Annotated[Path, typer.Argument(help=f"CSV in UTF-8, with a first line of {', '.join(COLUMNS)}.")],
    tenant: _Tenant,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Add users from a file, and change the roles of those who are there. `role` is admin, case_manager, staff or
    client; without it, client. They set a password by "Forgot your password?". Exit code 1 if a line was refused."""
    settings = load()
    with owner(settings) as connection:
        tenant_id = tenant_of(connection, tenant, operator=False)
    rows = csv_list.read(file, COLUMNS, ("name", "email"))
    lines = csv_list.run(settings, tenant_id, rows, partial(_put, tenant_id), name="email", dry=dry_run)
    raise typer.Exit(csv_list.report(lines, dry=dry_run, as_json=as_json))


def _put(tenant_id: UUID, connection: Connection, values: dict[str, str]) -> tuple[str, str]:
    """Adds or changes one user; returns the outcome, and why it was refused."""
    address = plain_address(values["email"])
    if not address:
        return REFUSED, "That is not one plain email address, such as ann@example.org."
    if not 0 < len(values["name"]) <= users.LONGEST_NAME:
        return REFUSED, f"A name has 1 to {users.LONGEST_NAME} characters."
    try:
        role = Role((values["role"] or Role.CLIENT).lower().replace(" ", "_"))
    except ValueError:
        return REFUSED, f"{values['role']!r} is no role: {', '.join(Role)}."
    there = connection.execute(_USER, {"id": tenant_id, "key": email_key(address)}).first()
    if there is None:
        added = users.add(connection, tenant_id, name=values["name"], email=address, role=role, by=None)
        return (REFUSED, added.words) if isinstance(added, Refusal) else (CREATED, "")
    if there.role == role:
        return UNCHANGED, ""
    refusal = users.change(connection, tenant_id, there.id, by=None, role=role)
    return (REFUSED, refusal.words) if refusal else (CHANGED, "")
