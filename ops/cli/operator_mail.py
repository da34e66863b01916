"""`casemail operator-mail`: the mail whose recipient belongs to no tenant, which is held for whoever runs casemail."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider, Outcome
from cases.refusal import Refusal
from ops.cli.mail_parse import visible
from schemas.reasons import REASONS
from schemas.settings import Settings
from schemas.tables import OPERATOR, new_id
from storage.resources import Resources, open_resources
from workers.fetch.custody import Arrival, CustodyService

#: Mails of one transaction.
TOGETHER = 500
USAGE_ERROR = 2

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


def show_list(settings: Settings, most: int) -> int:
    """Prints the newest of what is held, a line for each mail."""
    with open_resources(settings).database.tenant(OPERATOR) as connection:
        rows = connection.execute(_HELD, {"most": most}).all()
        count = connection.execute(_COUNT).scalar_one()
    for row in rows:
        print(visible(f"{row.id}  {row.received_at:%Y-%m-%d %H:%M}  {_from(row)} -> {row.recipient}  {row.subject}"))
    print(f"{count} mails are held, of which {len(rows)} are shown")
    return 0


def show(settings: Settings, mail_id: UUID, *, raw: bool) -> int:
    """Prints what is known of a mail, or its original as it came; 2 where there is no such mail."""
    resources = open_resources(settings)
    row = _find(resources, mail_id)
    if row is None:
        return _refused(f"no mail {mail_id} is held for the operator")
    if raw and row.raw_deleted_by:
        return _refused(f"its original is deleted, by {row.raw_deleted_by}")
    if raw:
        sys.stdout.buffer.write(resources.blobs.get(row.raw))
        return 0
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
    return 0


def deliver(settings: Settings, mail_ids: Sequence[UUID]) -> int:
    """Gives mails to the tenant that their recipient belongs to by now, as if they came in just now; 1 if some could
    not be given to anybody."""
    resources = open_resources(settings)
    custodian, failed = CustodyService(resources), 0
    for mail_id in mail_ids:
        why = _deliver(resources, custodian, mail_id)
        failed += bool(why)
        print(visible(f"{mail_id}: {why or 'delivered'}"))
    return 1 if failed else 0


def discard(settings: Settings, mail_ids: Sequence[UUID], days: int | None) -> int:
    """Discards these mails, or all that have been held for so many days; their originals go when those of all ended
    mail do. 1 if some could not be discarded."""
    resources = open_resources(settings)
    with resources.database.tenant(OPERATOR) as connection:
        statement, values = (_RUNS, {"ids": list(mail_ids)}) if days is None else (_OLD, {"days": days})
        runs = {row.id: row.run for row in connection.execute(statement, values)}
    missing = [mail_id for mail_id in mail_ids if mail_id not in runs]
    refused = dict.fromkeys(missing, Refusal("There is no such mail."))
    done = 0
    for group in _groups(runs):
        outcome = _discard(resources, group)
        done += len(outcome.done)
        refused |= outcome.refused
    for mail_id, why in refused.items():
        print(f"{mail_id}: {why}")
    print(f"{done} mails are discarded")
    return 1 if refused else 0


def _deliver(resources: Resources, custodian: CustodyService, mail_id: UUID) -> str:
    """Why a mail could not be delivered; empty when it was."""
    row = _find(resources, mail_id)
    if row is None or row.state != "held":
        return "it is not held for the operator"
    if custodian.tenant_of(row.recipient) is None:
        return f"no tenant has the address {row.recipient}"
    # first the custody, which takes the same mail only once: whatever breaks off here can be done again
    custodian.take(new_id(), [Arrival(resources.blobs.get(row.raw), row.recipient, row.sender, f"operator {mail_id}")])
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
    while group := dict(islice(left, TOGETHER)):
        yield group


def _from(row: Row[Any]) -> str:
    return str(row.author or row.sender or "<>")


def _refused(why: str) -> int:
    print(f"casemail: {why}", file=sys.stderr)
    return USAGE_ERROR
