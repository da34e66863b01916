"""The ledger's statements: custody, admission to the topics, re-emission, end states, batches.

Each takes an open transaction. `take`, `admit`, `put_back`, `stalled` and `finish_batches` work across tenants as the
system role; `lock_open`, `end` and `end_forward` in the scope of the mails' tenant.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Uuid, bindparam, insert, text, tuple_
from sqlalchemy import select as sql_select
from sqlalchemy.dialects.postgresql import ARRAY

from schemas.reasons import Reason
from schemas.records import Custody, Override
from schemas.tables import ERASED, Deletion, Lane, Mail, MailState, core, new_id, now

_MAILS = core(Mail)
_CUSTODY = (
    "id",
    "tenant_id",
    "raw",
    "size",
    "recipient",
    "sender",
    "received_at",
    "run",
    "override",
    "whole_size",
    f"lane = {Lane.HEAVY:d} as heavy",
)

#: Bytes of an ordinary mail: a larger one travels alone, so that no other waits for its parse.
ORDINARY_BYTES = 64 * 1024
#: Of large mails of one tenant, and of heavy ones, a hundredth of its window is in the topics at a time, but this many.
LEAST_LARGE = 2
#: How many times as long a heavy mail may take before it counts as stalled.
_HEAVY_STALL = 10

# one statement of the same words for any number of mails: PostgreSQL and its driver read it once
_TAKE = text("""
with counted as (
    insert into intake (id, tenant_id, batch_id, taken)
    select uuidv7(), t.tenant_id, :batch_id, count(*)
    from unnest(cast(:tenant_id as uuid[])) t(tenant_id) group by t.tenant_id
)
insert into mails (id, tenant_id, content_key, source_ref, raw, size, recipient, sender, received_at, whole_size,
    batch_id, state, emissions, reason, evidence, author, subject, run, raw_deleted_by, lane)
select m.*, :batch_id, 'waiting', 0, '', '{}', '', '', 0, '', (m.size > :ordinary)::int
from unnest(cast(:id as uuid[]), cast(:tenant_id as uuid[]), cast(:content_key as bytea[]),
    cast(:source_ref as text[]), cast(:raw as text[]), cast(:size as int[]), cast(:recipient as text[]),
    cast(:sender as text[]), cast(:received_at as timestamptz[]), cast(:whole_size as bigint[]))
    m(id, tenant_id, content_key, source_ref, raw, size, recipient, sender, received_at, whole_size)
on conflict (tenant_id, content_key) where duplicate_of is null do nothing
returning id
""")
_TAKE_DUPLICATE = insert(_MAILS)


@dataclass(frozen=True)
class NewMail:
    """A mail whose raw bytes are durable in the blob store under `raw`, about to enter the ledger."""

    tenant_id: UUID
    content_key: bytes
    source_ref: str
    raw: str
    size: int
    recipient: str
    sender: str
    received_at: datetime
    whole_size: int = 0


def take(connection: Connection, batch_id: UUID, mails: Sequence[NewMail]) -> list[UUID]:
    """Writes a ledger row for each mail and returns their ids in order.

    A mail whose content key is there already is the same delivery again, and becomes a row that has ended as a dropped
    duplicate. When the transaction is committed the mails are in custody.
    """
    if not mails:
        return []
    rows = [{**vars(mail), "id": new_id()} for mail in mails]
    # two who take the same mails meet at the first, and not each at what the other has
    in_order = sorted(rows, key=lambda row: row["content_key"])
    columns = {name: [row[name] for row in in_order] for name in rows[0]}
    entered = set(connection.execute(_TAKE, {**columns, "batch_id": batch_id, "ordinary": ORDINARY_BYTES}).scalars())
    if duplicates := [row for row in rows if row["id"] not in entered]:
        _take_duplicates(connection, batch_id, duplicates)
    return [row["id"] for row in rows]


def _take_duplicates(connection: Connection, batch_id: UUID, rows: list[dict[str, Any]]) -> None:
    key = tuple_(_MAILS.c.tenant_id, _MAILS.c.content_key)
    found = connection.execute(
        sql_select(_MAILS.c.tenant_id, _MAILS.c.content_key, _MAILS.c.id, _MAILS.c.raw_deleted_by).where(
            _MAILS.c.duplicate_of.is_(None), key.in_([(row["tenant_id"], row["content_key"]) for row in rows])
        )
    )
    first = {(row.tenant_id, bytes(row.content_key)): row for row in found}
    for row in rows:
        original = first[row["tenant_id"], row["content_key"]]
        erased = original.raw_deleted_by in ERASED  # what was erased stays so, however often it is delivered again
        row.update(
            batch_id=batch_id,
            sender="" if erased else row["sender"],
            raw_deleted_by=Deletion.ERASURE if erased else "",
            emissions=0,
            author="",
            subject="",
            run=0,
            state=MailState.DROPPED,
            duplicate_of=original.id,
            ended_at=now(),
            reason=Reason.DUPLICATE,
            evidence={"first came in as": str(original.id)},
        )
    connection.execute(_TAKE_DUPLICATE, rows)


# One dispatcher at a time lets mails of a tenant in, so that two don't both fill its window. Its turn may come after
# what it sees was read: mails that another has let in meanwhile are passed over, and none is ever waited for.
_ADMIT = text(f"""
with turn as materialized (
    select t.id from tenants t
    where exists (select 1 from mails m where m.tenant_id = t.id and m.state = 'waiting')
      and pg_try_advisory_xact_lock(hashtextextended(t.id::text, 0))
), room as materialized (
    select id, line.lane, line.most - (
        select count(*) from mails m where m.tenant_id = turn.id and m.state = 'moving' and m.lane = line.lane
    ) as free
    from turn cross join (values (0, :window), (1, :large_window), (2, :large_window)) line(lane, most)
), picked as materialized (
    select m.id from room cross join lateral (
        select id, row_number() over () as place from (
            select id from mails where tenant_id = room.id and state = 'waiting' and lane = room.lane
            order by received_at limit greatest(room.free, 0)
        ) oldest
    ) m order by m.place limit :most
), locked as materialized (
    select id from mails where id in (select id from picked) and state = 'waiting' for update skip locked
)
update mails set state = 'moving', emitted_at = now(), emissions = emissions + 1 where id in (select id from locked)
returning {", ".join(_CUSTODY)}
""")  # noqa: S608  # only names of ours are put in


def admit(connection: Connection, *, window: int, most: int) -> list[Custody]:
    """Lets waiting mails into the topics, oldest first, until each tenant has `window` of them there, and beside them a
    hundredth as many large and heavy ones.

    Returns the mails, at most `most`, of every tenant its first before of any its second, for the caller to emit once
    the transaction is committed.
    """
    values = {"window": window, "large_window": min(window, max(LEAST_LARGE, window // 100)), "most": most}
    mails = [_custody(row) for row in connection.execute(_ADMIT, values)]
    return sorted(mails, key=lambda mail: mail.received_at)


_PUT_BACK = text("""
update mails set state = 'waiting', emitted_at = null, emissions = emissions - 1
where id in (select id from mails where id = any(:ids) and state = 'moving' for update skip locked)
""").bindparams(bindparam("ids", type_=ARRAY(Uuid())))


def put_back(connection: Connection, mail_ids: Sequence[UUID]) -> None:
    """Takes back an admission whose records Kafka did not acknowledge; a mail that a stage is ending has arrived."""
    connection.execute(_PUT_BACK, {"ids": list(mail_ids)})


_PUT_WITH_HEAVY = text(f"""
update mails set state = 'waiting', lane = {Lane.HEAVY:d}, emitted_at = null, emissions = 0
where id = :mail_id and run = :run and state = 'moving' and lane <> {Lane.HEAVY:d}
""")  # noqa: S608  # only names of ours are put in


def put_with_heavy(connection: Connection, mail: Custody) -> None:
    """Puts a mail back in line, among the heavy ones; not when it is there already, or a person decided on it."""
    connection.execute(_PUT_WITH_HEAVY, {"mail_id": mail.mail_id, "run": mail.run})


_STALLED = (
    "emitted_at < now() - make_interval(secs => :stall) * power(2, emissions - 1)"
    f" * case when lane = {Lane.HEAVY:d} then {_HEAVY_STALL} else 1 end"
)

_RE_EMIT = text(f"""
update mails set emitted_at = now(), emissions = emissions + 1
where id in (
    select id from mails
    where state = 'moving' and emissions < :max_emissions
      and {_STALLED}
    order by emitted_at limit :most for update skip locked
)
returning {", ".join(_CUSTODY)}
""")  # noqa: S608  # only names of ours are put in

_GIVE_UP = text(f"""
update mails set state = 'held', ended_at = now(), reason = 'stalled',
    evidence = jsonb_build_object('times sent into the topics', emissions::text)
where id in (
    select id from mails
    where state = 'moving' and emissions >= :max_emissions
      and {_STALLED}
    limit :most for update skip locked
)
""")  # noqa: S608  # only names of ours are put in


def stalled(
    connection: Connection, *, stall_seconds: float, max_emissions: int, most: int
) -> tuple[list[Custody], int]:
    """Finds mails in the topics that have not ended for too long; the time doubles with each emission.

    Returns those to be emitted again, and how many were held because `max_emissions` did not bring them through.
    """
    values = {"stall": stall_seconds, "max_emissions": max_emissions, "most": most}
    again = [_custody(row) for row in connection.execute(_RE_EMIT, values)]
    return again, connection.execute(_GIVE_UP, values).rowcount


def _custody(row: Row[tuple[object, ...]]) -> Custody:
    values = dict(row._mapping)
    if values["override"]:
        values["override"] = Override.model_validate(values["override"])
    return Custody.model_construct(mail_id=values.pop("id"), **values)


@dataclass(frozen=True)
class End:
    """The end state of a mail (or `forwarding`), and what the inbound log says about it."""

    mail_id: UUID
    state: MailState
    reason: Reason | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    author: str = ""
    subject: str = ""


# in the order of their ids, so that two who lock the same rows don't wait for each other
_LOCK_OPEN = text("""
select id, run from mails where id = any(cast(:ids as uuid[])) and state in ('waiting', 'moving') order by id for update
""")

_END = text("""
update mails m set state = e.state, reason = e.reason, evidence = e.evidence, author = e.author, subject = e.subject,
    ended_at = case when e.state = 'forwarding' then null else cast(:at as timestamptz) end
from unnest(cast(:ids as uuid[]), cast(:states as text[]), cast(:reasons as text[]), cast(:evidences as jsonb[]),
    cast(:authors as text[]), cast(:subjects as text[])) e(id, state, reason, evidence, author, subject)
where m.id = e.id and m.state in ('waiting', 'moving')
""")


def lock_open(connection: Connection, mails: Sequence[Custody]) -> set[UUID]:
    """Which of these mails have no end state yet; to the end of the transaction nobody else gives them one.

    A mail that a person has decided on since its record was made is not among them: the record of the new run ends it.
    """
    runs = {mail.mail_id: mail.run for mail in mails}
    return {row.id for row in connection.execute(_LOCK_OPEN, {"ids": list(runs)}) if row.run == runs[row.id]}


def end(connection: Connection, ends: Sequence[End]) -> None:
    """Gives mails their end states, or `forwarding`; one that has one of these already keeps it."""
    if not ends:
        return
    connection.execute(
        _END,
        {
            "at": now(),
            "ids": [one.mail_id for one in ends],
            "states": [one.state.value for one in ends],
            "reasons": [one.reason.value if one.reason else "" for one in ends],
            "evidences": [json.dumps(dict(one.evidence)) for one in ends],
            "authors": [one.author for one in ends],
            "subjects": [one.subject for one in ends],
        },
    )


_ERASE_AGAIN = text("""
update mails set sender = '', raw_deleted_by = 'erasure' where id = any(cast(:ids as uuid[])) and reason = 'erased'
""")


def erase_again(connection: Connection, mail_ids: Sequence[UUID]) -> None:
    """Takes what is left of mails that came in once more after they were erased: the dispatcher deletes their bytes."""
    if mail_ids:
        connection.execute(_ERASE_AGAIN, {"ids": list(mail_ids)})


_END_FORWARD = text("""
update mails set ended_at = now(),
    state = case when :sent then 'forwarded' else 'held' end,
    reason = case when :sent then reason else 'forward_failed' end,
    evidence = case when :sent then evidence
        else evidence || jsonb_build_object('rejected for', reason, 'the mail server says', cast(:words as text)) end
where id = :mail_id and state = 'forwarding'
""")


def end_forward(connection: Connection, mail_id: UUID, *, sent: bool, words: str) -> None:
    """Ends a mail whose forward was sent, or holds it where the mail server refused the forward with `words`."""
    connection.execute(_END_FORWARD, {"mail_id": mail_id, "sent": sent, "words": words})


_FINISH = text("""
update batches b
set finished_at = coalesce((select max(ended_at) from mails m where m.batch_id = b.id), b.closed_at)
where b.closed_at is not null and b.finished_at is null
  and not exists (select 1 from mails m where m.batch_id = b.id and m.ended_at is null)
returning coalesce((select kind from sources s where s.id = b.source_id), 'removed'),
    extract(epoch from b.finished_at - b.started_at)::float8
""")


def finish_batches(connection: Connection) -> list[tuple[str, float]]:
    """Marks the closed batches whose mails have all ended.

    Returns the kind of source and the batch latency in seconds of each: from the start of the fetch to the end
    state of its last mail.
    """
    return [(kind, seconds) for kind, seconds in connection.execute(_FINISH)]
