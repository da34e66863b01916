"""SQL of the account pages on tenants and users."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from storage import tenants
from storage.database import Database

_NO_TENANT = UUID(int=0)

_BY_EMAIL = text("select id, password_hash from users where email_key = :key and active")
# locks the row until the session is written: a password change in between would miss the session that it must end
_HAS_PASSWORD = text("select 1 from users where id = :user_id and active and password_hash = :hash for share")
_LOGGED_IN = text("select 1 from audit where subject_id = :user_id and act = 'user.logged_in' limit 1")
_ACTIVE_USER = text("""
select u.id, u.name, u.email, u.password_hash, t.slug, t.name as tenant_name
from users u join tenants t on t.id = u.tenant_id where u.id = :user_id and u.active and t.active
""")


def find_user(database: Database, slug: str, key: str) -> tuple[UUID, UUID | None, str]:
    """Returns the tenant with this slug, its active user with this `email_key`, and the user's password hash.

    Without such a user, the user is None and the hash empty. Without such a tenant its id is zero, and the function
    still makes both look-ups, to take the same time.
    """
    with database.system() as connection:
        tenant_id = tenants.find_active(connection, slug) or _NO_TENANT
    with database.tenant(tenant_id) as connection:
        # text that is not an address has the empty key, like erased users; "-" finds nobody
        row = connection.execute(_BY_EMAIL, {"key": key or "-"}).first()
    return (tenant_id, row.id, row.password_hash) if row else (tenant_id, None, "")


def has_password(connection: Connection, user_id: UUID, password_hash: str) -> bool:
    """Returns whether the user is active and still has this password; it can't change until the transaction ends."""
    return connection.execute(_HAS_PASSWORD, {"user_id": user_id, "hash": password_hash}).first() is not None


def has_logged_in(connection: Connection, user_id: UUID) -> bool:
    """Returns whether the user has logged in before."""
    return connection.execute(_LOGGED_IN, {"user_id": user_id}).first() is not None


def active_user(connection: Connection, user_id: UUID) -> Row[Any] | None:
    """Returns an active user with password hash, and slug and name of the tenant; None if there is no such user."""
    return connection.execute(_ACTIVE_USER, {"user_id": user_id}).first()
