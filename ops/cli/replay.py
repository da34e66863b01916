"""`casemail replay`: sends mails of a tenant through today's rules again, or shows what these would do."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import text

from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from cases.inbound.replay_preview import WhatIf
from ops.cli.errors import fail
from ops.cli.opened import opened
from ops.cli.tenants import tenant_of
from ops.cli.terminal import visible
from schemas.tables import MailState
from storage.ledger import decided
from storage.resources import Resources
from workers import rehearsal

#: Mails that are queued in one transaction.
_BATCH = 500

_RUN = text("select id, run from mails where id = :id")


app = typer.Typer()


@app.command("replay")
def run(
    tenant: Annotated[str, typer.Option(help="Slug of the tenant.")],
    days: Annotated[int, typer.Option(min=1, help="Mails that came in within so many days.")] = 30,
    mail: Annotated[UUID | None, typer.Option(help="Only this mail, by its id in the inbound log.")] = None,
    what_if: Annotated[bool, typer.Option("--what-if", help="Change nothing; show what would happen.")] = False,
) -> None:
    """Replays the mails that did not post, or with `what_if` shows how all mails would end."""
    with opened() as resources:
        with resources.database.system() as connection:
            tenant_id = tenant_of(connection, tenant)
        with resources.database.tenant(tenant_id) as connection:
            if mail:
                runs = {row.id: row.run for row in connection.execute(_RUN, {"id": mail})}
            else:
                runs = decided.ended(connection, days, posted=what_if)
        if mail and not runs:
            fail(f"this tenant has no mail {mail}")
        if what_if:
            _show(found for mail_id in runs if (found := rehearsal.what_if(tenant_id, mail_id, resources)))
        else:
            _replay(resources, tenant_id, runs)


def _replay(resources: Resources, tenant_id: UUID, runs: Mapping[UUID, int]) -> None:
    """Queues the mails, each with the number of times it was decided on, and prints how many were refused and why."""
    decider = Decider(tenant_id, None, "casemail replay", resources.settings.secrets.address_keys)
    done, refused = 0, Counter[str]()
    left = iter(runs.items())
    while group := dict(islice(left, _BATCH)):
        with resources.database.tenant(tenant_id) as connection:
            outcome = decisions.act(connection, decider, Action.REPLAY, group)
        done += len(outcome.done)
        refused.update(map(str, outcome.refused.values()))
    print(f"{done} of {len(runs)} mails go through the rules again; the inbound log shows what becomes of them")
    for why, count in refused.most_common():
        print(f"  {count} not: {why}")


def _show(mails: Iterator[WhatIf]) -> None:
    """Prints each mail that would end differently, and the totals."""
    seen = more = fewer = other = 0
    for mail in mails:
        seen += 1
        if mail.changed:
            evidence = ", ".join(f"{name}: {value}" for name, value in mail.evidence.items())
            before, after = f"{mail.was} {mail.was_reason}".strip(), f"{mail.now} {mail.reason or ''}".strip()
            print(visible(f"{mail.mail_id}  {before} -> {after}" + (f" ({evidence})" if evidence else "")))
        more += mail.was is not MailState.POSTED and mail.now is MailState.POSTED
        fewer += mail.was is MailState.POSTED and mail.now is not MailState.POSTED
        other += mail.changed and MailState.POSTED not in (mail.was, mail.now)
    print(f"of {seen} mails {more} more would post, {fewer} fewer, {other} would end otherwise; nothing was changed")
