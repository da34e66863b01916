"""Statements on canaries, casemail's test mails to itself. All are for the system role, except `arrived`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, text

from schemas.mailboxes import LMTP_OTHERS
from schemas.tables import Canary, SourceKind, core, now

#: Days for which canaries are kept; `missing` counts only those of the last day.
_KEPT_DAYS = 2

# one dispatcher at a time, so that no canary is sent twice
_TURN = text("select pg_try_advisory_xact_lock(hashtextextended('canaries', 0))")
_DUE = text("""
select s.id as source_id, coalesce(s.options->>'canary_address', '') as mailbox, t.id as tenant_id, t.mail_domain
from sources s
join tenants t on t.active and t.mail_domain <> '' and (s.tenant_id is null or s.tenant_id = t.id)
cross join lateral (
    select case when s.kind = 'lmtp' then case when s.name = :others then 0 else :seconds end
        when s.options->>'canary_address' <> '' then coalesce((s.options->>'canary_seconds')::int, 0)
        else 0 end as seconds
) period
where s.active and s.paused_for <> 'untested' and period.seconds > 0 and not exists (
    select 1 from canaries c where c.source_id = s.id and c.tenant_id = t.id
      and c.sent_at > now() - make_interval(secs => period.seconds)
)
limit :most
""")
_INSERT = insert(core(Canary))
_ARRIVED = text("update canaries set came_at = now() where handle = any(:handles) and came_at is null")
_COUNT = text("""
update canaries c set counted = true from sources s
where s.id = c.source_id and c.came_at is not null and not c.counted
returning s.kind, extract(epoch from c.came_at - c.sent_at)::float8
""")
_FORGET = text("delete from canaries where sent_at < now() - make_interval(days => :days)")
_MISSING = text("""
select t.slug, s.kind, count(c.handle) from canaries c
join tenants t on t.id = c.tenant_id join sources s on s.id = c.source_id
where not c.counted and c.came_at is null and c.sent_at < now() - make_interval(secs => :late)
  and c.sent_at > now() - interval '1 day' and not exists (
    select 1 from canaries later where later.source_id = c.source_id and later.tenant_id = c.tenant_id
      and later.sent_at > c.sent_at and later.came_at is not null)
group by t.slug, s.kind
""")


def due(connection: Connection, period_seconds: int, *, most: int) -> Sequence[Row[Any]]:
    """Returns tenant and source (`tenant_id`, `mail_domain`, `source_id`, `mailbox`) of each canary to send now.

    The LMTP source gets a canary every `period_seconds` (0: never), a mailbox as often as its options say. Returns
    nothing while another dispatcher is in the same transaction.
    """
    if not connection.execute(_TURN).scalar_one():
        return []
    return connection.execute(_DUE, {"seconds": period_seconds, "most": most, "others": LMTP_OTHERS}).all()


def add(connection: Connection, handles: Sequence[tuple[UUID, UUID, str]]) -> None:
    """Records canaries as sent now, each by tenant, source and handle; deletes old canaries."""
    rows = [
        {"handle": handle, "tenant_id": tenant_id, "source_id": source_id, "sent_at": now(), "counted": False}
        for tenant_id, source_id, handle in handles
    ]
    connection.execute(_INSERT, rows)
    connection.execute(_FORGET, {"days": _KEPT_DAYS})


def arrived(connection: Connection, handles: Sequence[str]) -> None:
    """Records that canaries have reached their end state; in the scope of their tenant."""
    connection.execute(_ARRIVED, {"handles": list(handles)})


def count(connection: Connection) -> list[tuple[SourceKind, float]]:
    """Returns the kind of source and the latency in seconds of each canary that arrived since the last call."""
    return [(SourceKind(kind), seconds) for kind, seconds in connection.execute(_COUNT)]


def missing(connection: Connection, late_seconds: int) -> list[tuple[str, str, int]]:
    """Returns the tenant's slug, the kind of source and the number of canaries that are late by `late_seconds`.

    Only canaries of the last day count, and none once a later one of the same tenant and source has arrived: the fault
    is over.
    """
    return [(slug, kind, number) for slug, kind, number in connection.execute(_MISSING, {"late": late_seconds})]
