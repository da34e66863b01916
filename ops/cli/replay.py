"""`casemail replay`: mails of a tenant once more through the rules of today, for real or what if."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from uuid import UUID

from sqlalchemy import text

from cases.inbound import decisions as cases_held
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from cases.inbound.replay_preview import WhatIf
from ops.cli.mail_parse import visible
from schemas.settings import Settings
from schemas.tables import MailState
from storage.ledger import decided
from storage.resources import Resources, open_resources
from workers.rehearsal import what_if as ask

#: Mails put in line in one transaction.
TOGETHER = 500
USAGE_ERROR = 2

_TENANT = text("select id from tenants where slug = :slug")
_RUN = text("select id, run from mails where id = :id")


def run(settings: Settings, slug: str, *, days: int, mail_id: UUID | None, what_if: bool) -> int:
    """Does what the command says; 2 where there is no such tenant or mail."""
    resources = open_resources(settings)
    with resources.database.system() as connection:
        tenant_id = connection.execute(_TENANT, {"slug": slug}).scalar()
    if tenant_id is None:
        print(f"casemail: there is no tenant {slug!r}", file=sys.stderr)
        return USAGE_ERROR
    with resources.database.tenant(tenant_id) as connection:
        if mail_id:
            runs = {row.id: row.run for row in connection.execute(_RUN, {"id": mail_id})}
        else:
            runs = decided.ended(connection, days, posted=what_if)
    if mail_id and not runs:
        print(f"casemail: this tenant has no mail {mail_id}", file=sys.stderr)
        return USAGE_ERROR
    if what_if:
        _tell(told for one in runs if (told := ask(tenant_id, one, resources)))
    else:
        _replay(resources, tenant_id, runs)
    return 0


def _replay(resources: Resources, tenant_id: UUID, runs: Mapping[UUID, int]) -> None:
    worker = Decider(tenant_id, None, "casemail replay", resources.settings.secrets.address_keys)
    done, refused = 0, Counter[str]()
    left = iter(runs.items())
    while group := dict(islice(left, TOGETHER)):
        with resources.database.tenant(tenant_id) as connection:
            outcome = cases_held.act(connection, worker, Action.REPLAY, group)
        done += len(outcome.done)
        refused.update(map(str, outcome.refused.values()))
    print(f"{done} of {len(runs)} mails go through the rules again; the inbound log shows what becomes of them")
    for why, count in refused.most_common():
        print(f"  {count} not: {why}")


def _tell(mails: Iterator[WhatIf]) -> None:
    seen = more = fewer = other = 0
    for one in mails:
        seen += 1
        if one.changed:
            evidence = ", ".join(f"{name}: {value}" for name, value in one.evidence.items())
            before, after = f"{one.was} {one.was_reason}".strip(), f"{one.now} {one.reason or ''}".strip()
            print(visible(f"{one.mail_id}  {before} -> {after}" + (f" ({evidence})" if evidence else "")))
        more += one.was is not MailState.POSTED and one.now is MailState.POSTED
        fewer += one.was is MailState.POSTED and one.now is not MailState.POSTED
        other += one.changed and MailState.POSTED not in (one.was, one.now)
    print(f"of {seen} mails {more} more would post, {fewer} fewer, {other} would end otherwise; nothing was changed")
