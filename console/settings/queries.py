"""SQL of the settings pages, besides the settings themselves, always in the scope of a tenant."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.inbound import sources

#: Most users in the list of people; admins find the rest by search.
MOST_USERS = 200

_HELD = text("select count(*) from mails where state = 'held' and reason = :reason")
_UNPROVEN = text("""
select n.mail_id, n.noted_at, n.evidence, m.author, m.subject, m.recipient
from unproven_mails n join mails m on m.id = n.mail_id
where n.noted_at > now() - interval '30 days' order by n.noted_at desc limit 500
""")
_ERASURES = text("""
select a.at, a.details, u.name from audit a left join users u on u.id = a.actor_id
where a.tenant_id = :tenant_id and a.act = 'person.erased' order by a.at desc, a.id desc limit 20
""")
_NEWEST_CASE = text("select id from cases order by created_at desc, id desc limit 1")

_USERS = text("""
select u.id, u.name, u.email, u.role, u.active, coalesce(array_agg(a.email order by a.email)
    filter (where a.confirmed_at is not null), '{}') as aliases
from users u left join email_aliases a on a.user_id = u.id
where u.name ilike :like or u.email ilike :like or exists (
    select 1 from email_aliases o where o.user_id = u.id and o.email ilike :like)
group by u.id order by not u.active, lower(u.name), u.id limit :most
""")
_USER = text("select id, name, email, role, active from users where id = :user_id")
_ALIASES = text("""
select a.id, a.email, a.confirmed_at, coalesce(newest.state, '') as state, coalesce(newest.error, '') as error
from email_aliases a left join lateral (
    select state, error from outbox o where o.alias_id = a.id order by o.created_at desc limit 1) newest on true
where a.user_id = :user_id order by a.email
""")

_SOURCE = """
select s.id, s.name, s.kind, s.active, s.paused_for, s.login_failures, s.failures, s.last_error, s.failing_since,
    s.last_success_at, s.leased_until > now() as runs, s.old_mails, s.old_count, s.since, s.left_behind, s.withheld,
    s.options, s.period_seconds, s.recipient_fields
from sources s where s.kind = any(:kinds)
"""
_SOURCES = text(f"{_SOURCE} order by s.name")
_ONE_SOURCE = text(f"{_SOURCE} and s.id = :id")
# Most batches are empty or failed. Only the newest of these are shown, so that they don't push out batches with mail.
_BATCHES = text("""
select id, started_at, closed_at, finished_at, seen, taken, duplicates, error,
    extract(epoch from finished_at - started_at)::float8 as latency
from (
    (select * from batches where source_id = :id and seen > 0 order by started_at desc limit 25)
    union all
    (select * from batches where source_id = :id and seen = 0 order by started_at desc limit 8)
) b order by started_at desc
""")
_GAPS = text("""
select id, began_at, ended_at, requested_at, refetched_at, seen, taken from source_gaps
where source_id = :id order by began_at desc limit 30
""")


def count_held(connection: Connection, reason: str) -> int:
    """Returns how many mails are held for this reason."""
    return int(connection.execute(_HELD, {"reason": reason}).scalar_one())


def unproven_mails(connection: Connection) -> Sequence[Row[Any]]:
    """Returns the mails of the last 30 days whose senders were not proven, the newest first."""
    return connection.execute(_UNPROVEN).all()


def erasures(connection: Connection, tenant_id: UUID) -> Sequence[Row[Any]]:
    """Returns the last erasures of people (`at`, `details`, and the `name` of the admin), the newest first."""
    return connection.execute(_ERASURES, {"tenant_id": tenant_id}).all()


def newest_case(connection: Connection) -> UUID | None:
    """Returns the id of the newest case; None if there is no case yet."""
    case_id: UUID | None = connection.execute(_NEWEST_CASE).scalar()
    return case_id


def users(connection: Connection, like: str) -> Sequence[Row[Any]]:
    """Returns the users whose name or address matches the LIKE pattern, at most one more than `MOST_USERS`."""
    return connection.execute(_USERS, {"like": like, "most": MOST_USERS + 1}).all()


def user(connection: Connection, user_id: UUID) -> Row[Any] | None:
    """Returns a user, even if archived or erased; None if the tenant has no such user."""
    return connection.execute(_USER, {"user_id": user_id}).first()


def aliases(connection: Connection, user_id: UUID) -> Sequence[Row[Any]]:
    """Returns the email aliases of a user, each with `state` and `error` of the last mail sent to confirm it."""
    return connection.execute(_ALIASES, {"user_id": user_id}).all()


def mail_sources(connection: Connection) -> Sequence[Row[Any]]:
    """Returns the mailboxes that the tenant has mail fetched from, by name."""
    return connection.execute(_SOURCES, {"kinds": list(sources.OF_TENANTS)}).all()


def mail_source(connection: Connection, source_id: UUID) -> Row[Any] | None:
    """Returns a mailbox of the tenant; None if there is no such mailbox."""
    return connection.execute(_ONE_SOURCE, {"id": source_id, "kinds": list(sources.OF_TENANTS)}).first()


def batches(connection: Connection, source_id: UUID) -> Sequence[Row[Any]]:
    """Returns the last batches of a mailbox, the newest first: 25 batches with mail, and 8 empty batches."""
    return connection.execute(_BATCHES, {"id": source_id}).all()


def gaps(connection: Connection, source_id: UUID) -> Sequence[Row[Any]]:
    """Returns the last time spans in which a mailbox could not be read, the newest first."""
    return connection.execute(_GAPS, {"id": source_id}).all()
