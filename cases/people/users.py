"""What is done with a user: add them, archive them, take them back, change their role, give them a password."""

from uuid import UUID

from sqlalchemy import Connection, text

from cases import audit
from cases.addresses.compare import email_key
from cases.outgoing import account_letters
from cases.outgoing.account_letters import Event
from cases.people.aliases import OURS, TAKEN
from schemas.tables import Role, new_id

#: The tenant's active admins, locked: two of them can't leave at the same moment. Mail goes on meanwhile.
ADMINS = text(
    "select id from users where tenant_id = :tenant_id and role = 'admin' and active order by id for no key update"
)
_USER = text("select role, active, email = '' as erased from users where id = :user_id for no key update")
_CHANGE = text("update users set role = :role, active = :active where id = :user_id")

_DOMAIN = text("select 1 from tenants where mail_domain = :domain")
_ADD = text("""
insert into users (id, tenant_id, name, email, email_key, role, active, password_hash, created_at)
select :id, :tenant_id, :name, :email, cast(:key as text), :role, true, :password_hash, now()
where not exists (
    select 1 from email_aliases
    where tenant_id = :tenant_id and email_key = cast(:key as text) and confirmed_at is not null)
on conflict (tenant_id, email_key) do nothing returning id
""")
_PASSWORD = text("update users set password_hash = :password_hash where id = :user_id and password_hash = :before")

#: Longest name of a person, in characters.
LONGEST_NAME = 200
#: Why somebody can't be archived, reactivated or made something else, in words.
ERASED = "This person was erased on request: nobody can take that back."
LAST_ADMIN = "This is the last active admin: make somebody else an admin first."


def change(
    connection: Connection,
    tenant_id: UUID,
    user_id: UUID,
    *,
    by: UUID,
    role: Role | None = None,
    active: bool | None = None,
) -> str:
    """Gives a user the role, archives or reactivates them; None changes nothing. Returns why not, in words, or nothing.

    Raises `LookupError` when the tenant has no such user.
    """
    admins = set(connection.execute(ADMINS, {"tenant_id": tenant_id}).scalars())
    before = connection.execute(_USER, {"user_id": user_id}).first()
    if before is None:
        raise LookupError(f"this tenant has no user {user_id}")
    role = Role(before.role) if role is None else role
    active = before.active if active is None else active
    if before.erased:
        return ERASED
    if admins == {user_id} and not (active and role is Role.ADMIN):
        return LAST_ADMIN
    connection.execute(_CHANGE, {"user_id": user_id, "role": role, "active": active})
    acts = []
    if before.role != role:
        account_letters.post(connection, tenant_id, user_id, Event.ROLE, before=_words(before.role), after=_words(role))
        acts.append(audit.Act(tenant_id, by, "user.role", user_id, {"from": before.role, "to": role}))
    if before.active != active:
        acts.append(audit.Act(tenant_id, by, "user.reactivated" if active else "user.archived", user_id))
    audit.record(connection, acts)
    return ""


def add(
    connection: Connection,
    tenant_id: UUID,
    *,
    name: str,
    email: str,
    role: Role,
    by: UUID | None,
    password_hash: str = "",
) -> tuple[UUID | None, str]:
    """Makes a user with a plain `email` and returns their id; or None and why not, in words.

    Without a password they can't log in; `by` is None for whoever runs casemail.
    """
    key = email_key(email)
    if connection.execute(_DOMAIN, {"domain": key.rpartition("@")[2]}).first():
        return None, OURS
    values = {"id": new_id(), "tenant_id": tenant_id, "name": name, "email": email, "key": key, "role": role}
    user_id: UUID | None = connection.execute(_ADD, values | {"password_hash": password_hash}).scalar()
    if user_id is None:
        return None, TAKEN
    audit.record(connection, [audit.Act(tenant_id, by, "user.added", user_id, {"role": role})])
    return user_id, ""


def set_password(
    connection: Connection, tenant_id: UUID, user_id: UUID, *, password_hash: str, before: str, by: UUID | None
) -> bool:
    """Gives a user another password, which ends their sessions; False when it is no longer `before` that they have."""
    values = {"user_id": user_id, "password_hash": password_hash, "before": before}
    if not connection.execute(_PASSWORD, values).rowcount:
        return False
    audit.record(connection, [audit.Act(tenant_id, by, "user.password", user_id)])
    account_letters.post(connection, tenant_id, user_id, Event.PASSWORD)
    return True


def _words(role: str) -> str:
    return role.replace("_", " ")
