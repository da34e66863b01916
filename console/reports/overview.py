"""Reports: what became of the tenant's email, how soon it posted, and why it did not. Each list also as a CSV file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import Row

from console.inbound.queries import oldest_held
from console.reports import charts, figures, queries
from console.reports.figures import Day
from console.services import Services, TheServices
from console.web.csv_files import csv_file
from console.web.pages import page
from console.web.session import Admin, Viewer
from storage.ledger.conservation import Conservation, conservation_of

#: The CSS class of each outcome in the chart.
_SERIES = dict(zip(figures.OUTCOMES, ("posted", "forwarded", "held", "discarded", "moving"), strict=True))

router = APIRouter()
Days = Annotated[Literal["7", "30", "90"], Query()]


@dataclass(frozen=True)
class Report:
    """All figures of a report; `times` is over all days."""

    days: Sequence[Day]
    reasons: Sequence[figures.ReasonCount]
    times: tuple[int, float | None, float | None]
    sources: Sequence[Row[Any]]
    oldest_held: datetime | None
    counts: Conservation

    @property
    def totals(self) -> dict[str, int]:
        """The number of emails with each outcome."""
        return figures.totals(self.days)


@router.get("/reports")
def show(request: Request, services: TheServices, viewer: Admin, days: Days = "30") -> Response:
    """Shows the report of the last 7, 30 or 90 days."""
    report = _read(services, viewer, int(days))
    most = max(day.total for day in report.days)
    slowest = max((day.p95 or 0.0 for day in report.days), default=0.0)
    named = [f"{day.day:%-d %b}" for day in report.days]
    return page(
        request,
        "reports.html",
        report=report,
        days=days,
        received=sum(report.totals.values()),
        series=_SERIES,
        charts=charts,
        bars=charts.stacks([[(_SERIES[name], day.number(name)) for name in _SERIES] for day in report.days], most),
        lines=charts.lines(most, lambda value: f"{value:,.0f}"),
        medians=charts.line([day.median for day in report.days], slowest),
        p95s=charts.line([day.p95 for day in report.days], slowest),
        seconds=charts.lines(slowest, figures.duration),
        names=charts.names(named),
        duration=figures.duration,
        goal=figures.GOAL_SECONDS,
    )


@router.get("/reports/days.csv")
def days_csv(services: TheServices, viewer: Admin, days: Days = "30") -> Response:
    """Returns the days with what became of their email and how soon it posted."""
    head = ("Day (UTC)", "Received", *figures.OUTCOMES, "Median seconds to post", "95th percentile")
    rows = [
        (day.day.isoformat(), day.total, *map(day.number, figures.OUTCOMES), _rounded(day.median), _rounded(day.p95))
        for day in _read(services, viewer, int(days)).days
    ]
    return csv_file("email-by-day", head, rows)


@router.get("/reports/reasons.csv")
def reasons_csv(services: TheServices, viewer: Admin, days: Days = "30") -> Response:
    """Returns the reasons for which email was not posted."""
    rows = [(count.reason, count.label.words, count.number) for count in _read(services, viewer, int(days)).reasons]
    return csv_file("reasons", ("Reason", "In words", "Emails"), rows)


@router.get("/reports/sources.csv")
def sources_csv(services: TheServices, viewer: Admin, days: Days = "30") -> Response:
    """Returns the mailboxes with the numbers of their fetches."""
    head = ("Mailbox", "Fetches", "Failed", "Emails", "Seen before", "95th percentile of seconds")
    rows = [
        (source.name, source.batches, source.failed, source.taken, source.duplicates, _rounded(source.seconds))
        for source in _read(services, viewer, int(days)).sources
    ]
    return csv_file("mailboxes", head, rows)


def _read(services: Services, viewer: Viewer, count: int) -> Report:
    until = datetime.now(UTC).date()
    since = datetime.combine(until - timedelta(days=count - 1), time.min, UTC)
    with services.database.tenant(viewer.tenant_id) as connection:
        ends, times = queries.ends(connection, since), queries.times(connection, since)
        sources = queries.sources(connection, viewer.tenant_id, since)
        oldest = oldest_held(connection)
    with services.database.system() as connection:
        counts = conservation_of(connection, viewer.tenant_id)
    overall = next(((row.number, *(row.seconds or (None, None))) for row in times if not row.day), (0, None, None))
    return Report(figures.days(ends, times, until, count), figures.reasons(ends), overall, sources, oldest, counts)


def _rounded(seconds: float | None) -> float | str:
    return "" if seconds is None else round(seconds, 3)
