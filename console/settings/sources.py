"""Settings > Email sources: the mailboxes that mail is fetched from, their state, and the acts on them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection, Row

from cases.audit import Act, record
from cases.inbound import source_actions, source_state, sources
from cases.inbound.connection_report import Report
from console.guards.turns import BusyError
from console.inbound.log_filter import known_zone
from console.services import TheServices
from console.settings import queries
from console.web.messages import Kind, say
from console.web.pages import clear, page
from console.web.session import Admin, Viewer
from schemas.tables import OldMails, Paused, SourceKind, now

router = APIRouter()

#: The messages after each act: if it was done, and if there was nothing to do.
_DONE = {
    "pause": ("The source is paused.", "The source is paused already."),
    "resume": ("The source is fetched again.", "The source is not paused."),
    "fetch": ("The source is fetched as soon as its turn comes.", "The source is paused: resume it first."),
    "take_all": ("The old emails are taken, too, from the next fetch on.", "This was decided already."),
    "take_since": ("Only the newer emails are taken.", "This was decided already."),
    "fetch_gap": ("That time is fetched again with the next fetch.", "That time is being fetched again already."),
}
#: Acts that are only queued when their message is shown.
_KINDS = {"fetch": Kind.QUEUED, "fetch_gap": Kind.QUEUED}


@dataclass(frozen=True)
class Badge:
    """The state of a source in one or two words, and the family of its colour: `ok`, `warn`, `bad` or `paused`."""

    words: str
    family: str


def badge_of(row: Any) -> Badge:
    """Returns the badge of a source, from its row."""
    badges = (
        (not row.active, Badge("Paused", "paused")),
        (row.paused_for == Paused.UNTESTED, Badge("Not tested", "warn")),
        (row.paused_for, Badge("Log-in refused", "bad")),
        (row.old_mails == OldMails.ASKED, Badge("Needs a decision", "warn")),
        (row.failures, Badge("Failing", "bad")),
        (row.left_behind, Badge("Not all taken", "warn")),
        (row.last_success_at, Badge("Working", "ok")),
    )
    return next((badge for applies, badge in badges if applies), Badge("Not read yet", "paused"))


def read_source(connection: Connection, source_id: UUID) -> Row[Any]:
    """Returns the source. Raises HTTPException (404) if the tenant of the transaction has no such source."""
    row = queries.mail_source(connection, source_id)
    if row is None:
        raise HTTPException(404, "There is no such email source.")
    return row


@router.get("/settings/sources")
def show_all(request: Request, services: TheServices, viewer: Admin) -> Response:
    """Shows all sources of the tenant with their state."""
    with services.database.tenant(viewer.tenant_id) as connection:
        rows = queries.mail_sources(connection)
    return page(
        request,
        "sources.html",
        sources=[(row, source_state.state_of(row), badge_of(row)) for row in rows],
    )


@router.get("/settings/sources/{source_id}")
def show(request: Request, services: TheServices, viewer: Admin, source_id: UUID) -> Response:
    """Shows one source: state, batches, gaps."""
    return _page(request, services, viewer, source_id, report=None)


@router.post("/settings/sources/{source_id}/test")
def test(request: Request, services: TheServices, viewer: Admin, source_id: UUID) -> Response:
    """Tests the connection, and shows the report."""
    if services.offers.test_source is None:
        raise HTTPException(404, "This console can't test connections: `casemail source test` can.")
    with services.database.tenant(viewer.tenant_id) as connection:
        read_source(connection, source_id)  # raises for a source of another tenant, before anything else is done
        record(connection, [Act(viewer.tenant_id, viewer.id, "source.tested", source_id)])
    try:
        with services.connection_tests.take(viewer.tenant_id):
            report = services.offers.test_source(source_id)
    except BusyError:
        raise HTTPException(429, "Another connection test is running. Try again in a minute.") from None
    if report is not None and report.good:
        with services.database.tenant(viewer.tenant_id) as connection:
            if sources.tested(connection, source_id):
                say(request, Kind.QUEUED, "The connection works: the source is fetched as soon as its turn comes.")
    return _page(request, services, viewer, source_id, report=report)


@router.post("/settings/sources/{source_id}/remove")
def remove(request: Request, services: TheServices, viewer: Admin, source_id: UUID) -> Response:
    """Deletes a source and its secret; the mails that came from it stay."""
    with services.database.tenant(viewer.tenant_id) as connection:
        name = read_source(connection, source_id).name
        sources.remove(connection, sources.Actor(viewer.tenant_id, viewer.id), source_id)
    say(request, Kind.DONE, f"The source {clear(name)} is deleted with its password. What came in by it stays.")
    return RedirectResponse("/settings/sources", 303)


@router.post("/settings/sources/{source_id}/{act}")
def do(
    request: Request,
    services: TheServices,
    viewer: Admin,
    source_id: UUID,
    act: str,
    since: Annotated[str, Form()] = "",
    zone: Annotated[str, Form()] = "",
    gap: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Does one of `cases.inbound.source_actions.SOURCE_ACTIONS`, such as `pause`."""
    if act not in source_actions.SOURCE_ACTIONS:
        raise HTTPException(404, "There is no such page.")
    when = _moment(since, zone) if act == "take_since" else None
    with services.database.tenant(viewer.tenant_id) as connection:
        read_source(connection, source_id)
        by = sources.Actor(viewer.tenant_id, viewer.id)
        done = source_actions.act(connection, by, act, source_id, since=when, gap_id=gap)
    say(request, _KINDS.get(act, Kind.DONE) if done else Kind.NOTE, _DONE[act][0 if done else 1])
    return RedirectResponse(f"/settings/sources/{source_id}", 303)


def _page(request: Request, services: TheServices, viewer: Viewer, source_id: UUID, report: Report | None) -> Response:
    with services.database.tenant(viewer.tenant_id) as connection:
        row = read_source(connection, source_id)
        batches = queries.batches(connection, source_id)
        gaps = queries.gaps(connection, source_id)
    return page(
        request,
        "source.html",
        source=row,
        state=source_state.state_of(row),
        badge=badge_of(row),
        needs_care=source_state.needs_care(row),
        batches=batches,
        gaps=gaps,
        report=report,
        can_test=services.offers.test_source is not None,
        dated=row.kind == SourceKind.IMAP,
    )


def _moment(since: str, zone: str) -> datetime:
    """Returns the start of the day `since` in the viewer's `zone`, or in UTC; the present time if `since` is empty.

    Mails are taken from that time on. Raises HTTPException (400) for text that is not a day."""
    if not since:
        return now()
    try:
        of_viewer = ZoneInfo(known_zone(zone) or "UTC")
        return datetime.combine(date.fromisoformat(since), time(), of_viewer).astimezone(UTC)
    except (ValueError, OverflowError):
        raise HTTPException(400, "Give a date like 2026-11-01. Go back and try again.") from None
