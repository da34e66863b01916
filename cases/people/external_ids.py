"""The ids that cases and users have in the tenant's own application: unique in the tenant for each kind."""

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, text

from cases.refusal import FieldRefusal

#: The longest external id, in characters.
LONGEST = 200

Kind = Literal["cases", "users"]

_FIND = {
    "cases": text("select external_id, id from cases where external_id <> '' and external_id = any(:external_ids)"),
    "users": text("select external_id, id from users where external_id <> '' and external_id = any(:external_ids)"),
}
_LINK = {
    "cases": text("update cases set external_id = :external_id where id = :id and external_id <> :external_id"),
    "users": text("update users set external_id = :external_id where id = :id and external_id <> :external_id"),
}


def find(connection: Connection, kind: Kind, external_ids: Sequence[str]) -> Mapping[str, UUID]:
    """Returns our id for each of these external ids that is known, in the scope of the tenant."""
    rows = connection.execute(_FIND[kind], {"external_ids": list(external_ids)})
    return {row.external_id: row.id for row in rows}


def check(connection: Connection, kind: Kind, external_id: str, of: UUID | None = None) -> FieldRefusal | None:
    """Returns why the row `of` (None: a new one) can't have this external id, or None."""
    if len(external_id) > LONGEST:
        return FieldRefusal(f"An external id has at most {LONGEST} characters.", field="external_id")
    other = find(connection, kind, [external_id]).get(external_id) if external_id else None
    if other not in {None, of}:
        return FieldRefusal("Another one has that external id already.", field="external_id")
    return None


def link(connection: Connection, kind: Kind, row_id: UUID, external_id: str) -> FieldRefusal | None:
    """Gives a row this external id; empty takes it away. Returns why it was refused, or None."""
    if refused := check(connection, kind, external_id, row_id):
        return refused
    connection.execute(_LINK[kind], {"id": row_id, "external_id": external_id})
    return None
