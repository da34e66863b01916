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

#: Most large mails, and most heavy mails, of a tenant in the topics: a hundredth of its window, but at least this.
LEAST_LARGE = 2
#: A heavy mail counts as stalled after this many times as long as other mails.
_HEAVY_STALL = 10

# One dispatcher at a time admits mails of a tenant, so that two dispatchers don't both fill its window. It may get the
# lock after its snapshot was taken: it skips mails that another dispatcher has admitted meanwhile, and waits for none.
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
""")  # noqa: S608  # only our own names are inserted


def admit(connection: Connection, *, window: int, most: int) -> list[Custody]:
    """Admits waiting mails to the topics, oldest first, until each tenant has `window` of them there.

    Large mails and heavy mails have windows of a hundredth of that. Returns at most `most` mails, one of each tenant
    before a second of any tenant, for the caller to emit after the commit.
    """
    values = {"window": window, "large_window": min(window, max(LEAST_LARGE, window // 100)), "most": most}
    mails = [_custody(row) for row in connection.execute(_ADMIT, values)]
    return sorted(mails, key=lambda mail: mail.received_at)


_PUT_BACK = text("""
update mails set state = 'waiting', emitted_at = null, emissions = emissions - 1
where id in (select id from mails where id = any(:ids) and state = 'moving' for update skip locked)
""").bindparams(bindparam("ids", type_=ARRAY(Uuid())))


def put_back(connection: Connection, mail_ids: Sequence[UUID]) -> None:
    """Makes mails wait again whose records Kafka did not acknowledge; not mails that a stage is just ending."""
    connection.execute(_PUT_BACK, {"ids": list(mail_ids)})


_PUT_WITH_HEAVY = text(f"""
update mails set state = 'waiting', lane = {Lane.HEAVY:d}, emitted_at = null, emissions = 0
where id = :mail_id and run = :run and state = 'moving' and lane <> {Lane.HEAVY:d}
""")  # noqa: S608  # only our own names are inserted


def put_with_heavy(connection: Connection, mail: Custody) -> None:
    """Makes a mail wait again as a heavy mail; not if it is heavy already, or a person has decided on it meanwhile."""
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
""")  # noqa: S608  # only our own names are inserted

_GIVE_UP = text(f"""
update mails set state = 'held', ended_at = now(), reason = 'stalled',
    evidence = jsonb_build_object('times sent into the topics', emissions::text)
where id in (
    select id from mails
    where state = 'moving' and emissions >= :max_emissions
      and {_STALLED}
    limit :most for update skip locked
)
""")  # noqa: S608  # only our own names are inserted


def stalled(
    connection: Connection, *, stall_seconds: float, max_emissions: int, most: int
) -> tuple[list[Custody], int]:
    """Handles mails that have been in the topics for more than `stall_seconds`, doubled with each emission.

    Returns at most `most` mails to emit again, and the number of mails that it held after `max_emissions`.
    """
    values = {"stall": stall_seconds, "max_emissions": max_emissions, "most": most}
    again = [_custody(row) for row in connection.execute(_RE_EMIT, values)]
    return again, connection.execute(_GIVE_UP, values).rowcount


def _custody(row: Row[tuple[object, ...]]) -> Custody:
    values = dict(row._mapping)
    if values["override"]:
        values["override"] = Override.model_validate(values["override"])
    return Custody.model_construct(mail_id=values.pop("id"), **values)
