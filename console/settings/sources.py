"""Settings > Mail Sources: the mailboxes that mail is fetched from, how each does, and what can be done with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from threading import Lock
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection, Row, text

from cases.audit import Act, record
from cases.inbound import source_actions, source_state, sources
from cases.inbound.connection_report import Report
from console.inbound.log_filter import known_zone
from console.services import TheServices
from console.web.messages import Kind, say
from console.web.pages import clear, page
from console.web.session import Admin, Viewer
from schemas.tables import SourceKind, now

router = APIRouter()

#: Connection tests that run at a time in this process: each keeps a thread waiting for somebody's server.
MOST_TESTS = 4
#: What is told of each deed: where it was done, and where there was nothing to do.
_DONE = {
    "pause": ("The source is paused.", "The source is paused already."),
    "resume": ("The source is fetched again.", "The source is not paused."),
    "fetch": ("The source is fetched as soon as its turn comes.", "The source is paused: resume it first."),
    "take_all": ("The old mails are taken, too, from the next fetch on.", "This was decided already."),
    "take_since": ("Only the newer mails are taken.", "This was decided already."),
    "fetch_gap": ("That time is fetched again with the next fetch.", "That time is being fetched again already."),
}
#: What of this is only queued when it is said.
_KINDS = {"fetch": Kind.QUEUED, "fetch_gap": Kind.QUEUED}

_COLUMNS = """
s.id, s.name, s.kind, s.active, s.paused_for, s.login_failures, s.failures, s.last_error, s.failing_since,
s.last_success_at, s.leased_until > now() as runs, s.old_mails, s.old_count, s.since, s.left_behind, s.withheld,
s.options,
s.period_seconds, s.recipient_fields
"""
_LIST = text(f"select {_COLUMNS} from sources s where s.kind = any(:kinds) order by s.name")  # noqa: S608
_ONE = text(f"select {_COLUMNS} from sources s where s.id = :id and s.kind = any(:kinds)")  # noqa: S608
# those that found nothing, or failed, are many: the newest of them tell how it goes, and hide none of the others
_BATCHES = text("""
select id, started_at, closed_at, finished_at, seen, taken, duplicates, error,
    extract(epoch from finished_at - started_at)::float8 as latency
from (
    (select * from batches where source_id = :id and seen > 0 order by started_at desc limit 25)
    union all
    (select * from batches where source_id = :id and seen = 0 order by started_at desc limit 8)
) b order by started_at desc
""")
_GAPS = text("""
select id, began_at, ended_at, requested_at, refetched_at, seen, taken from source_gaps
where source_id = :id order by began_at desc limit 30
""")

_testing: set[UUID] = set()
_lock = Lock()


def read_source(connection: Connection, source_id: UUID) -> Row[Any]:
    """The source, if the tenant of the transaction has it; 404 else."""
    row = connection.execute(_ONE, {"id": source_id, "kinds": list(sources.OF_TENANTS)}).first()
    if row is None:
        raise HTTPException(404, "There is no such mail source.")
    return row


@router.get("/settings/sources")
def show_all(request: Request, services: TheServices, viewer: Admin) -> Response:
    """All sources of the tenant, with their state in plain words."""
    with services.database.tenant(viewer.tenant_id) as connection:
        rows = connection.execute(_LIST, {"kinds": list(sources.OF_TENANTS)}).all()
    return page(
        request,
        "sources.html",
        sources=[(row, source_state.state_of(row), source_state.needs_care(row)) for row in rows],
    )


@router.get("/settings/sources/{source_id}")
def show(request: Request, services: TheServices, viewer: Admin, source_id: UUID) -> Response:
    """One source: state, batches, gaps."""
    return _page(request, services, viewer, source_id, report=None)


@router.post("/settings/sources/{source_id}/test")
def test(request: Request, services: TheServices, viewer: Admin, source_id: UUID) -> Response:
    """Tests the connection, and shows the report."""
    if services.offers.test_source is None:
        raise HTTPException(404, "This console can't test connections: `casemail source test` can.")
    with services.database.tenant(viewer.tenant_id) as connection:
        read_source(connection, source_id)  # before anything is done with it: is it theirs?
        details: dict[str, str] = {}
        record(connection, [Act(viewer.tenant_id, viewer.id, "source.tested", source_id, details)])
    with _turn(viewer.tenant_id):
        report = services.offers.test_source(source_id)
    if report is not None and report.good:
        with services.database.tenant(viewer.tenant_id) as connection:
            if sources.tested(connection, source_id):
                say(request, Kind.QUEUED, "The connection works: the source is fetched as soon as its turn comes.")
    return _page(request, services, viewer, source_id, report=report)


@router.post("/settings/sources/{source_id}/remove")
def remove(request: Request, services: TheServices, viewer: Admin, source_id: UUID) -> Response:
    """Deletes a source with its sealed secret; what came in by it stays."""
    with services.database.tenant(viewer.tenant_id) as connection:
        name = read_source(connection, source_id).name
        sources.remove(connection, sources.Actor(viewer.tenant_id, viewer.id), source_id)
    say(request, Kind.DONE, f"The source {clear(name)} is deleted with its password. What came in by it stays.")
    return RedirectResponse("/settings/sources", 303)


@router.post("/settings/sources/{source_id}/{deed}")
def act(
    request: Request,
    services: TheServices,
    viewer: Admin,
    source_id: UUID,
    deed: str,
    since: Annotated[str, Form()] = "",
    zone: Annotated[str, Form()] = "",
    gap: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Does one of `cases.inbound.source_actions.SOURCE_ACTIONS`."""
    if deed not in source_actions.SOURCE_ACTIONS:
        raise HTTPException(404, "There is no such page.")
    when = _moment(since, zone) if deed == "take_since" else None
    with services.database.tenant(viewer.tenant_id) as connection:
        read_source(connection, source_id)
        by = sources.Actor(viewer.tenant_id, viewer.id)
        done = source_actions.act(connection, by, deed, source_id, since=when, gap_id=gap)
    say(request, _KINDS.get(deed, Kind.DONE) if done else Kind.NOTE, _DONE[deed][0 if done else 1])
    return RedirectResponse(f"/settings/sources/{source_id}", 303)


def _page(request: Request, services: TheServices, viewer: Viewer, source_id: UUID, report: Report | None) -> Response:
    with services.database.tenant(viewer.tenant_id) as connection:
        row = read_source(connection, source_id)
        batches = connection.execute(_BATCHES, {"id": source_id}).all()
        gaps = connection.execute(_GAPS, {"id": source_id}).all()
    return page(
        request,
        "source.html",
        source=row,
        state=source_state.state_of(row),
        needs_care=source_state.needs_care(row),
        batches=batches,
        gaps=gaps,
        report=report,
        can_test=services.offers.test_source is not None,
        dated=row.kind == SourceKind.IMAP,
    )


def _moment(since: str, zone: str) -> datetime:
    """From when on mails are taken: the beginning of a day where the viewer is, or in UTC, or now."""
    if not since:
        return now()
    try:
        there = ZoneInfo(known_zone(zone) or "UTC")
        return datetime.combine(date.fromisoformat(since), time(), there).astimezone(UTC)
    except (ValueError, OverflowError):
        raise HTTPException(400, "Give a date like 2026-11-01. Go back and try again.") from None


@contextmanager
def _turn(tenant_id: UUID) -> Iterator[None]:
    with _lock:
        if tenant_id in _testing or len(_testing) >= MOST_TESTS:
            raise HTTPException(429, "Another connection test is running. Try again in a minute.")
        _testing.add(tenant_id)
    try:
        yield
    finally:
        with _lock:
            _testing.discard(tenant_id)
