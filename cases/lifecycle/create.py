"""Creates a case: by the form, the commands and the API alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from cases import audit
from cases.addresses.tokens import Keys
from cases.lifecycle import numbers
from cases.people import assignment, external_ids, members
from cases.refusal import FieldRefusal
from schemas.tables import new_id, now
from schemas.visible_text import is_blank

#: The longest title and the longest type of a case, in characters, and the most members that it is created with.
LONGEST_TITLE, LONGEST_KIND, MOST_MEMBERS = 200, 60, 100
#: How many numbers of the pattern are tried, if people have used some before.
_TRIES = 100

_MANAGER = text("select 1 from users where id = :id and tenant_id = :tenant_id and active and role <> 'client'")
_INSERT = text("""
insert into cases (id, tenant_id, number, title, kind, external_id, manager_id, open, created_at, last_update_at)
select :id, :tenant_id, cast(:number as text), :title, :kind, :external_id, :manager_id, true, :at, :at
where not exists (select from cases where tenant_id = :tenant_id and lower(number) = lower(cast(:number as text)))
on conflict (tenant_id, number) do nothing returning id
""")


@dataclass(frozen=True)
class NewCase:
    """A case to be created. Without a `number` it gets the next one. `members` are email addresses of clients.

    `external_id` is its id in the tenant's own application, if it has one.
    """

    title: str
    manager_id: UUID
    kind: str = ""
    number: str = ""
    members: Sequence[str] = field(default_factory=tuple)
    external_id: str = ""


def check(title: str, kind: str) -> FieldRefusal | None:
    """Returns why a case can't have this title or type, or None."""
    if is_blank(title) or len(title) > LONGEST_TITLE:
        return FieldRefusal(f"A title has 1 to {LONGEST_TITLE} characters.", field="title")
    if len(kind) > LONGEST_KIND:
        return FieldRefusal(f"A type has at most {LONGEST_KIND} characters.", field="kind")
    return None


def create(
    connection: Connection, keys: Keys, tenant_id: UUID, new: NewCase, *, by: UUID | None
) -> UUID | FieldRefusal:
    """Creates a case in the scope of the tenant, with an entry in the audit. Its manager and members are notified.

    `keys` are `Settings.secrets.address_keys`, `by` is None for the operator. Returns the id of the case, or why it was
    refused: then nothing was written.
    """
    with connection.begin_nested() as savepoint:
        made = _first_problem(connection, tenant_id, new) or _create(connection, keys, tenant_id, new, by)
        if isinstance(made, FieldRefusal):
            savepoint.rollback()
    return made


def _first_problem(connection: Connection, tenant_id: UUID, new: NewCase) -> FieldRefusal | None:
    if refused := check(new.title, new.kind):
        return refused
    if new.number and (problem := numbers.number_problem(new.number)):
        return FieldRefusal(problem, field="number")
    if connection.execute(_MANAGER, {"id": new.manager_id, "tenant_id": tenant_id}).first() is None:
        return FieldRefusal("Choose somebody who works here and is active.", field="manager_id")
    if refused := external_ids.check(connection, "cases", new.external_id):
        return refused
    if len(new.members) > MOST_MEMBERS:
        return FieldRefusal(f"A new case has at most {MOST_MEMBERS} members; add more afterwards.", field="members")
    return None


def _create(connection: Connection, keys: Keys, tenant_id: UUID, new: NewCase, by: UUID | None) -> UUID | FieldRefusal:
    case_id = _insert(connection, tenant_id, new, now())
    if case_id is None:
        return FieldRefusal(f"There is a case {new.number} already.", field="number")
    audit.record(connection, [audit.Act(tenant_id, by, "case.created", case_id, {"manager": str(new.manager_id)})])
    assignment.notify(connection, keys, case_id, new.manager_id, by=by)
    for email in new.members:
        if refusal := members.add(connection, keys, case_id, email, by=by):
            return FieldRefusal(f"{email}: {refusal}", field="members")
    return case_id


def _insert(connection: Connection, tenant_id: UUID, new: NewCase, at: datetime) -> UUID | None:
    """Returns the id of the new case; None if its number is taken."""
    values = {"id": new_id(), "tenant_id": tenant_id, "title": new.title, "kind": new.kind, "at": at}
    values["external_id"] = new.external_id
    values["manager_id"] = new.manager_id
    for _ in range(1 if new.number else _TRIES):
        number = new.number or numbers.next_number(connection, tenant_id, at)
        case_id: UUID | None = connection.execute(_INSERT, {**values, "number": number}).scalar()
        if case_id:
            return case_id
    if new.number:
        return None
    raise LookupError(f"the next {_TRIES} numbers of tenant {tenant_id} are taken")
