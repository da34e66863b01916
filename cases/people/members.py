"""The members of a case: the clients who see it and may post on it. Staff need no membership."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases import audit
from cases.addresses.tokens import Keys
from cases.people import assignment, directory
from cases.refusal import Refusal
from schemas.tables import Role

# locked, so that two transactions can't change the members of a case at once
_CASE = text("select tenant_id from cases where id = :case_id for no key update")
_MEMBERS = text("""
select u.id, u.name, u.email, u.active from case_members m join users u on u.id = m.user_id
where m.case_id = :case_id order by lower(u.name), u.id
""")
_CANDIDATES = text("""
select u.name, u.email from users u where u.role = 'client' and u.active
  and not exists (select 1 from case_members m where m.case_id = :case_id and m.user_id = u.id)
order by lower(u.name), u.id limit :most
""")
_ADD = text("""
insert into case_members (case_id, user_id, tenant_id) values (:case_id, :user_id, :tenant_id)
on conflict (case_id, user_id) do nothing returning user_id
""")
_REMOVE = text("delete from case_members where case_id = :case_id and user_id = :user_id returning user_id")


def of_case(connection: Connection, case_id: UUID) -> Sequence[Row[Any]]:
    """Returns `id`, `name`, `email` and `active` of each member of a case; an archived member can't see it or post."""
    return connection.execute(_MEMBERS, {"case_id": case_id}).all()


def candidates(connection: Connection, case_id: UUID, most: int) -> Sequence[Row[Any]]:
    """Returns `name` and `email` of up to `most` active clients who are not members, for a list to choose from."""
    return connection.execute(_CANDIDATES, {"case_id": case_id, "most": most}).all()


def add(connection: Connection, keys: Keys, case_id: UUID, email: str, *, by: UUID | None) -> Refusal | None:
    """Makes the client with this email address a member, with an entry in the audit, and notifies them by mail.

    Does nothing when they are a member already. Returns why it was refused, or None. Raises `LookupError` when this
    tenant has no such case.
    """
    tenant_id = _lock(connection, case_id)
    person = directory.find(connection, email)
    if person is None:
        return Refusal("Nobody here has that address.")
    if person.role is not Role.CLIENT:
        return Refusal(f"{person.name} works here, and sees every case.")
    if not person.active:
        return Refusal(f"The account of {person.name} is archived: reactivate it first.")
    values = {"case_id": case_id, "user_id": person.id, "tenant_id": tenant_id}
    if connection.execute(_ADD, values).first() is not None:
        details = {"member": str(person.id)}
        audit.record(connection, [audit.Act(tenant_id, by, "case.member_added", case_id, details)])
        assignment.notify(connection, keys, case_id, person.id, by=by)
    return None


def remove(connection: Connection, case_id: UUID, user_id: UUID, *, by: UUID | None) -> None:
    """Removes a member from the case, with an entry in the audit: from now on they can't see it or post on it.

    Does nothing when they are not a member. Raises `LookupError` as `add` does.
    """
    tenant_id = _lock(connection, case_id)
    if connection.execute(_REMOVE, {"case_id": case_id, "user_id": user_id}).first() is not None:
        details = {"member": str(user_id)}
        audit.record(connection, [audit.Act(tenant_id, by, "case.member_removed", case_id, details)])


def _lock(connection: Connection, case_id: UUID) -> UUID:
    tenant_id = connection.execute(_CASE, {"case_id": case_id}).scalar()
    if tenant_id is None:
        raise LookupError(f"this tenant has no case {case_id}")
    assert isinstance(tenant_id, UUID)
    return tenant_id
