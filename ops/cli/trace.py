"""`casemail trace`: the whole life of a mail, from the database alone."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection, Row, text

from ops.cli.errors import fail
from ops.cli.terminal import visible
from schemas.settings import load
from storage.database import open_database

#: How far the clocks of our processes and of PostgreSQL may differ.
_CLOCKS = timedelta(minutes=5)

_WHERE = text("""
select id, tenant_id from mails where id = :id
union all select mail_id, tenant_id from updates where id = :id and mail_id is not null
""")
# as the system role: tenants don't see the sources of all
_SOURCE = text("""
select s.kind || ' ' || s.name from mails m join batches b on b.id = m.batch_id join sources s on s.id = b.source_id
where m.id = :id
""")
_MAIL = text("""
select m.*, b.started_at, b.closed_at, b.finished_at, b.error as batch_error
from mails m left join batches b on b.id = m.batch_id where m.id = :id
""")
_UPDATE = text("""
select u.id, u.posted_at, u.validated, u.decision, u.decided_at, d.name as decider, c.number
from updates u join cases c on c.id = u.case_id left join users d on d.id = u.decided_by where u.mail_id = :id
""")
_ACTS = text("""
select a.at, a.act, a.details, u.name from audit a left join users u on u.id = a.actor_id
where a.subject_id = any(:ids) order by a.at, a.id
""")
_RECIPIENTS = text("""
select id, email, logged_at, bounced_at, bounce_permanent, bounce_words from update_recipients where update_id = :id
""")
_OF_MAIL = text("""
select id, kind, to_email, state, attempts, created_at, due_at, sent_at, error from outbox
where mail_id = :id order by id
""")
# by the time in the ids: there is no index on recipients, which would cost something for each mail
_NOTICES = text("""
select id, kind, to_email, state, attempts, created_at, due_at, sent_at, error from outbox
where recipient_id = any(:ids) and id >= :since and id < :until order by id
""")

app = typer.Typer()


@dataclass(frozen=True)
class Event:
    """Something that happened to a mail: when, what, and more about it in words."""

    at: datetime
    what: str
    words: str = ""


@app.command("trace")
def trace(
    mail: Annotated[str, typer.Argument(metavar="MAIL", help="The id of a mail, or of the update that it posted.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Print what happened to a mail and what it caused, with times: custody, topics, end, decisions of people, outgoing
    mails with the mail server's answers. Exit code 1 if there is no such mail; `casemail find` finds ids."""
    settings = load()
    try:
        id_ = UUID(mail)
    except ValueError:
        fail(f"{visible(mail)} is no id of a mail or an update; `casemail find` finds mails by other words")
    with closing(open_database(settings)) as database:
        with database.system() as connection:
            found = connection.execute(_WHERE, {"id": id_}).first()
        if found is None:
            print(f"no mail and no update of a mail has the id {id_}")
            raise typer.Exit(1)
        with database.system() as connection:
            source = connection.execute(_SOURCE, {"id": found.id}).scalar() or "a source that is gone"
        with database.tenant(found.tenant_id) as connection:
            row, events = life(connection, found.id, source)
    if as_json:
        shown = [asdict(event) | {"at": event.at.isoformat()} for event in events]
        about = {"mail": str(row.id), "batch": str(row.batch_id), "tenant": str(row.tenant_id), "state": row.state}
        print(json.dumps(about | {"reason": row.reason, "events": shown}, indent=2))
    else:
        print(f"{row.id}  {row.state} {row.reason}".rstrip())
        Console().print(table(events))


def life(connection: Connection, mail_id: UUID, source: str) -> tuple[Row[Any], list[Event]]:
    """Returns the row of a mail from `source`, and all that happened to it, in the order of time; in the scope of its
    tenant."""
    mail = connection.execute(_MAIL, {"id": mail_id}).one()
    update = connection.execute(_UPDATE, {"id": mail_id}).first()
    recipients = connection.execute(_RECIPIENTS, {"id": update.id}).all() if update else []
    acts = connection.execute(_ACTS, {"ids": [mail_id, *([update.id] if update else [])]})
    events = [*_custody(mail, source), *_end(mail)]
    if update:
        events += _update(update)
    for row in acts:
        details = ", ".join(f"{name}: {value}" for name, value in row.details.items())
        events.append(Event(row.at, row.act, f"by {row.name or 'casemail'}" + (f"; {details}" if details else "")))
    sent = [*connection.execute(_OF_MAIL, {"id": mail_id}), *_notices(connection, recipients)]
    for row in sent:
        events += _outgoing(row)
    for row in recipients:
        if row.bounced_at:
            lasting = "for good" if row.bounce_permanent else "for now"
            events.append(Event(row.bounced_at, "notice bounced", f"{row.email}, {lasting}: {row.bounce_words or ''}"))
    return mail, sorted(events, key=lambda event: event.at)


def _custody(mail: Row[Any], source: str) -> Iterator[Event]:
    if mail.started_at:
        yield Event(mail.started_at, "batch began", f"{mail.batch_id} of {source}")
    if mail.closed_at:
        yield Event(mail.closed_at, "batch closed", mail.batch_error)
    if mail.finished_at:
        yield Event(mail.finished_at, "batch finished", "all its mails have ended")
    yield Event(mail.received_at, "in custody", f"for {mail.recipient}, as {mail.source_ref}, {mail.size} bytes")
    if mail.duplicate_of:
        yield Event(mail.received_at, "duplicate", f"of {mail.duplicate_of}")
    if mail.emitted_at:
        times = "" if mail.emissions == 1 else f"for the {mail.emissions}th time; earlier times are not kept"
        yield Event(mail.emitted_at, "into the topics", times)


def _end(mail: Row[Any]) -> Iterator[Event]:
    if mail.ended_at:
        evidence = "; ".join(f"{name}: {value}" for name, value in mail.evidence.items())
        yield Event(mail.ended_at, mail.state, " ".join(filter(None, (mail.reason, evidence and f"({evidence})"))))
    if mail.raw_deleted_at:
        yield Event(mail.raw_deleted_at, "original deleted", f"by {mail.raw_deleted_by}")


def _update(update: Row[Any]) -> Iterator[Event]:
    waits = "" if update.validated or update.decided_at else ", waits for approval"
    yield Event(update.posted_at, "update", f"{update.id} on case {update.number}{waits}")
    if update.decided_at:
        yield Event(update.decided_at, f"update {update.decision}", f"by {update.decider or 'a person who is gone'}")


def _notices(connection: Connection, recipients: Sequence[Row[Any]]) -> list[Row[Any]]:
    if not recipients:
        return []
    since = min(row.logged_at for row in recipients) - _CLOCKS
    until = max(row.logged_at for row in recipients) + _CLOCKS
    values = {"ids": [row.id for row in recipients], "since": _first_id(since), "until": _first_id(until)}
    return list(connection.execute(_NOTICES, values))


def _first_id(at: datetime) -> UUID:
    """Returns the least id of version 7 that is made at this time (RFC 9562 section 5.7)."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def _outgoing(row: Row[Any]) -> Iterator[Event]:
    tries = f"{row.attempts} {'try' if row.attempts == 1 else 'tries'}"
    said = f", the mail server said: {row.error}" if row.error else ""
    yield Event(row.created_at, f"{row.kind} queued", f"to {row.to_email}")
    if row.sent_at:
        yield Event(row.sent_at, f"{row.kind} sent", f"to {row.to_email}, {tries}{said}")
    elif row.state == "failed":
        # the time of the last try is not kept: `due_at` was set from it
        yield Event(row.due_at, f"{row.kind} failed", f"to {row.to_email}, {tries}{said}")
    elif row.attempts:
        yield Event(row.due_at, f"{row.kind} due again", f"to {row.to_email}, after {tries}{said}")


def table(events: list[Event]) -> Table:
    """Returns the events as a table for people, each with the seconds since the one before."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("time (UTC)", "after", "what", "more"):
        made.add_column(heading, no_wrap=heading != "more", overflow="fold")
    before: datetime | None = None
    for event in events:
        after = f"{(event.at - before).total_seconds():.2f} s" if before else ""
        at = event.at.astimezone(UTC)
        shown = f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}"
        made.add_row(shown, after, event.what, Text(visible(event.words)))
        before = event.at
    return made
