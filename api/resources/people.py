"""People and access groups: list, read, add, change their names and roles, archive and reactivate them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, StrictBool
from sqlalchemy import Connection, Row, text

from api.resources.cases import MOST_IN_BULK, BulkResult, BulkResults
from api.resources.once import IdempotencyKey, once
from api.services import Caller, needs
from api.web.fields import Body, ExternalId, Line
from api.web.paging import Page, Paging, by_id
from api.web.problems import ProblemError, no_such, of_refusal
from api.web.responses import check_unchanged, show
from cases.addresses.compare import email_key, plain_address
from cases.people import access_groups, external_ids, users
from cases.refusal import Refusal
from schemas.tables import Role

router = APIRouter(tags=["people"])
Reader = Annotated[Caller, needs("people:read")]
Writer = Annotated[Caller, needs("people:write")]
_Name = Annotated[Line, Field(min_length=1, max_length=users.LONGEST_NAME)]
_Email = Annotated[Line, Field(min_length=3, max_length=320)]


class Person(BaseModel):
    """A person of the tenant; one who is not active can't log in or post."""

    id: UUID
    external_id: str = Field(description="Their id in the tenant's own application, or empty")
    name: str
    email: str
    role: Role
    active: bool
    created_at: datetime


class AccessGroup(BaseModel):
    """An access group: who sees its updates, and who may post in it."""

    id: UUID
    name: str
    is_default: bool
    may_see: list[Role]
    may_post: list[Role]
    require_validation: bool


class AccessGroups(BaseModel):
    """All access groups of the tenant, the default group first."""

    data: list[AccessGroup]


class PeopleFilter(Paging):
    """The parameters of the list of people."""

    role: Role | None = None
    active: bool | None = None


class PersonToAdd(Body):
    """A new person. They have no password: they ask for one on the log-in page, or never log in."""

    name: _Name
    email: _Email
    role: Role = Role.CLIENT
    external_id: ExternalId = ""


class PersonToPut(Body):
    """A person as they are to be; the address is set when they are added, and stays."""

    name: _Name
    email: _Email
    role: Role = Role.CLIENT
    active: StrictBool = True


class PersonInBulk(PersonToPut):
    """A person of a request for several."""

    external_id: Annotated[ExternalId, Field(min_length=1)]


class PersonChange(Body):
    """What is to be changed; the rest stays as it is."""

    name: _Name | None = None
    role: Role | None = None
    active: StrictBool | None = None
    external_id: ExternalId | None = None


class PeopleInBulk(Body):
    """People to add, or to change if their external ids are known."""

    people: Annotated[list[PersonInBulk], Field(min_length=1, max_length=MOST_IN_BULK)]


_SELECT = "select id, external_id, name, email, role, active, created_at from users"
_LIST = text(f"""{_SELECT}
where id > :after and (cast(:role as text) is null or role = :role)
  and (cast(:active as boolean) is null or active = :active)
order by id limit :most
""")
_READ = text(f"{_SELECT} where id = :id")
_LOCKED = text(f"{_SELECT} where id = :id for no key update")


@router.get("/people", response_model=Page[Person])
def list_people(caller: Reader, asked: Annotated[PeopleFilter, Query()]) -> Page[Person]:
    """Lists the people, the oldest first."""
    values = {"after": asked.after_id(), "role": asked.role, "active": asked.active, "most": asked.limit + 1}
    with caller.tenant() as connection:
        return by_id(asked, connection.execute(_LIST, values).all(), _shown)


@router.post("/people", status_code=201, response_model=Person)
def add_person(request: Request, caller: Writer, asked: PersonToAdd, idempotency_key: IdempotencyKey = "") -> Response:
    """Adds a person."""
    with caller.tenant() as connection:
        name = (request.url.path, asked)
        person_id = once(connection, caller, idempotency_key, name, lambda: _add(connection, caller, asked))
        return show(request, _read(connection, person_id), 201, location=f"/api/v1/people/{person_id}")


@router.get("/people/{person_id:uuid}", response_model=Person)
def get_person(request: Request, caller: Reader, person_id: UUID) -> Response:
    """Returns a person."""
    with caller.tenant() as connection:
        return show(request, _read(connection, person_id))


@router.patch("/people/{person_id:uuid}", response_model=Person)
def change_person(request: Request, caller: Writer, person_id: UUID, asked: PersonChange) -> Response:
    """Changes the name or role of a person, archives or reactivates them."""
    with caller.tenant() as connection:
        before = _read(connection, person_id, lock=True)
        check_unchanged(request, before)
        _change(connection, caller, before, asked)
        return show(request, _read(connection, person_id))


@router.get("/people/by-external-id/{external_id:path}", response_model=Person)
def get_person_by_external_id(request: Request, caller: Reader, external_id: ExternalId) -> Response:
    """Returns the person with this id in the tenant's own application."""
    with caller.tenant() as connection:
        found = external_ids.find(connection, "users", [external_id]).get(external_id)
        if found is None:
            raise no_such("person")
        return show(request, _read(connection, found))


@router.put("/people/by-external-id/{external_id:path}", response_model=Person, responses={201: {"model": Person}})
def put_person(
    request: Request, caller: Writer, external_id: Annotated[ExternalId, Field(min_length=1)], asked: PersonToPut
) -> Response:
    """Adds the person with this id in the tenant's own application, or changes them to be as they are given."""
    with caller.tenant() as connection:
        found = external_ids.find(connection, "users", [external_id]).get(external_id)
        person_id = _put(connection, caller, external_id, found, asked)
        return show(request, _read(connection, person_id), 200 if found else 201)


@router.put("/people/bulk", response_model=BulkResults)
def put_people(caller: Writer, asked: PeopleInBulk) -> BulkResults:
    """Adds or changes up to 1,000 people. Each is done or refused by themselves; what is unchanged is not written."""
    with caller.tenant() as connection:
        known = external_ids.find(connection, "users", [each.external_id for each in asked.people])
        results = [_put_one(connection, caller, known.get(each.external_id), each) for each in asked.people]
    return BulkResults(results=results)


@router.get("/access-groups", response_model=AccessGroups)
def list_access_groups(caller: Reader) -> AccessGroups:
    """Lists the access groups."""
    with caller.tenant() as connection:
        rows = access_groups.read(connection, caller.tenant_id)
    names = tuple(AccessGroup.model_fields)
    return AccessGroups(data=[AccessGroup(**{name: getattr(row, name) for name in names}) for row in rows])


def _read(connection: Connection, person_id: UUID, *, lock: bool = False) -> Person:
    row = connection.execute(_LOCKED if lock else _READ, {"id": person_id}).first()
    if row is None:
        raise no_such("person")
    return _shown(row)


def _shown(row: Row[Any]) -> Person:
    return Person(**row._mapping)


def _add(connection: Connection, caller: Caller, asked: PersonToAdd) -> UUID:
    email = plain_address(asked.email)
    if not email:
        words = "Write one plain email address, such as ann@example.org."
        raise ProblemError(422, words, {"email": words})
    added = users.add(
        connection,
        caller.tenant_id,
        name=asked.name,
        email=email,
        role=asked.role,
        by=caller.by,
        external_id=asked.external_id,
    )
    if isinstance(added, Refusal):
        raise of_refusal(added)
    return added


def _put(connection: Connection, caller: Caller, external_id: str, found: UUID | None, asked: PersonToPut) -> UUID:
    if found is None:
        new = PersonToAdd(name=asked.name, email=asked.email, role=asked.role, external_id=external_id)
        found = _add(connection, caller, new)
    before = _read(connection, found)
    if email_key(asked.email) != email_key(before.email):
        words = "An address stays as it is: add the new one as an alias, or add another person."
        raise ProblemError(422, words, {"email": words})
    if (asked.name, asked.role, asked.active) != (before.name, before.role, before.active):
        change = PersonChange(name=asked.name, role=asked.role, active=asked.active)
        _change(connection, caller, _read(connection, found, lock=True), change)
    return found


def _change(connection: Connection, caller: Caller, before: Person, asked: PersonChange) -> None:
    if asked.name not in (None, before.name):
        _done(users.rename(connection, caller.tenant_id, before.id, asked.name or "", by=caller.by))
    role = before.role if asked.role is None else asked.role
    active = before.active if asked.active is None else asked.active
    if (role, active) != (before.role, before.active):
        _done(users.change(connection, caller.tenant_id, before.id, by=caller.by, role=role, active=active))
    if asked.external_id not in (None, before.external_id):
        _done(external_ids.link(connection, "users", before.id, asked.external_id or ""))


def _put_one(connection: Connection, caller: Caller, found: UUID | None, asked: PersonInBulk) -> BulkResult:
    try:
        with connection.begin_nested():
            before = _read(connection, found) if found else None
            person_id = _put(connection, caller, asked.external_id, found, asked)
            after = _read(connection, person_id)
    except ProblemError as problem:
        return BulkResult(external_id=asked.external_id, result="refused", message=problem.detail)
    result = "created" if before is None else "unchanged" if before == after else "changed"
    return BulkResult(external_id=asked.external_id, id=person_id, result=result)


def _done(refusal: Refusal | None) -> None:
    if refusal:
        raise of_refusal(refusal)
