"""The owner's connection, and how a user is created: shared by the commands for tenants and users.

They work as the owner of the tables (CASEMAIL_OWNER_DATABASE_URL): no role of the running system may create a tenant.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from uuid import UUID

from sqlalchemy import Connection, create_engine

from cases.addresses.compare import plain_address
from cases.people import users
from cases.refusal import Refusal
from console.account.passwords import hash_password, refusal
from ops.cli.errors import fail
from schemas.settings import Settings
from schemas.tables import Role
from storage.deadlines import ALIVE


@contextmanager
def owner(settings: Settings) -> Iterator[Connection]:
    """Yields a connection of the owner of the tables, with a transaction that is committed at the end."""
    engine = create_engine(
        settings.database.owner_url or settings.database.url, hide_parameters=True, connect_args=ALIVE
    )
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def create_user(connection: Connection, tenant_id: UUID, email: str, name: str, role: Role) -> None:
    """Creates a user, whose password is read from standard input; ends the command if the user can't be created."""
    address = plain_address(email)
    if not address:
        fail(f"{email!r} is not one plain email address, such as ann@example.org")
    password_hash = hash_password(read_password(address))
    added = users.add(
        connection,
        tenant_id,
        name=name or address,
        email=address,
        role=role,
        by=None,
        password_hash=password_hash,
    )
    if isinstance(added, Refusal):
        fail(f"{address}: {added}")


def read_password(email: str) -> str:
    """Reads a password for `email` from standard input; ends the command if the password is not acceptable."""
    password = getpass(f"Password of {email}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if why := refusal(password, email):
        fail(f"{why} It is read from standard input.")
    return password
