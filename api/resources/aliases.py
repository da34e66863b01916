"""Further addresses of people. One counts from when its owner opens the link that is mailed to it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Connection, text

from api.services import Caller, needs
from api.web.fields import Body, Line
from api.web.problems import ProblemError, no_such, of_refusal
from cases.addresses.compare import plain_address
from cases.people import aliases

router = APIRouter(tags=["people"])

_PERSON = text("select 1 from users where id = :id")
_LIST = text("select id, email, confirmed_at from email_aliases where user_id = :id order by added_at, id")


class Alias(BaseModel):
    """A further address of a person; without `confirmed_at` it does not count yet."""

    id: UUID
    email: str
    confirmed_at: datetime | None


class Aliases(BaseModel):
    """All further addresses of a person."""

    data: list[Alias]


class AliasToAdd(Body):
    """A further address."""

    email: Annotated[Line, Field(min_length=3, max_length=320)]


@router.get("/people/{person_id:uuid}/aliases", response_model=Aliases)
def list_aliases(caller: Annotated[Caller, needs("people:read")], person_id: UUID) -> Aliases:
    """Lists the further addresses of a person."""
    with caller.tenant() as connection:
        _check(connection, person_id)
        rows = connection.execute(_LIST, {"id": person_id}).all()
    return Aliases(data=[Alias(**row._mapping) for row in rows])


@router.post("/people/{person_id:uuid}/aliases", status_code=202, response_model=Aliases)
def add_alias(caller: Annotated[Caller, needs("people:write")], person_id: UUID, asked: AliasToAdd) -> Aliases:
    """Mails a link to a further address of a person; it counts when the link is opened."""
    email = plain_address(asked.email)
    if not email:
        words = "Write one plain email address, such as ann@example.org."
        raise ProblemError(422, words, {"email": words})
    with caller.tenant() as connection:
        _check(connection, person_id)
        # the links of a day are counted for who asks: the person themselves, where the operator made the token
        by = caller.by or person_id
        if refusal := aliases.ask(connection, caller.tenant_id, person_id, email, by=by, tell_taken=True):
            raise of_refusal(refusal, "email")
        rows = connection.execute(_LIST, {"id": person_id}).all()
    return Aliases(data=[Alias(**row._mapping) for row in rows])


@router.delete("/people/{person_id:uuid}/aliases/{alias_id:uuid}", status_code=204)
def remove_alias(caller: Annotated[Caller, needs("people:write")], person_id: UUID, alias_id: UUID) -> None:
    """Removes a further address: email from it no longer counts as the person's. Does nothing if it is gone."""
    with caller.tenant() as connection:
        _check(connection, person_id)
        aliases.remove(connection, caller.tenant_id, person_id, alias_id, by=caller.by)


def _check(connection: Connection, person_id: UUID) -> None:
    if connection.execute(_PERSON, {"id": person_id}).first() is None:
        raise no_such("person")
