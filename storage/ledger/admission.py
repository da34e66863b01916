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
    "batch_id",
)

#: Most large mails, and most heavy mails, of a tenant in the topics: a hundredth of its window, but at least this.
LEAST_LARGE = 2
#: A heavy mail counts as stalled after this many times as long as other mails.
_HEAVY_STALL = 10

#: The share of a tenant without other mails in the topics: it need not wait for the limit of all tenants together.
_FIRST = 1
#: Seconds after which a mail in the topics does not count for that limit: it waits for a retry or a slow server, and
#: takes no work from others.
WORK_SECONDS = 10

# One dispatcher at a time admits mails, so that two dispatchers don't both fill the topics. A process that is frozen in
# its turn loses its transaction, and with it the lock.
_TURN = text("""
select exists (select from mails where state = 'waiting')
    and pg_try_advisory_xact_lock(hashtextextended('casemail admission', 0))
    and set_config('idle_in_transaction_session_timeout', '5s', true) is not null
""")
# `place` orders all waiting mails: the first mail of each tenant before the second of any, counted with those that are
# in the topics already. Among mails in the same place chance decides, so that no tenant is always the last. With
# `state || ''` the planner can't read the whole index of waiting mails for each picked one, which it did before its
# statistics knew of a new backlog.
_ADMIT = text(f"""
with waiting as materialized (
    select t.id from tenants t
    where exists (select 1 from mails m where m.tenant_id = t.id and m.state = 'waiting')
), moving as materialized (
    select tenant_id, lane, count(*) as n,
        count(*) filter (where emitted_at > now() - make_interval(secs => {WORK_SECONDS})) as recent
    from mails where state = 'moving' group by tenant_id, lane
), together as materialized (
    select case when (select count(*) from waiting) = 1 then greatest(:together, :window) else :together end
        - coalesce(sum(recent) filter (where lane <> {Lane.HEAVY:d}), 0) as free
    from moving
), room as materialized (
    select waiting.id, line.lane,
        (select coalesce(sum(n), 0) from moving where tenant_id = waiting.id and lane <> {Lane.HEAVY:d}) as before,
        greatest(0, least(line.most - coalesce(m.n, 0), case when line.lane = {Lane.HEAVY:d} then line.most
            else greatest((select free from together), {_FIRST}) end)) as free
    from waiting cross join (values (0, :window), (1, :large_window), (2, :large_window)) line(lane, most)
    left join moving m on m.tenant_id = waiting.id and m.lane = line.lane
), placed as materialized (
    select m.id, m.place as own, before + m.place as place, lane = {Lane.HEAVY:d} as heavy
    from room cross join lateral (
        select id, row_number() over () as place from (
            select id from mails where tenant_id = room.id and state = 'waiting' and lane = room.lane
            order by received_at limit room.free
        ) oldest
    ) m
), picked as materialized (
    select id from (
        select *, row_number() over (partition by heavy order by place, random()) as rank from placed
    ) r where heavy or place <= {_FIRST} or rank <= (select free from together)
    order by case when heavy then own else place end limit :most
), locked as materialized (
    select id from mails where id in (select id from picked) and state || '' = 'waiting' for update skip locked
)
update mails set state = 'moving', emitted_at = now(), emissions = emissions + 1 where id in (select id from locked)
returning {", ".join(_CUSTODY)}
""")  # noqa: S608  # only our own names are inserted
#: As good as no limit.
_NO_LIMIT = 1_000_000_000


def admit(connection: Connection, *, window: int, most: int, together: int = _NO_LIMIT) -> list[Custody]:
    """Admits waiting mails to the topics, oldest first, until each tenant has `window` of them there.

    Large mails and heavy mails have windows of a hundredth of that. All tenants share `together` mails in the topics,
    without heavy mails and mails that have been there for long: the next place goes to the tenant with the fewest
    mails there. Beyond that limit, a tenant without a mail there still gets one; and a tenant has its window to itself
    while no other waits.

    Returns at most `most` mails, one of each tenant before a second of any tenant, for the caller to emit after the
    commit; none while another process admits.
    """
    if not connection.execute(_TURN).scalar_one():
        return []
    large_window = min(window, max(LEAST_LARGE, window // 100))
    values = {"window": window, "large_window": large_window, "most": most, "together": together}
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
