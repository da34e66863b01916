"""Cases: list, read, create, change, close, reopen, archive; by our ids or by those of the tenant's own application."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection, Row, text

from api.resources.once import IdempotencyKey, once
from api.resources.references import user_id
from api.services import Caller, needs
from api.web.fields import Body, ExternalId, Line, Text, UserRef
from api.web.paging import Page, Paging, by_id
from api.web.problems import ProblemError, no_such, of_refusal
from api.web.responses import check_unchanged, show
from cases.addresses import case_address
from cases.addresses.tokens import Address, AddressKind, write
from cases.lifecycle import change
from cases.lifecycle.create import LONGEST_KIND, LONGEST_TITLE, MOST_MEMBERS, NewCase, create
from cases.lifecycle.numbers import LONGEST
from cases.people import assignment, external_ids
from cases.refusal import Refusal

router = APIRouter(tags=["cases"])
Reader = Annotated[Caller, needs("cases:read")]
Writer = Annotated[Caller, needs("cases:write")]

#: Most cases or people in a request for several.
MOST_IN_BULK = 1_000


class CaseState(StrEnum):
    """Where a case is in its life."""

    OPEN = "open"
    CLOSED = "closed"
    ARCHIVED = "archived"


class Case(BaseModel):
    """A case. Email to `email_address` posts a new update on it."""

    id: UUID
    external_id: str = Field(description="Its id in the tenant's own application, or empty")
    number: str
    title: str
    type: str
    state: CaseState
    closed_at: datetime | None
    closed_for: str = Field(description="Why it was closed, in words")
    manager_id: UUID
    email_address: str
    created_at: datetime
    last_update_at: datetime


class CaseFilter(Paging):
    """The parameters of the list of cases."""

    state: CaseState | None = None
    manager_id: UUID | None = None


class _Title(Body):
    title: Annotated[Line, Field(min_length=1, max_length=LONGEST_TITLE)]
    type: Annotated[Line, Field(max_length=LONGEST_KIND)] = ""
    manager: UserRef = Field(description="A person who works for the tenant")


class CaseToCreate(_Title):
    """A new case. Without a `number` it gets the next one of the tenant's pattern."""

    external_id: ExternalId = ""
    number: Annotated[Line, Field(max_length=LONGEST)] = ""
    members: list[Line] = Field(default_factory=list, max_length=MOST_MEMBERS, description="Email addresses of clients")


class CaseToPut(_Title):
    """A case as it is to be; its `number` is set when it is created, and stays."""

    number: Annotated[Line, Field(max_length=LONGEST)] = ""


class CaseInBulk(CaseToPut):
    """A case of a request for several."""

    external_id: Annotated[ExternalId, Field(min_length=1)]


class CaseChange(Body):
    """What is to be changed; the rest stays as it is."""

    title: Annotated[Line, Field(min_length=1, max_length=LONGEST_TITLE)] | None = None
    type: Annotated[Line, Field(max_length=LONGEST_KIND)] | None = None
    manager: UserRef | None = None
    external_id: ExternalId | None = None


class Closing(Body):
    """Why a case is closed, in words."""

    reason: Annotated[Text, Field(max_length=change.LONGEST_REASON)] = ""


class CasesInBulk(Body):
    """Cases to create, or to change if their external ids are known."""

    cases: Annotated[list[CaseInBulk], Field(min_length=1, max_length=MOST_IN_BULK)]


class BulkResult(BaseModel):
    """What became of one object of a request for several: its id, or why it was refused."""

    external_id: str
    id: UUID | None = None
    result: str = Field(description="created, changed, unchanged or refused")
    message: str = ""


class BulkResults(BaseModel):
    """What became of each object of a request for several, in their order."""

    results: list[BulkResult]


_SELECT = """
select c.id, c.tenant_id, c.external_id, c.number, c.title, c.kind, c.open, c.closed_at, c.closed_for, c.manager_id,
    c.archived_at is not null as archived, c.created_at, c.last_update_at, t.mail_domain, a.handle
from cases c join tenants t on t.id = c.tenant_id
left join case_addresses a on a.case_id = c.id and a.retired_at is null
"""
_LIST = text(f"""{_SELECT}
where c.id > :after and (cast(:manager_id as uuid) is null or c.manager_id = :manager_id)
  and case cast(:state as text) when 'open' then c.open when 'closed' then not c.open and c.archived_at is null
      when 'archived' then c.archived_at is not null else true end
order by c.id limit :most
""")
_READ = text(f"{_SELECT} where c.id = :id")
_LOCKED = text(f"{_SELECT} where c.id = :id for no key update of c")


@router.get("/cases", response_model=Page[Case])
def list_cases(caller: Reader, asked: Annotated[CaseFilter, Query()]) -> Page[Case]:
    """Lists the cases, the oldest first."""
    values = {"after": asked.after_id(), "state": asked.state, "manager_id": asked.manager_id, "most": asked.limit + 1}
    with caller.tenant() as connection:
        rows = connection.execute(_LIST, values).all()
        return by_id(asked, rows, lambda row: _shown(connection, caller, row))


@router.post("/cases", status_code=201, response_model=Case)
def create_case(
    request: Request, caller: Writer, asked: CaseToCreate, idempotency_key: IdempotencyKey = ""
) -> Response:
    """Creates a case. Its manager and its members are notified by email."""
    with caller.tenant() as connection:
        name = (request.url.path, asked)
        case_id = once(connection, caller, idempotency_key, name, lambda: _create(connection, caller, asked))
        return show(request, read(connection, caller, case_id), 201, location=f"/api/v1/cases/{case_id}")


@router.get("/cases/{case_id:uuid}", response_model=Case)
def get_case(request: Request, caller: Reader, case_id: UUID) -> Response:
    """Returns a case."""
    with caller.tenant() as connection:
        return show(request, read(connection, caller, case_id))


@router.patch("/cases/{case_id:uuid}", response_model=Case)
def change_case(request: Request, caller: Writer, case_id: UUID, asked: CaseChange) -> Response:
    """Changes a case; a new manager is notified by email."""
    with caller.tenant() as connection:
        before = read(connection, caller, case_id, lock=True)
        check_unchanged(request, before)
        _change(connection, caller, before, asked)
        return show(request, read(connection, caller, case_id))


@router.post("/cases/{case_id:uuid}/close", response_model=Case)
def close_case(request: Request, caller: Writer, case_id: UUID, asked: Closing) -> Response:
    """Closes a case. Email to a closed case is held or reopens it, as the tenant has chosen."""
    with caller.tenant() as connection:
        read(connection, caller, case_id, lock=True)
        _done(change.close(connection, case_id, asked.reason, by=caller.by))
        return show(request, read(connection, caller, case_id))


@router.post("/cases/{case_id:uuid}/reopen", response_model=Case)
def reopen_case(request: Request, caller: Writer, case_id: UUID) -> Response:
    """Opens a closed or archived case again."""
    with caller.tenant() as connection:
        read(connection, caller, case_id, lock=True)
        change.reopen(connection, case_id, by=caller.by)
        return show(request, read(connection, caller, case_id))


@router.post("/cases/{case_id:uuid}/archive", response_model=Case)
def archive_case(request: Request, caller: Writer, case_id: UUID) -> Response:
    """Takes a closed case out of the lists."""
    with caller.tenant() as connection:
        read(connection, caller, case_id, lock=True)
        _done(change.archive(connection, case_id, by=caller.by))
        return show(request, read(connection, caller, case_id))


@router.get("/cases/by-external-id/{external_id:path}", response_model=Case)
def get_case_by_external_id(request: Request, caller: Reader, external_id: ExternalId) -> Response:
    """Returns the case with this id in the tenant's own application."""
    with caller.tenant() as connection:
        found = external_ids.find(connection, "cases", [external_id]).get(external_id)
        if found is None:
            raise no_such("case")
        return show(request, read(connection, caller, found))


@router.put("/cases/by-external-id/{external_id:path}", response_model=Case, responses={201: {"model": Case}})
def put_case(
    request: Request, caller: Writer, external_id: Annotated[ExternalId, Field(min_length=1)], asked: CaseToPut
) -> Response:
    """Creates the case with this id in the tenant's own application, or changes it to be as it is given."""
    with caller.tenant() as connection:
        found = external_ids.find(connection, "cases", [external_id]).get(external_id)
        case_id = _put(connection, caller, external_id, found, asked)
        return show(request, read(connection, caller, case_id), 200 if found else 201)


@router.put("/cases/bulk", response_model=BulkResults)
def put_cases(caller: Writer, asked: CasesInBulk) -> BulkResults:
    """Creates or changes up to 1,000 cases. Each is done or refused by itself; what is unchanged is not written."""
    with caller.tenant() as connection:
        known = external_ids.find(connection, "cases", [each.external_id for each in asked.cases])
        return BulkResults(
            results=[_put_one(connection, caller, known.get(each.external_id), each) for each in asked.cases]
        )


def read(connection: Connection, caller: Caller, case_id: UUID, *, lock: bool = False) -> Case:
    """Returns a case as it is shown. Raises `ProblemError` (404)."""
    row = connection.execute(_LOCKED if lock else _READ, {"id": case_id}).first()
    if row is None:
        raise no_such("case")
    return _shown(connection, caller, row)


def _shown(connection: Connection, caller: Caller, row: Row[Any]) -> Case:
    if row.handle is None:
        address = case_address.current(connection, caller.keys, row.id)
    else:
        address = write(caller.keys, row.tenant_id, Address(AddressKind.CASE, row.handle), row.number, row.mail_domain)
    state = CaseState.ARCHIVED if row.archived else CaseState.OPEN if row.open else CaseState.CLOSED
    return Case(
        id=row.id,
        external_id=row.external_id,
        number=row.number,
        title=row.title,
        type=row.kind,
        state=state,
        closed_at=row.closed_at,
        closed_for=row.closed_for,
        manager_id=row.manager_id,
        email_address=address,
        created_at=row.created_at,
        last_update_at=row.last_update_at,
    )


def _create(connection: Connection, caller: Caller, asked: CaseToCreate) -> UUID:
    new = NewCase(
        title=asked.title,
        manager_id=user_id(connection, asked.manager, "manager"),
        kind=asked.type,
        number=asked.number,
        members=tuple(asked.members),
        external_id=asked.external_id,
    )
    made = create(connection, caller.keys, caller.tenant_id, new, by=caller.by)
    if isinstance(made, Refusal):
        raise of_refusal(made)
    return made


def _put(connection: Connection, caller: Caller, external_id: str, found: UUID | None, asked: CaseToPut) -> UUID:
    if found is None:
        fields = {"title": asked.title, "type": asked.type, "manager": asked.manager, "number": asked.number}
        return _create(connection, caller, CaseToCreate(external_id=external_id, **fields))
    before = read(connection, caller, found)
    if asked.number not in ("", before.number):
        words = "The number of a case stays as it is."
        raise ProblemError(422, words, {"number": words})
    manager_id = user_id(connection, asked.manager, "manager")
    if (asked.title, asked.type, manager_id) == (before.title, before.type, before.manager_id):
        return found  # not even a lock is written
    before = read(connection, caller, found, lock=True)
    _change(connection, caller, before, CaseChange(title=asked.title, type=asked.type, manager=asked.manager))
    return found


def _change(connection: Connection, caller: Caller, before: Case, asked: CaseChange) -> None:
    title = before.title if asked.title is None else asked.title
    kind = before.type if asked.type is None else asked.type
    if (title, kind) != (before.title, before.type):
        _done(change.edit(connection, before.id, title=title, kind=kind, by=caller.by))
    if asked.manager is not None:
        manager_id = user_id(connection, asked.manager, "manager")
        if manager_id != before.manager_id:
            refused = assignment.make_manager(connection, caller.keys, before.id, manager_id, by=caller.by)
            _done(refused, "manager")
    if asked.external_id not in (None, before.external_id):
        _done(external_ids.link(connection, "cases", before.id, asked.external_id or ""))


def _put_one(connection: Connection, caller: Caller, found: UUID | None, asked: CaseInBulk) -> BulkResult:
    try:
        with connection.begin_nested():
            before = read(connection, caller, found) if found else None
            case_id = _put(connection, caller, asked.external_id, found, asked)
            after = read(connection, caller, case_id)
    except ProblemError as problem:
        return BulkResult(external_id=asked.external_id, result="refused", message=problem.detail)
    result = "created" if before is None else "unchanged" if before == after else "changed"
    return BulkResult(external_id=asked.external_id, id=case_id, result=result)


def _done(refusal: Refusal | None, field: str = "") -> None:
    if refusal:
        raise of_refusal(refusal, field)
