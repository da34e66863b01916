"""SQL of the inbound log and of the queue of held mails, always in the scope of the viewer's tenant."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

_MAILS = text("""
select m.id, m.received_at, m.author, m.sender, m.subject, m.recipient, m.state, m.reason, m.run, m.duplicate_of,
    m.raw_deleted_by, m.evidence
from mails m
where (:state = '' or m.state = :state) and (:reason = m.reason
    or (:reason = '' and m.reason <> 'canary' and not (:state = 'held' and m.reason = 'not_related')))
  and (:like = '%%' or m.author ilike :like or m.sender ilike :like or m.subject ilike :like or m.recipient ilike :like)
  and m.received_at >= :since and m.received_at < :until and (cast(:batch as uuid) is null or m.batch_id = :batch)
  and (m.received_at, m.id) < (:at, :id)
order by m.received_at desc, m.id desc limit :most
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
_CASE = text("select id from cases where number = :number")

_HELD = "state = 'held' and (reason = :reason or (:reason = '' and reason <> 'not_related')) and (received_at, id)"
_OLDER = text(f"select id from mails where {_HELD} < (:at, :id) order by received_at desc, id desc limit 1")  # noqa: S608
_NEWER = text(f"select id from mails where {_HELD} > (:at, :id) order by received_at, id limit 1")  # noqa: S608
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


def neighbours(connection: Connection, mail: Row[Any], reason: str) -> tuple[UUID | None, UUID | None]:
    """Returns the ids of the next newer and the next older held mail in the log; None where there is no such mail.

    Only mails held for `reason` count; if it is empty, all held mails except inbound messages.
    """
    values = {"at": mail.received_at, "id": mail.id, "reason": reason}
    newer, older = connection.execute(_NEWER, values).scalar(), connection.execute(_OLDER, values).scalar()
    return newer, older
