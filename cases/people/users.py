"""Adds a user, changes their role, archives or reactivates them, and sets their password."""

from uuid import UUID

from sqlalchemy import Connection, text

from cases import audit
from cases.addresses.compare import email_key
from cases.outgoing import account_letters
from cases.outgoing.account_letters import Event
from cases.people import external_ids
from cases.people.aliases import OURS, TAKEN
from cases.refusal import FieldRefusal, Refusal
from schemas.tables import Role, new_id
from schemas.visible_text import is_blank

#: SQL that locks the tenant's active admins, so that two of them can't leave at the same moment. Does not block mail.
ADMINS = text(
    "select id from users where tenant_id = :tenant_id and role = 'admin' and active order by id for no key update"
)
_USER = text("select role, active, email = '' as erased from users where id = :user_id for no key update")
_CHANGE = text("update users set role = :role, active = :active where id = :user_id")

_RENAME = text("update users set name = :name where id = :user_id and name <> :name")
_DOMAIN = text("select 1 from tenants where mail_domain = :domain")
_ADD = text("""
insert into users (id, tenant_id, name, email, email_key, role, active, password_hash, created_at, external_id)
select :id, :tenant_id, :name, :email, cast(:key as text), :role, true, :password_hash, now(), :external_id
where not exists (
    select 1 from email_aliases
    where tenant_id = :tenant_id and email_key = cast(:key as text) and confirmed_at is not null)
on conflict (tenant_id, email_key) do nothing returning id
""")
_PASSWORD = text("update users set password_hash = :password_hash where id = :user_id and password_hash = :before")

#: The longest name of a person, in characters.
LONGEST_NAME = 200
#: Why a user can't be archived or reactivated, or their role be changed, in words.
ERASED = "This person was erased on request: nobody can take that back."
LAST_ADMIN = "This is the last active admin: make somebody else an admin first."


def change(
    connection: Connection,
    tenant_id: UUID,
    user_id: UUID,
    *,
    by: UUID | None,
    role: Role | None = None,
    active: bool | None = None,
) -> Refusal | None:
    """Changes a user's role, and archives or reactivates them; None leaves role or state as it is.
    `by` is None for the operator of casemail.

    Returns why it was refused, or None. Raises `LookupError` when the tenant has no such user.
    """
    admins = set(connection.execute(ADMINS, {"tenant_id": tenant_id}).scalars())
    before = connection.execute(_USER, {"user_id": user_id}).first()
    if before is None:
        raise LookupError(f"this tenant has no user {user_id}")
    role = Role(before.role) if role is None else role
    active = before.active if active is None else active
    if before.erased:
        return Refusal(ERASED)
    if admins == {user_id} and not (active and role is Role.ADMIN):
        return Refusal(LAST_ADMIN)
    connection.execute(_CHANGE, {"user_id": user_id, "role": role, "active": active})
    acts = []
    if before.role != role:
        account_letters.post(connection, tenant_id, user_id, Event.ROLE, before=_words(before.role), after=_words(role))
        acts.append(audit.Act(tenant_id, by, "user.role", user_id, {"from": before.role, "to": role}))
    if before.active != active:
        acts.append(audit.Act(tenant_id, by, "user.reactivated" if active else "user.archived", user_id))
    audit.record(connection, acts)
    return None


def add(
    connection: Connection,
    tenant_id: UUID,
    *,
    name: str,
    email: str,
    role: Role,
    by: UUID | None,
    password_hash: str = "",
    external_id: str = "",
) -> UUID | Refusal:
    """Adds a user with a plain `email`, and returns their id or why it was refused. `external_id` is their id in the
    tenant's own application, if they have one.

    Without a password they can't log in. `by` is None for the operator of casemail.
    """
    key = email_key(email)
    if connection.execute(_DOMAIN, {"domain": key.rpartition("@")[2]}).first():
        return FieldRefusal(OURS, field="email")
    if refused := external_ids.check(connection, "users", external_id):
        return refused
    values = {"id": new_id(), "tenant_id": tenant_id, "name": name, "email": email, "key": key, "role": role}
    values["external_id"] = external_id
    user_id: UUID | None = connection.execute(_ADD, values | {"password_hash": password_hash}).scalar()
    if user_id is None:
        return FieldRefusal(TAKEN, field="email")
    audit.record(connection, [audit.Act(tenant_id, by, "user.added", user_id, {"role": role})])
    return user_id


def rename(connection: Connection, tenant_id: UUID, user_id: UUID, name: str, *, by: UUID | None) -> Refusal | None:
    """Changes the name of a user, with an entry in the audit. Returns why it was refused, or None.

    Raises `LookupError` when the tenant has no such user.
    """
    before = connection.execute(_USER, {"user_id": user_id}).first()
    if before is None:
        raise LookupError(f"this tenant has no user {user_id}")
    if before.erased:
        return Refusal(ERASED)
    if is_blank(name) or len(name) > LONGEST_NAME:
        return FieldRefusal(f"A name has 1 to {LONGEST_NAME} characters.", field="name")
    if connection.execute(_RENAME, {"user_id": user_id, "name": name}).rowcount:
        audit.record(connection, [audit.Act(tenant_id, by, "user.renamed", user_id)])
    return None


def set_password(
    connection: Connection, tenant_id: UUID, user_id: UUID, *, password_hash: str, before: str, by: UUID | None
) -> bool:
    """Sets a user's password, which ends their sessions. Returns False when the password hash is no longer `before`."""
    values = {"user_id": user_id, "password_hash": password_hash, "before": before}
    if not connection.execute(_PASSWORD, values).rowcount:
        return False
    audit.record(connection, [audit.Act(tenant_id, by, "user.password", user_id)])
    account_letters.post(connection, tenant_id, user_id, Event.PASSWORD)
    return True


def _words(role: str) -> str:
    return role.replace("_", " ")
