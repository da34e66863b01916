"""The members of a case: the clients who see it, and may post on it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text

from api.resources import cases
from api.resources.references import user_id
from api.services import Caller, needs
from api.web.fields import UserRef
from api.web.problems import of_refusal
from cases.people import members

router = APIRouter(tags=["cases"])
_EMAIL = text("select email from users where id = :id")


class Member(BaseModel):
    """A client who is a member of a case; an archived one can't see it."""

    id: UUID
    name: str
    email: str
    active: bool


class Members(BaseModel):
    """All members of a case."""

    data: list[Member]


@router.get("/cases/{case_id:uuid}/members", response_model=Members)
def list_members(caller: Annotated[Caller, needs("cases:read")], case_id: UUID) -> Members:
    """Lists the members of a case by name."""
    with caller.tenant() as connection:
        cases.read(connection, caller, case_id)
        rows = members.of_case(connection, case_id)
    return Members(data=[Member(id=row.id, name=row.name, email=row.email, active=row.active) for row in rows])


@router.post("/cases/{case_id:uuid}/members", status_code=204)
def add_member(caller: Annotated[Caller, needs("cases:write")], case_id: UUID, asked: UserRef) -> None:
    """Makes a client a member of a case, and notifies them by email. Does nothing if they are a member already."""
    with caller.tenant() as connection:
        cases.read(connection, caller, case_id, lock=True)
        email = asked.email or connection.execute(_EMAIL, {"id": user_id(connection, asked, "id")}).scalar_one()
        if refusal := members.add(connection, caller.keys, case_id, email, by=caller.by):
            raise of_refusal(refusal)


@router.delete("/cases/{case_id:uuid}/members/{member_id:uuid}", status_code=204)
def remove_member(caller: Annotated[Caller, needs("cases:write")], case_id: UUID, member_id: UUID) -> None:
    """Removes a member: from now on they can't see the case. Does nothing if they are not a member."""
    with caller.tenant() as connection:
        cases.read(connection, caller, case_id, lock=True)
        members.remove(connection, case_id, member_id, by=caller.by)
