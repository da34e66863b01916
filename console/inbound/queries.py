"""SQL of the inbound log and of the queue of held mails, always in the scope of the viewer's tenant."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from console.web.session import MOST_COUNTED, SEES_UPDATE, Viewer
from schemas.reasons import Reason

#: SQL: the mails that a `LogFilter` selects. A search for a name finds the mails of the people who have it; one for the
#: number of a case finds what was posted on it, moved to it or sent to an address that is like one of its own.
_ASKED = """
(:state = '' or m.state = :state) and (m.reason = any(cast(:reasons as text[]))
    or (cardinality(cast(:reasons as text[])) = 0 and m.reason <> 'canary'
        and not (:state = 'held' and m.reason = 'not_related')))
  and (:like = '%%' or m.author ilike :like or m.sender ilike :like or m.subject ilike :like or m.recipient ilike :like
    or lower(m.author) in (select lower(email) from users where name ilike :like)
    or lower(m.author) in (
        select lower(a.email) from email_aliases a join users p on p.id = a.user_id
        where p.name ilike :like and a.confirmed_at is not null)
    or m.id in (
        select mail_id from updates p join cases c on c.id = p.case_id where lower(c.number) = lower(:number))
    or m.override ->> 'case_id' in (select id::text from cases where lower(number) = lower(:number))
    or lower(m.evidence ->> 'did you mean') = lower('case ' || :number))
  and m.received_at >= :since and m.received_at < :until and (cast(:batch as uuid) is null or m.batch_id = :batch)
"""
_MAILS = text(f"""
select m.id, m.received_at, m.author, m.sender, m.subject, m.recipient, m.state, m.reason, m.run, m.duplicate_of,
    m.raw_deleted_by, m.evidence, m.override, u.case_id, left(u.text, 160) as words,
    (select count(*) from update_files f where f.update_id = u.id) as files
from mails m left join updates u on u.mail_id = m.id
where {_ASKED} and (m.received_at, m.id) < (:at, :id)
order by m.received_at desc, m.id desc limit :most
""")  # noqa: S608  # only constants of ours are put in
_COUNT = text(f"select count(*) from (select from mails m where {_ASKED} limit :most) counted")  # noqa: S608
# each number comes from the index of held mails by reason, and stops at the most that a page shows
_HELD_FOR = text("""
select r.reason, (select count(*) from (
    select from mails where state = 'held' and reason = r.reason limit :most) counted) as number
from unnest(cast(:reasons as text[])) r(reason)
""")
_OLDEST = text("""
select received_at from mails where state = 'held' and reason <> 'not_related' order by received_at limit 1
""")
_MAIL = text("""
select m.*, (extract(epoch from m.ended_at - m.received_at) * 1000)::bigint as milliseconds,
    u.id as update_id, u.case_id, c.number as case_number, u.left_out
from mails m left join updates u on u.mail_id = m.id left join cases c on c.id = u.case_id
where m.id = :mail_id
""")
_FORWARDS = text("""
select to_email, state, attempts, sent_at, error from outbox
where mail_id = :mail_id and kind = 'catch_all' order by id
""")
_HISTORY = text("""
select a.act, a.at, a.details, u.name from audit a left join users u on u.id = a.actor_id
where a.subject_id = :mail_id order by a.at, a.id
""")
_ORIGINAL = text("select raw, raw_deleted_at, raw_deleted_by from mails where id = :mail_id")
_RESULTS = text("""
select m.id, m.subject, m.state, m.reason, m.run, m.ended_at, u.id as update_id, u.case_id, u.validated,
    c.number as case_number
from mails m left join updates u on u.mail_id = m.id left join cases c on c.id = u.case_id
where m.id = any(cast(:ids as uuid[])) order by m.received_at, m.id
""")

_OPEN_CASES = text("select number, title from cases where open order by created_at desc limit 200")
_CASE = text("select id from cases where lower(number) = lower(:number) order by number = :number desc limit 1")

_IN_QUEUE = """state = 'held' and (reason = any(cast(:reasons as text[]))
    or (cardinality(cast(:reasons as text[])) = 0 and reason <> 'not_related'))"""
_AFTER, _BEFORE = "(received_at, id) < (:at, :id)", "(received_at, id) > (:at, :id)"
_NEIGHBOURS = text(f"""
select (select id from mails where {_IN_QUEUE} and {_BEFORE} order by received_at, id limit 1) as newer,
    (select id from mails where {_IN_QUEUE} and {_AFTER} order by received_at desc, id desc limit 1) as older,
    (select count(*) from (select from mails where {_IN_QUEUE} and {_BEFORE} limit :most) counted) as before,
    (select count(*) from (select from mails where {_IN_QUEUE} limit :most) counted) as total
""")  # noqa: S608
_ANSWERED = text(f"""
select left(u.text, 400) as text, a.name as author, u.posted_at
from updates u join users a on a.id = u.author_id where u.id = :id and {SEES_UPDATE}
""")  # noqa: S608
_PLACE = text("select id, received_at from mails where id = :id")


def mails(connection: Connection, values: dict[str, Any]) -> Sequence[Row[Any]]:
    """Returns a page of the log, the newest mail first; `values` come from `LogFilter.values` and `paging.start`."""
    return connection.execute(_MAILS, values).all()


def mail(connection: Connection, mail_id: UUID) -> Row[Any] | None:
    """Returns a mail with all columns of the ledger, and the update that it posted; None if there is no such mail."""
    return connection.execute(_MAIL, {"mail_id": mail_id}).first()


def forwards(connection: Connection, mail_id: UUID) -> Sequence[Row[Any]]:
    """Returns the outbox rows of the forwards of this mail to the catch-all."""
    return connection.execute(_FORWARDS, {"mail_id": mail_id}).all()


def history(connection: Connection, mail_id: UUID) -> Sequence[Row[Any]]:
    """Returns the audit's acts on the mail, the first act first."""
    return connection.execute(_HISTORY, {"mail_id": mail_id}).all()


def original(connection: Connection, mail_id: UUID) -> Row[Any] | None:
    """Returns the place of a mail's original, or when and why it was deleted; None if there is no such mail."""
    return connection.execute(_ORIGINAL, {"mail_id": mail_id}).first()


def results(connection: Connection, mail_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Returns the states of the mails, and the update that each became, in the order in which the mails came in."""
    return connection.execute(_RESULTS, {"ids": list(mail_ids)}).all()


def open_cases(connection: Connection) -> Sequence[Row[Any]]:
    """Returns number and title of the newest 200 open cases."""
    return connection.execute(_OPEN_CASES).all()


def case_id(connection: Connection, number: str) -> UUID | None:
    """Returns the id of the case with this number; None if there is no such case."""
    found: UUID | None = connection.execute(_CASE, {"number": number}).scalar()
    return found


def place(connection: Connection, mail_id: UUID) -> Row[Any] | None:
    """Returns the place of a mail in the log (`id`, `received_at`); None if there is no such mail."""
    return connection.execute(_PLACE, {"id": mail_id}).first()


def neighbours(connection: Connection, mail: Row[Any], reasons: Sequence[str]) -> Row[Any]:
    """Returns the ids of the next `newer` and the next `older` held mail in the log, None where there is none; the
    number of the mails `before` it, and the `total` of the queue, both up to `MOST_COUNTED`.

    Only mails held for one of `reasons` count; without any, all held mails except new matters.
    """
    values = {"at": mail.received_at, "id": mail.id, "reasons": list(reasons), "most": MOST_COUNTED}
    return connection.execute(_NEIGHBOURS, values).one()


def count(connection: Connection, values: dict[str, Any]) -> int:
    """Returns the number of the mails that `LogFilter.values` select, up to `MOST_COUNTED`."""
    number: int = connection.execute(_COUNT, values | {"most": MOST_COUNTED}).scalar_one()
    return number


def held_for(connection: Connection) -> Mapping[str, int]:
    """Returns the number of held mails by reason, each up to `MOST_COUNTED`; a reason without any is left out."""
    rows = connection.execute(_HELD_FOR, {"reasons": list(Reason), "most": MOST_COUNTED})
    return {row.reason: row.number for row in rows if row.number}


def oldest_held(connection: Connection) -> datetime | None:
    """Returns when the oldest held mail came in, without new matters; None if no mail is held."""
    found: datetime | None = connection.execute(_OLDEST).scalar()
    return found


def answered(connection: Connection, update_id: UUID, viewer: Viewer) -> Row[Any] | None:
    """Returns an update that a mail answers (`text`, `author`, `posted_at`); None if the viewer may not see it."""
    return connection.execute(_ANSWERED, {"id": update_id, **viewer.sees}).first()
