"""What an admin does with a user: archive them, take them back, change their role."""

from uuid import UUID

from sqlalchemy import Connection, text

from cases import audit
from schemas.tables import Role

# the tenant's active admins are locked, so that two of them can't leave at the same moment; mail goes on meanwhile
_ADMINS = text(
    "select id from users where tenant_id = :tenant_id and role = 'admin' and active order by id for no key update"
)
_USER = text("select role, active from users where id = :user_id for no key update")
_CHANGE = text("update users set role = :role, active = :active where id = :user_id")

#: Why an admin can't be archived or made something else, in words.
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
    admins = set(connection.execute(_ADMINS, {"tenant_id": tenant_id}).scalars())
    before = connection.execute(_USER, {"user_id": user_id}).first()
    if before is None:
        raise LookupError(f"this tenant has no user {user_id}")
    role = Role(before.role) if role is None else role
    active = before.active if active is None else active
    if admins == {user_id} and not (active and role is Role.ADMIN):
        return LAST_ADMIN
    connection.execute(_CHANGE, {"user_id": user_id, "role": role, "active": active})
    acts = []
    if before.role != role:
        acts.append(audit.Act(tenant_id, by, "user.role", user_id, {"from": before.role, "to": role}))
    if before.active != active:
        acts.append(audit.Act(tenant_id, by, "user.reactivated" if active else "user.archived", user_id))
    audit.record(connection, acts)
    return ""
