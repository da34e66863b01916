"""The access groups of a tenant: which roles see the updates of a group, and which may post in it. Set by admins."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, insert, text, update

from cases import audit
from cases.people.directory import may_validate
from cases.refusal import Refusal
from schemas.tables import AccessGroup, Role, core, new_id, now

#: The longest name of a group, in characters.
MAX_NAME = 60
#: Roles that may see and post in every group: people who validate must see the updates that wait.
ALWAYS = tuple(role for role in Role if may_validate(role))

_GROUPS = core(AccessGroup)
# locked, so that two transactions can't change the groups of a tenant at once
_LOCK = text("select id from tenants where id = :tenant_id for no key update")
_READ = text("select * from access_groups where tenant_id = :tenant_id order by not is_default, lower(name)")
_NO_DEFAULT = text("update access_groups set is_default = false where tenant_id = :tenant_id and is_default")
_LOCK_GROUP = text("select id from access_groups where id = :id for update")
_COUNT = text("""
select g.id, (select count(*) from updates u where u.access_group_id = g.id) as updates
from access_groups g where g.tenant_id = :tenant_id and not g.is_default
""")
_MOVE = text("update updates set access_group_id = :into where access_group_id = :id")
_REMOVE = text("delete from access_groups where id = :id")
_ADD = insert(_GROUPS)
_SAVE = update(_GROUPS).where(_GROUPS.c.id == bindparam("group_id"))


@dataclass(frozen=True)
class GroupSettings:
    """The settings of an access group. The roles in `ALWAYS` are added to `may_post` and `may_see`."""

    name: str
    require_validation: bool
    refresh_last_update: bool
    include_in_documents: bool
    may_post: tuple[Role, ...]
    may_see: tuple[Role, ...]
    is_default: bool


def read(connection: Connection, tenant_id: UUID) -> Sequence[Row[Any]]:
    """Returns the groups of the tenant, the default group first."""
    return connection.execute(_READ, {"tenant_id": tenant_id}).all()


def save(
    connection: Connection, tenant_id: UUID, group_id: UUID | None, group: GroupSettings, *, by: UUID
) -> Refusal | None:
    """Saves a group, or adds a new group if `group_id` is None. Returns why it was refused, or None.

    The default group stays the default until another group becomes it. A change of who may see the group applies to all
    its updates; *Refresh Last Update?* and *Include In Documents?* apply to later updates only. Raises `LookupError`
    when the tenant has no such group.
    """
    connection.execute(_LOCK, {"tenant_id": tenant_id})
    groups = {row.id: row for row in read(connection, tenant_id)}
    if group_id is not None and group_id not in groups:
        raise LookupError(f"this tenant has no access group {group_id}")
    before = groups.get(group_id) if group_id else None
    values = asdict(group) | {"may_post": _roles(group.may_post), "may_see": _roles(group.may_see)}
    if before is not None and before.is_default:
        values["is_default"] = True
    if not 0 < len(group.name) <= MAX_NAME:
        return Refusal(f"Give the group a name of at most {MAX_NAME} characters.")
    if any(row.name.lower() == group.name.lower() for row in groups.values() if row.id != group_id):
        return Refusal("There is a group of that name already.")
    if values["is_default"]:
        connection.execute(_NO_DEFAULT, {"tenant_id": tenant_id})
    subject_id = group_id or new_id()
    if before is None:
        connection.execute(_ADD, {**values, "id": subject_id, "tenant_id": tenant_id, "created_at": now()})
    else:
        connection.execute(_SAVE, {"group_id": group_id, **values})
    if changes := _changes(before, values):
        act = "access_group.changed" if before else "access_group.added"
        audit.record(connection, [audit.Act(tenant_id, by, act, subject_id, changes)])
    return None


def counts(connection: Connection, tenant_id: UUID) -> dict[UUID, int]:
    """Returns how many updates are posted in each group except the default group."""
    return {row.id: row.updates for row in connection.execute(_COUNT, {"tenant_id": tenant_id})}


def narrower(group: Row[Any], groups: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Returns the groups to which the updates of `group` can move: the groups that show them to no further role."""
    return [other for other in groups if other.id != group.id and set(other.may_see) <= set(group.may_see)]


def remove(connection: Connection, tenant_id: UUID, group_id: UUID, into: UUID | None, *, by: UUID) -> Refusal | None:
    """Deletes a group, and moves its updates, if it has any, to the group `into`, which must be one of `narrower`.

    Returns why it was refused, or None. Raises `LookupError` when the tenant has no such group.
    """
    connection.execute(_LOCK, {"tenant_id": tenant_id})
    groups = {row.id: row for row in read(connection, tenant_id)}
    group = groups.get(group_id)
    if group is None:
        raise LookupError(f"this tenant has no access group {group_id}")
    if group.is_default:
        return Refusal("The default group can't be deleted: make another group the default first.")
    # from here on nothing can be posted in the group
    connection.execute(_LOCK_GROUP, {"id": group_id})
    updates = counts(connection, tenant_id).get(group_id, 0)
    if updates and into is None:
        words = f"There are {updates} updates in the group {group.name}: choose the group that they move to."
        return Refusal(words)
    if updates and into not in {other.id for other in narrower(group, list(groups.values()))}:
        return Refusal("Updates move only to a group that nobody sees who does not see them now.")
    details = {"name": group.name}
    if updates and into is not None:
        connection.execute(_MOVE, {"id": group_id, "into": into})
        details |= {"updates": str(updates), "moved to": groups[into].name}
    connection.execute(_REMOVE, {"id": group_id})
    audit.record(connection, [audit.Act(tenant_id, by, "access_group.removed", group_id, details)])
    return None


def _roles(given: Sequence[Role]) -> list[str]:
    return [role.value for role in Role if role in given or role in ALWAYS]


def _changes(before: Row[Any] | None, values: dict[str, Any]) -> dict[str, str]:
    """Returns the changed settings in words, by name; for a new group all settings."""
    if before is None:
        return {name: _words(value) for name, value in values.items()}
    was = before._mapping
    return {name: f"{_words(was[name])} to {_words(value)}" for name, value in values.items() if was[name] != value}


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(value) or "nobody" if isinstance(value, list) else str(value)
