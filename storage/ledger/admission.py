"""Admission: moves waiting mails into the topics, and out again when they stall.

Each function takes an open transaction: `admit`, `put_back` and `stalled` across tenants, as the system role;
`put_with_heavy` in the scope of the mail's tenant.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, Row, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from schemas.records import Custody, Override
from schemas.tables import Lane

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

#: Of large mails of one tenant, and of heavy ones, a hundredth of its window is in the topics at a time, but this many.
LEAST_LARGE = 2
#: How many times as long a heavy mail may take before it counts as stalled.
_HEAVY_STALL = 10

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
