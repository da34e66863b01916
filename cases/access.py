"""Access groups as an admin sets them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, insert, text, update

from cases import audit
from cases.directory import may_validate
from schemas.tables import AccessGroup, Role, core, new_id, now

#: Longest name, in characters.
MAX_NAME = 60
#: Roles that see the updates of every group, and post in it: who validates must see what waits.
ALWAYS = tuple(role for role in Role if may_validate(role))

_GROUPS = core(AccessGroup)
# two who change groups of a tenant at once come one after the other
_LOCK = text("select id from tenants where id = :tenant_id for no key update")
_READ = text("select * from access_groups where tenant_id = :tenant_id order by not is_default, lower(name)")
_NO_DEFAULT = text("update access_groups set is_default = false where tenant_id = :tenant_id and is_default")
_ADD = insert(_GROUPS)
_SAVE = update(_GROUPS).where(_GROUPS.c.id == bindparam("group_id"))


@dataclass(frozen=True)
class Group:
    """What an admin sets of an access group; the roles in `ALWAYS` are in both tuples, whatever is given."""

    name: str
    require_validation: bool
    refresh_last_update: bool
    include_in_documents: bool
    may_post: tuple[Role, ...]
    may_see: tuple[Role, ...]
    is_default: bool


def read(connection: Connection, tenant_id: UUID) -> Sequence[Row[Any]]:
    """The groups of the tenant, its default first."""
    return connection.execute(_READ, {"tenant_id": tenant_id}).all()


def save(connection: Connection, tenant_id: UUID, group_id: UUID | None, group: Group, *, by: UUID) -> str:
    """Writes a group, a new one if `group_id` is None; returns why not, in words, or nothing.

    The default is given up only by making another group the default. What was posted stays as it was posted. Raises
    `LookupError` when the tenant has no such group.
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
        return f"Give the group a name of at most {MAX_NAME} characters."
    if any(row.name.lower() == group.name.lower() for row in groups.values() if row.id != group_id):
        return "There is a group of that name already."
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
    return ""


def _roles(given: Sequence[Role]) -> list[str]:
    return [role.value for role in Role if role in given or role in ALWAYS]


def _changes(before: Row[Any] | None, values: dict[str, Any]) -> dict[str, str]:
    """What is set, or for a group that was there, what is changed, in words."""
    if before is None:
        return {name: _words(value) for name, value in values.items()}
    was = before._mapping
    return {name: f"{_words(was[name])} to {_words(value)}" for name, value in values.items() if was[name] != value}


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(value) or "nobody" if isinstance(value, list) else str(value)
