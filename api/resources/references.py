"""Finds the rows that a request names."""

from uuid import UUID

from sqlalchemy import Connection, text

from api.web.fields import UserRef
from api.web.problems import ProblemError
from cases.people import directory, external_ids

_USER = text("select id from users where id = :id")


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
