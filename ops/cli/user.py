"""`casemail user`: the people of a tenant."""

from typing import Annotated

import typer
from sqlalchemy import text

from cases.addresses.compare import email_key
from cases.people import users
from console.account.passwords import hash_password
from ops.cli.errors import fail
from ops.cli.owner import create_user, owner, read_password
from ops.cli.tenants import tenant_of
from schemas.settings import load
from schemas.tables import Role

_USER = text("select id, password_hash from users where tenant_id = :id and email_key = :key")

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
