"""What the tenant's admins read: the sources that email comes from, and the audit of who did what."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Row, text

from api.services import Caller, needs
from api.web.fields import Line, Time
from api.web.paging import Page, Paging, by_time
from cases.inbound import source_state
from schemas.tables import SourceKind

router = APIRouter(tags=["records"])


class Source(BaseModel):
    """A mailbox or webhook that email comes from; `state` says how it is, in words."""

    id: UUID
    kind: SourceKind
    name: str
    active: bool
    state: str
    needs_care: bool = Field(description="A person must look after it: it takes no email, or not all of it")
    last_success_at: datetime | None


class Sources(BaseModel):
    """All sources of the tenant by name."""

    data: list[Source]


class Act(BaseModel):
    """Who did what to which row, and when; `actor_id` is empty for casemail itself and for the operator."""

    id: UUID
    at: datetime
    act: str = Field(description="Such as `update.posted` or `case.closed`")
    actor_id: UUID | None
    subject_id: UUID = Field(description="The case, person, update or email that was changed")
    details: dict[str, str]


class ActFilter(Paging):
    """The parameters of the audit."""

    act: Annotated[Line, Field(max_length=100)] | None = None
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    since: Time | None = None
    until: Time | None = None


_SOURCES = text("""
select id, kind, name, active, paused_for, last_error, login_failures, old_mails, old_count, failing_since, failures,
    left_behind, withheld, last_success_at
from sources where tenant_id = :tenant_id order by lower(name), id
""")
_ACTS = text("""
select id, at, act, actor_id, subject_id, details from audit
where (cast(:act as text) is null or act = :act) and (cast(:actor_id as uuid) is null or actor_id = :actor_id)
  and (cast(:subject_id as uuid) is null or subject_id = :subject_id)
  and (cast(:since as timestamptz) is null or at >= :since) and (cast(:until as timestamptz) is null or at < :until)
  and (at, id) < (:before, :last)
order by at desc, id desc limit :most
""")


@router.get("/sources", response_model=Sources)
def list_sources(caller: Annotated[Caller, needs("settings:read")]) -> Sources:
    """Lists the sources of the tenant with the state of each."""
    with caller.tenant() as connection:
        rows = connection.execute(_SOURCES, {"tenant_id": caller.tenant_id}).all()
    return Sources(data=[_source(row) for row in rows])


@router.get("/audit", response_model=Page[Act])
def list_acts(caller: Annotated[Caller, needs("audit:read")], asked: Annotated[ActFilter, Query()]) -> Page[Act]:
    """Lists what was done, the newest first."""
    before, last = asked.before_time()
    values = asked.model_dump(exclude={"limit", "cursor"})
    with caller.tenant() as connection:
        rows = connection.execute(_ACTS, {**values, "before": before, "last": last, "most": asked.limit + 1}).all()
    return by_time(asked, rows, lambda row: Act(**row._mapping), "at")


def _source(row: Row[Any]) -> Source:
    return Source(
        id=row.id,
        kind=row.kind,
        name=row.name,
        active=row.active,
        state=source_state.state_of(row),
        needs_care=source_state.needs_care(row),
        last_success_at=row.last_success_at,
    )
