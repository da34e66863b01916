"""`casemail tenant ...` and `casemail user ...`: customers, and the people who log in for them.

They work as the owner of the tables (CASEMAIL_OWNER_DATABASE_URL): no role of the running system may make a tenant.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Connection, create_engine, insert, text
from sqlalchemy.exc import IntegrityError

from cases import audit
from cases.addresses import mail_domain
from cases.addresses.compare import email_key, plain_address
from cases.audit import Act
from cases.outgoing.mime import one_line
from cases.people import users
from cases.refusal import Refusal
from console.account.passwords import hash_password, problem
from ops.cli.mail_parse import visible
from schemas.settings import Settings
from schemas.tables import OPERATOR, Role, Tenant, core, new_id

#: A short name stands in commands, links and metrics.
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)

_TENANTS = text("""
select t.slug, t.name, t.mail_domain, t.active,
    (select count(*) from users u where u.tenant_id = t.id and u.active) as people
from tenants t where t.id <> :operator order by t.slug
""")
_TENANT = text("select id from tenants where slug = :slug and id <> :operator")
_ACTIVE = text("update tenants set active = :active where id = :id")
_LOG_INS = text("select count(*) from users where active and split_part(email_key, '@', -1) = :domain")
_USER = text("select id, password_hash from users where tenant_id = :id and email_key = :key")


class RefusedError(Exception):
    """It can't be done; the message says why, and what to do."""


def add_tenant(settings: Settings, slug: str, name: str, domain: str, admin: str, admin_name: str) -> None:
    """Makes a tenant with its first admin, whose password is read from standard input. Raises RefusedError."""
    if not _SLUG.fullmatch(slug):
        raise RefusedError(f"{slug!r} is no short name: give small letters, digits and hyphens, such as harbour-law")
    wanted = mail_domain.plain(domain)
    if not wanted:
        raise RefusedError(f"{domain!r} is not a domain")
    tenant_id = new_id()
    with _owner(settings) as connection:
        if users := connection.execute(_LOG_INS, {"domain": wanted}).scalar_one():
            raise RefusedError(
                f"{users} people log in with addresses in {wanted}: who has a case address there could sign up "
                f"elsewhere as one of them. Use a domain for mail alone, such as cases.{wanted}"
            )
        try:
            row = Tenant(id=tenant_id, slug=slug, name=name, mail_domain=wanted).model_dump()
            connection.execute(insert(core(Tenant)), row)
        except IntegrityError:
            raise RefusedError(f"there is a tenant {slug!r} already") from None
        _add_user(connection, tenant_id, admin, admin_name, Role.ADMIN)
        audit.record(connection, [Act(tenant_id, None, "tenant.added", tenant_id, {"slug": slug})])
    print(f"{slug} is there; {admin} can log in at {settings.console.url}/login?tenant={slug}")
    print(f"mail for {wanted} must be delivered to casemail")


def show_tenants(settings: Settings) -> None:
    """Prints the tenants, a line for each."""
    with _owner(settings) as connection:
        for row in connection.execute(_TENANTS, {"operator": OPERATOR}):
            off = "" if row.active else "  (off)"
            print(visible(f"{row.slug}  {one_line(row.name)}  {row.mail_domain}  {row.people} people{off}"))


def switch_tenant(settings: Settings, slug: str, *, active: bool) -> None:
    """Lets the people of a tenant log in, and its mail post, or not. Raises RefusedError."""
    with _owner(settings) as connection:
        tenant_id = _tenant(connection, slug)
        connection.execute(_ACTIVE, {"id": tenant_id, "active": active})
        act = Act(tenant_id, None, "tenant.activated" if active else "tenant.deactivated", tenant_id)
        audit.record(connection, [act])
    print(f"{slug} is {'on' if active else 'off'}")


def add_user(settings: Settings, slug: str, email: str, name: str, role: Role) -> None:
    """Makes a user, whose password is read from standard input. Raises RefusedError."""
    with _owner(settings) as connection:
        _add_user(connection, _tenant(connection, slug), email, name, role)
    print(f"{email} can log in at {settings.console.url}/login?tenant={slug}")


def set_password(settings: Settings, slug: str, email: str) -> None:
    """Gives a user another password, read from standard input; all their sessions end. Raises RefusedError."""
    with _owner(settings) as connection:
        tenant_id = _tenant(connection, slug)
        user = connection.execute(_USER, {"id": tenant_id, "key": email_key(email)}).first()
        if user is None:
            raise RefusedError(f"{slug} has no user {email!r}")
        new, before = hash_password(_password(email)), user.password_hash
        users.set_password(connection, tenant_id, user.id, password_hash=new, before=before, by=None)
    print(f"{email} has a new password; sessions with the old one have ended")


@contextmanager
def _owner(settings: Settings) -> Iterator[Connection]:
    engine = create_engine(settings.database.owner_url or settings.database.url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _tenant(connection: Connection, slug: str) -> UUID:
    tenant_id: UUID | None = connection.execute(_TENANT, {"slug": slug, "operator": OPERATOR}).scalar()
    if tenant_id is None:
        raise RefusedError(f"there is no tenant {slug!r}; `casemail tenant list` shows all")
    return tenant_id


def _add_user(connection: Connection, tenant_id: UUID, email: str, name: str, role: Role) -> None:
    address = plain_address(email)
    if not address:
        raise RefusedError(f"{email!r} is not one plain email address, such as ann@example.org")
    password_hash = hash_password(_password(address))
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
        raise RefusedError(f"{address}: {added}")


def _password(email: str) -> str:
    if sys.stdin.isatty():
        import getpass  # noqa: PLC0415  # only where somebody types

        password = getpass.getpass(f"Password of {email}: ")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if why := problem(password, email):
        raise RefusedError(f"{why} It is read from standard input.")
    return password
