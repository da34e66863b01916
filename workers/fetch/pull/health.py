"""Records the outcome of fetches (failures, pauses, gaps), and mails the admins of a source that fails or recovers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from cases.outgoing import source_alerts
from schemas.records import FetchOrder
from schemas.tables import OldMails
from storage.ledger import batches, leases, source_progress
from storage.resources import Resources
from storage.source_rows import SourceRow

#: Refused log-ins in a row after which a source is paused: a server may lock out clients that keep trying.
MOST_REFUSED = 3
#: How long a source fails before its admins are mailed; if log-ins are refused, they are mailed when it is paused.
PATIENCE = timedelta(hours=1)
#: A gap is a stretch of more than two periods and a minute in which no fetch succeeded.
_GAP_PERIODS, _GAP_MORE = 2, timedelta(minutes=1)


@dataclass
class FetchOutcome:
    """How a fetch went: `error` is for a person, empty for a success.

    `seen`: mails that waited. `taken`: mails that are in custody now; `duplicates`: those that were in custody before.
    `left`: mails that could not be read; `withheld`: those for which the server sent a note instead of the mail;
    `first_withheld` is the ref of the first that was not withheld before. `more`: mails wait for the next fetch.
    """

    started_at: datetime
    seen: int = 0
    taken: int = 0
    duplicates: int = 0
    left: int = 0
    withheld: int = 0
    first_withheld: str = ""
    more: bool = False
    batch_id: UUID | None = None
    state: dict[str, Any] = field(default_factory=dict)
    old_mails: OldMails | None = None
    old_count: int = 0
    error: str = ""
    login_refused: bool = False


def record(resources: Resources, order: FetchOrder, source: SourceRow, outcome: FetchOutcome) -> None:
    """Gives the lease back, records how the fetch went, and mails the admins where needed.

    Raises `LeaseLostError` when another fetch has begun.
    """
    error = outcome.error[:500]
    with resources.database.system() as connection:
        row = leases.finish(
            connection,
            order,
            error=error,
            refused=outcome.login_refused,
            most_refused=MOST_REFUSED,
            state=outcome.state,
            left=outcome.left,
            withheld=outcome.withheld,
            more=outcome.more and outcome.taken > 0 and not error,
            old_mails=outcome.old_mails,
            old_count=outcome.old_count,
        )
        if outcome.batch_id is None:
            batches.note_empty(connection, source.id, outcome.started_at, seen=outcome.seen, error=error)
        elif error:
            batches.note_error(connection, outcome.batch_id, error)
        if not error:
            _add_gap(connection, source, outcome)
    _alert(resources, row, outcome)


def _add_gap(connection: Connection, source: SourceRow, outcome: FetchOutcome) -> None:
    before = source.last_success_at
    allowed = _GAP_PERIODS * timedelta(seconds=source.period_seconds) + _GAP_MORE
    if before is not None and outcome.started_at - before > allowed:
        source_progress.add_gap(connection, source.id, before)


def _alert(resources: Resources, row: Row[Any], outcome: FetchOutcome) -> None:
    """Mails a tenant's admins when the source fails, works again, withholds a mail, or has old mails to decide on.

    For sources of the operator there are metrics and logs instead.
    """
    if outcome.old_mails is OldMails.ASKED and row.tenant_id:
        with resources.database.tenant(row.tenant_id) as connection:
            source_alerts.post_old_mails(connection, resources.settings.console.url, row, outcome.old_count)
    if outcome.first_withheld and row.tenant_id:
        with resources.database.tenant(row.tenant_id) as connection:
            source_alerts.post_withheld_mail(connection, resources.settings.console.url, row, outcome.first_withheld)
    wrong = row.paused_for or (row.failing is not None and row.failing >= PATIENCE)
    if not outcome.error and row.told_at is None:
        return
    if outcome.error and (row.told_at is not None or not wrong):
        return
    if row.tenant_id:  # first the letter, which is never written twice, then the record that it was written
        with resources.database.tenant(row.tenant_id) as connection:
            source_alerts.post_state(connection, resources.settings.console.url, row)
    with resources.database.system() as connection:
        source_progress.note_alert(connection, row.id, failing=bool(outcome.error))
