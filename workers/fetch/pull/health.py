"""How the fetches of a source go: failures, pauses, gaps; its admins are told once, and once more when it works."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, text

from cases.outgoing import source_alerts
from schemas.records import FetchOrder
from schemas.tables import OldMails, new_id
from storage.resources import Resources
from workers.fetch import batches
from workers.fetch.batches import LeaseLostError
from workers.fetch.mailbox.source import SourceRow

#: Refused log-ins in a row after which a source is paused: a server may lock out who goes on.
MOST_REFUSED = 3
#: How long a source fails before its admins are told; of refused log-ins they are told with the pause.
PATIENCE = timedelta(hours=1)
#: A gap is a stretch of more than two periods and a minute in which no fetch succeeded.
_GAP_PERIODS, _GAP_MORE = 2, timedelta(minutes=1)


@dataclass
class Outcome:
    """How a fetch went. `left` mails could not be read, for `withheld` of them the server gave a note of its own, of
    which `first_withheld` is the id of the first that it had not before; `more` wait for the next; `error` is in words
    for a person."""

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


_NOTE = text("""
update sources set leased_until = null, last_error = :error, state = cast(:state as jsonb),
    failures = case when :good then 0 else failures + 1 end,
    login_failures = case when :good then 0 when :refused then login_failures + 1 else login_failures end,
    failing_since = case when :good then null else coalesce(failing_since, now()) end,
    paused_for = case when :refused and login_failures + 1 >= :most then 'login' else paused_for end,
    last_success_at = case when :good then now() else last_success_at end,
    left_behind = case when :good then :left else left_behind end,
    withheld = case when :good then :withheld else withheld end,
    next_at = case when :more then now() else next_at end,
    old_mails = coalesce(cast(:old_mails as text), old_mails),
    old_count = case when cast(:old_mails as text) = 'asked' then :old_count else old_count end
where id = :id and lease = :lease
returning id, tenant_id, name, paused_for, last_error, failing_since, told_at, now() - failing_since as failing
""")
_GAP = text("""
insert into source_gaps (id, source_id, began_at, ended_at, seen, taken)
values (:id, :source_id, :began_at, now(), 0, 0)
""")
_TOLD = text("update sources set told_at = case when :told then now() end where id = :id")


def note(resources: Resources, order: FetchOrder, source: SourceRow, outcome: Outcome) -> None:
    """Gives the lease back and notes how the fetch went. Raises `LeaseLostError` when another fetch has begun."""
    error = outcome.error[:500]
    values = {
        "id": order.source_id,
        "lease": order.lease,
        "error": error,
        "good": not outcome.error,
        "state": orjson.dumps(outcome.state).decode(),
        "refused": outcome.login_refused,
        "most": MOST_REFUSED,
        "left": outcome.left,
        "withheld": outcome.withheld,
        "more": outcome.more and outcome.taken > 0 and not outcome.error,
        "old_mails": outcome.old_mails,
        "old_count": outcome.old_count,
    }
    with resources.database.system() as connection:
        row = connection.execute(_NOTE, values).first()
        if row is None:
            raise LeaseLostError(f"source {order.source_id}: a newer fetch has begun")
        if outcome.batch_id is None:
            batches.note_empty(connection, source.id, outcome.started_at, seen=outcome.seen, error=error)
        elif error:
            batches.note_error(connection, outcome.batch_id, error)
        if not outcome.error:
            _note_gap(connection, source, outcome)
    _tell(resources, row, outcome)


def _note_gap(connection: Connection, source: SourceRow, outcome: Outcome) -> None:
    before = source.last_success_at
    allowed = _GAP_PERIODS * timedelta(seconds=source.period_seconds) + _GAP_MORE
    if before is not None and outcome.started_at - before > allowed:
        connection.execute(_GAP, {"id": new_id(), "source_id": source.id, "began_at": before})


def _tell(resources: Resources, row: Row[Any], outcome: Outcome) -> None:
    """Mails the admins what is wrong, that it works again, or what they are asked; those of who runs casemail read
    metrics and logs instead."""
    if outcome.old_mails is OldMails.ASKED and row.tenant_id:
        with resources.database.tenant(row.tenant_id) as connection:
            source_alerts.ask_of_old_mails(connection, resources.settings.console.url, row, outcome.old_count)
    if outcome.first_withheld and row.tenant_id:
        with resources.database.tenant(row.tenant_id) as connection:
            source_alerts.tell_of_withheld(connection, resources.settings.console.url, row, outcome.first_withheld)
    wrong = row.paused_for or (row.failing is not None and row.failing >= PATIENCE)
    if not outcome.error and row.told_at is None:
        return
    if outcome.error and (row.told_at is not None or not wrong):
        return
    if row.tenant_id:  # first the letter, which is written once only, then the note that it was
        with resources.database.tenant(row.tenant_id) as connection:
            source_alerts.tell_of_state(connection, resources.settings.console.url, row)
    with resources.database.system() as connection:
        connection.execute(_TOLD, {"id": row.id, "told": bool(outcome.error)})
