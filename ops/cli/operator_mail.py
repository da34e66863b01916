"""`casemail operator-mail`: the mail whose recipient belongs to no tenant, which is held for the operator."""

import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import Row, text

from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider, Outcome
from cases.refusal import Refusal
from ops.cli.errors import fail
from ops.cli.opened import opened
from ops.cli.terminal import visible
from schemas.reasons import REASONS
from schemas.tables import OPERATOR, new_id
from storage.resources import Resources
from workers.fetch.custody import Arrival, CustodyService

#: Mails that are discarded in one transaction.
_BATCH = 500

_HELD = text("""
select id, received_at, author, sender, recipient, subject, size from mails
where state = 'held' order by received_at desc, id desc limit :most
""")
_COUNT = text("select count(*) from mails where state = 'held'")
_MAIL = text("select * from mails where id = :id")
_RUNS = text("select id, run from mails where id = any(cast(:ids as uuid[]))")
_OLD = text("""
select id, run from mails where state = 'held' and received_at < now() - make_interval(days => :days)
order by received_at, id
""")


app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_held(most: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100) -> None:
    """Show what is held."""
    with opened() as resources, resources.database.tenant(OPERATOR) as connection:
        rows = connection.execute(_HELD, {"most": most}).all()
        count = connection.execute(_COUNT).scalar_one()
    for row in rows:
        print(visible(f"{row.id}  {row.received_at:%Y-%m-%d %H:%M}  {_from(row)} -> {row.recipient}  {row.subject}"))
    print(f"{count} mails are held, of which {len(rows)} are shown")


@app.command("show")
def show(
    mail: Annotated[UUID, typer.Argument(help="Its id, as listed.")],
    raw: Annotated[bool, typer.Option("--raw", help="Its original instead, byte for byte.")] = False,
) -> None:
    """Show all that is known of a mail."""
    with opened() as resources:
        row = _find(resources, mail)
        if row is None:
            fail(f"no mail {mail} is held for the operator")
        if raw and row.raw_deleted_by:
            fail(f"its original is deleted, by {row.raw_deleted_by}")
        if raw:
            sys.stdout.buffer.write(resources.blobs.get(row.raw))
            return
        known = {
            "state": f"{row.state} {row.reason}".strip(),
            "meaning": REASONS[row.reason].meaning if row.reason else "",
            "received": f"{row.received_at:%Y-%m-%d %H:%M:%S %Z}",
            "from": _from(row),
            "envelope sender": row.sender or "<>",
            "to": row.recipient,
            "subject": row.subject,
            "bytes": f"{row.size:,}",
            **row.evidence,
        }
        for name, value in known.items():
            print(visible(f"{name}: {value}"))


@app.command("deliver")
def deliver(mails: Annotated[list[UUID], typer.Argument(metavar="MAIL...")]) -> None:
    """Give mails to the tenant that has their address by now. Exit code 1 if some have none."""
    with opened() as resources:
        custody, failed = CustodyService(resources), 0
        for mail_id in mails:
            problem = _deliver(resources, custody, mail_id)
            failed += bool(problem)
            print(visible(f"{mail_id}: {problem or 'delivered'}"))
    raise typer.Exit(1 if failed else 0)


@app.command("discard")
def discard(
    mails: Annotated[list[UUID] | None, typer.Argument(metavar="[MAIL...]")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="All that have been held for so many days.")] = None,
) -> None:
    """Discard mails; their originals are deleted as those of all ended mail are. Exit code 1 if some were refused."""
    if bool(mails) is (days is not None):
        fail("name the mails to discard, or --days")
    named = mails or []
    with opened() as resources:
        with resources.database.tenant(OPERATOR) as connection:
            statement, values = (_RUNS, {"ids": named}) if days is None else (_OLD, {"days": days})
            runs = {row.id: row.run for row in connection.execute(statement, values)}
        refused = dict.fromkeys(
            [mail_id for mail_id in named if mail_id not in runs], Refusal("There is no such mail.")
        )
        done = 0
        for group in _groups(runs):
            outcome = _discard(resources, group)
            done += len(outcome.done)
            refused |= outcome.refused
    for mail_id, problem in refused.items():
        print(f"{mail_id}: {problem}")
    print(f"{done} mails are discarded")
    raise typer.Exit(1 if refused else 0)


def _deliver(resources: Resources, custody: CustodyService, mail_id: UUID) -> str:
    """Gives a mail to its tenant as if it came in just now; returns why that was not possible, empty if it was."""
    row = _find(resources, mail_id)
    if row is None or row.state != "held":
        return "it is not held for the operator"
    if custody.tenant_of(row.recipient) is None:
        return f"no tenant has the address {row.recipient}"
    # custody comes first: it takes the same mail only once, so that an interrupted delivery can be repeated
    custody.take(new_id(), [Arrival(resources.blobs.get(row.raw), row.recipient, row.sender, f"operator {mail_id}")])
    return "; ".join(map(str, _discard(resources, {mail_id: row.run}).refused.values()))


def _discard(resources: Resources, runs: Mapping[UUID, int]) -> Outcome:
    operator = Decider(OPERATOR, None, "casemail operator-mail", resources.settings.secrets.address_keys)
    with resources.database.tenant(OPERATOR) as connection:
        return decisions.act(connection, operator, Action.DISCARD, runs)


def _find(resources: Resources, mail_id: UUID) -> Row[Any] | None:
    with resources.database.tenant(OPERATOR) as connection:
        return connection.execute(_MAIL, {"id": mail_id}).first()


def _groups(runs: Mapping[UUID, int]) -> Iterator[dict[UUID, int]]:
    left = iter(runs.items())
    while group := dict(islice(left, _BATCH)):
        yield group


def _from(row: Row[Any]) -> str:
    return str(row.author or row.sender or "<>")
