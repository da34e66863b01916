"""Finds the rows that a request names."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from api.services import Caller
from api.web.fields import UserRef
from api.web.problems import ProblemError
from cases.people import directory, external_ids
from cases.people.directory import may_validate
from schemas.tables import Role

_USER = text("select id from users where id = :id")
_PERSON = text("select id, name, role, active from users where id = :id")


def user_id(connection: Connection, named: UserRef, field: str) -> UUID:
    """Returns the id of a user whom `field` of the request names. Raises `ProblemError` (422) if there is none."""
    found: UUID | None = None
    if named.id is not None:
        found = connection.execute(_USER, {"id": named.id}).scalar()
    elif named.external_id is not None:
        found = external_ids.find(connection, "users", [named.external_id]).get(named.external_id)
    elif named.email is not None and (person := directory.find(connection, named.email)):
        found = person.id
    if found is None:
        words = "There is no such person."
        raise ProblemError(422, f"{field}: {words}", {field: words})
    return found


def decider(connection: Connection, caller: Caller, named: UserRef | None) -> Row[Any]:
    """Returns `id`, `name` and `role` of the person who decides: whom `by` names, or the admin who created the token.

    Raises `ProblemError` (422) for somebody who may not decide.
    """
    person_id = user_id(connection, named, "by") if named else caller.by
    person = connection.execute(_PERSON, {"id": person_id}).first()
    if person is None or not person.active or not may_validate(Role(person.role)):
        words = "Name an active admin or case manager who decides."
        raise ProblemError(422, f"by: {words}", {"by": words})
    return person
