"""Carries out people's decisions on mails that have ended: queue them again, forward, discard or keep them.

A person's decision on a mail (its `override`) stands until a person decides otherwise; putting the mail in the queue
keeps it. A mail that was attached to a case stays attached when it is forwarded or discarded. Choosing another case
replaces the case; making the mail an inbound message, or `decide` with None, removes it.

Each function takes an open transaction in the scope of the mails' tenant. Each change of a mail's state increases its
`run`, so that an older page, or an older record in the topics, is recognized as out of date.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from schemas.reasons import Reason
from schemas.records import Override
from schemas.tables import OutboxKind
from storage import outbox

# in the order of their ids, so that two transactions on the same rows don't deadlock
_LOCK = text("""
select id, state, run, reason, evidence, author, recipient, duplicate_of, raw_deleted_by
from mails where id = any(cast(:ids as uuid[])) order by id for update
""")


def lock(connection: Connection, mail_ids: Sequence[UUID]) -> Mapping[UUID, Row[Any]]:
    """Locks the mails until the end of the transaction. Returns their rows by id."""
    return {row.id: row for row in connection.execute(_LOCK, {"ids": list(mail_ids)})}


_HELD_FOR = text("select id from mails where state = 'held' and reason = :reason order by id for update")


def lock_held_for(connection: Connection, reason: Reason) -> list[UUID]:
    """Locks all mails that are held for this reason. Returns their ids."""
    return list(connection.execute(_HELD_FOR, {"reason": reason}).scalars())


#: SQL on mails `m`: the last act in the audit that decided on the mail, or null. A replay is not a decision: it only
#: applies the last decision again.
_LAST_DECISION = """(
    select a.act from audit a where a.subject_id = m.id and a.act in ('mail.accepted', 'mail.attached',
        'mail.recipient_added', 'mail.alias_asked', 'mail.made_message', 'mail.forwarded', 'mail.discarded')
    order by a.at desc, a.id desc limit 1)"""

_FOR_ALIAS = text(f"""
select id from mails m
where author = :author and state in ('held', 'forwarded') and raw_deleted_by = '' and duplicate_of is null
  and 'author_unknown' in (reason, evidence ->> 'rejected for') and {_LAST_DECISION} = 'mail.alias_asked'
order by id for update
""")  # noqa: S608  # only our own constant is inserted


def lock_for_alias(connection: Connection, author: str) -> list[UUID]:
    """Locks the mails of this author that wait until the address is confirmed as an alias. Returns their ids."""
    return list(connection.execute(_FOR_ALIAS, {"author": author}).scalars())


_ENDED = text(f"""
select id, run from mails m
where received_at > now() - make_interval(days => :days) and ended_at is not null
  and duplicate_of is null and raw_deleted_by = '' and reason not in ('discarded', 'erased')
  and (:posted or state <> 'posted')
  and coalesce({_LAST_DECISION}, '') not in ('mail.forwarded', 'mail.made_message')
order by received_at, id
""")  # noqa: S608  # only our own constant is inserted


def ended(connection: Connection, days: int, *, posted: bool) -> dict[UUID, int]:
    """Returns the mails of the last `days` days that can be replayed, oldest first, each with its `run`.

    Posted mails are included only with `posted`. Mails that a person has discarded, forwarded or made an inbound
    message are never included.
    """
    return {row.id: row.run for row in connection.execute(_ENDED, {"days": days, "posted": posted})}


_IN_QUEUE = text("""
update mails set state = 'waiting', ended_at = null, emitted_at = null, emissions = 0, run = run + 1
where id = any(cast(:ids as uuid[]))
""")


def put_in_queue(connection: Connection, mail_ids: Sequence[UUID]) -> None:
    """Makes locked mails wait for the dispatcher again. Decisions on them still hold."""
    connection.execute(_IN_QUEUE, {"ids": list(mail_ids)})


# a mail that is attached to a case stays attached when it is accepted without a case
_DECIDE = text("""
update mails set override = cast(:override as jsonb) || case
    when cast(:override as jsonb) ? 'case_id' or not coalesce(override ? 'case_id', false) then '{}'
    else jsonb_build_object('case_id', override -> 'case_id') end
where id = any(cast(:ids as uuid[]))
""")
_TAKE_BACK = text("update mails set override = null where id = any(cast(:ids as uuid[]))")


def decide(connection: Connection, mail_ids: Sequence[UUID], override: Override | None) -> None:
    """Stores a person's decision on locked mails; None revokes all earlier decisions."""
    ids = list(mail_ids)
    if override is None:
        connection.execute(_TAKE_BACK, {"ids": ids})
    else:
        connection.execute(_DECIDE, {"ids": ids, "override": override.model_dump_json(exclude_none=True)})


#: SQL: what is left of a decision when the mail is forwarded or discarded: the case that the mail is attached to.
_CASE_ONLY = "case when override ? 'case_id' then override end"

# after a failed forward or a discard, the new forward has the reason why the mail did not post
_SEND_ON = text(f"""
update mails set state = 'forwarding', ended_at = null, run = run + 1, override = {_CASE_ONLY},
    reason = case when reason in ('forward_failed', 'discarded') then coalesce(evidence ->> 'rejected for', reason)
        else reason end
where id = any(cast(:ids as uuid[])) returning id, run
""")  # noqa: S608  # only our own constant is inserted


def send_on(connection: Connection, tenant_id: UUID, mail_ids: Sequence[UUID], catch_all: str) -> None:
    """Puts a forward of each locked mail into the outbox; the mail ends when the forward is sent."""
    rows = connection.execute(_SEND_ON, {"ids": list(mail_ids)})
    forwards = [{"id": outbox.forward_id(row.id, row.run), "mail_id": row.id, "to_email": catch_all} for row in rows]
    outbox.put(connection, tenant_id, OutboxKind.CATCH_ALL, forwards)


_DISCARD = text(f"""
update mails set state = 'dropped', ended_at = now(), run = run + 1, override = {_CASE_ONLY}, reason = 'discarded',
    evidence = evidence || jsonb_build_object('rejected for', coalesce(evidence ->> 'rejected for', reason)) ||
        cast(:more as jsonb)
where id = any(cast(:ids as uuid[]))
""")  # noqa: S608  # only our own constant is inserted


def discard(connection: Connection, mail_ids: Sequence[UUID], by: str) -> None:
    """Drops locked mails; `by` is the name of the person, for the inbound log."""
    connection.execute(_DISCARD, {"ids": list(mail_ids), "more": json.dumps({"discarded by": by})})


_MESSAGE = text("""
update mails set state = 'held', ended_at = now(), run = run + 1, override = null, reason = 'not_related',
    evidence = evidence || jsonb_build_object('rejected for', coalesce(evidence ->> 'rejected for', reason)) ||
        cast(:more as jsonb)
where id = any(cast(:ids as uuid[]))
""")


def make_messages(connection: Connection, mail_ids: Sequence[UUID], by: str) -> None:
    """Holds locked mails as inbound messages; `by` is the name of the person, for the inbound log."""
    connection.execute(_MESSAGE, {"ids": list(mail_ids), "more": json.dumps({"made an inbound message by": by})})
