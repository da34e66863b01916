"""The ledger's statements for mails that have ended and go on: locked, put in line again, sent on, discarded.

What a person decided of a mail (its `override`) stands until a person decides otherwise: to be put in line keeps it,
whatever the cause. On which case it is to post outlasts all but another such choice: who forwards or discards a mail
that was attached to a case takes nothing back of that, and who lets it go on again finds it attached.

Each takes an open transaction in the scope of the mails' tenant. All count the mail's `run` up, so that a page which
was read before, or a record that is still in the topics, can tell that it is out of date.
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

# in the order of their ids, so that two who lock the same rows don't wait for each other
_LOCK = text("""
select id, state, run, reason, evidence, author, recipient, duplicate_of, raw_deleted_by
from mails where id = any(cast(:ids as uuid[])) order by id for update
""")


def lock(connection: Connection, mail_ids: Sequence[UUID]) -> Mapping[UUID, Row[Any]]:
    """The mails, by id; nobody else decides on them to the end of the transaction."""
    return {row.id: row for row in connection.execute(_LOCK, {"ids": list(mail_ids)})}


_HELD_FOR = text("select id from mails where state = 'held' and reason = :reason order by id for update")


def lock_held_for(connection: Connection, reason: Reason) -> list[UUID]:
    """All mails that are held for this reason, locked as `lock` does."""
    return list(connection.execute(_HELD_FOR, {"reason": reason}).scalars())


#: SQL over mails `m`: the last act of a person that decided what is to become of the mail; null where there is none. A
#: replay decides nothing: it only lets what was decided have its way.
_LAST_DECISION = """(
    select a.act from audit a where a.subject_id = m.id and a.act in ('mail.accepted', 'mail.attached',
        'mail.recipient_added', 'mail.alias_asked', 'mail.made_message', 'mail.forwarded', 'mail.discarded')
    order by a.at desc, a.id desc limit 1)"""

_FOR_ALIAS = text(f"""
select id from mails m
where author = :author and state in ('held', 'forwarded') and raw_deleted_by = '' and duplicate_of is null
  and 'author_unknown' in (reason, evidence ->> 'rejected for') and {_LAST_DECISION} = 'mail.alias_asked'
order by id for update
""")  # noqa: S608  # only a constant of ours is put in


def lock_for_alias(connection: Connection, author: str) -> list[UUID]:
    """The mails of this author that wait until the address is confirmed as somebody's alias, locked as `lock` does."""
    return list(connection.execute(_FOR_ALIAS, {"author": author}).scalars())


_ENDED = text(f"""
select id, run from mails m
where received_at > now() - make_interval(days => :days) and ended_at is not null
  and duplicate_of is null and raw_deleted_by = '' and reason not in ('discarded', 'erased')
  and (:posted or state <> 'posted')
  and coalesce({_LAST_DECISION}, '') not in ('mail.forwarded', 'mail.made_message')
order by received_at, id
""")  # noqa: S608  # only a constant of ours is put in


def ended(connection: Connection, days: int, *, posted: bool) -> dict[UUID, int]:
    """The mails of the last `days` days that can be replayed, oldest first, each with its `run`; those that posted only
    if `posted`. What a person has discarded, forwarded or made an inbound message stays so."""
    return {row.id: row.run for row in connection.execute(_ENDED, {"days": days, "posted": posted})}


_IN_LINE = text("""
update mails set state = 'waiting', ended_at = null, emitted_at = null, emissions = 0, run = run + 1
where id = any(cast(:ids as uuid[]))
""")


def put_in_line(connection: Connection, mail_ids: Sequence[UUID]) -> None:
    """Puts mails that `lock` holds in line again, each at the place of its time: the dispatcher lets them in. What a
    person decided of them still holds."""
    connection.execute(_IN_LINE, {"ids": list(mail_ids)})


# an accepted mail that is attached to a case is accepted there
_DECIDE = text("""
update mails set override = cast(:override as jsonb) || case
    when cast(:override as jsonb) ? 'case_id' or not coalesce(override ? 'case_id', false) then '{}'
    else jsonb_build_object('case_id', override -> 'case_id') end
where id = any(cast(:ids as uuid[]))
""")
_TAKE_BACK = text("update mails set override = null where id = any(cast(:ids as uuid[]))")


def decide(connection: Connection, mail_ids: Sequence[UUID], override: Override | None) -> None:
    """Writes what a person decided of mails that `lock` holds; None takes back all that was decided before."""
    ids = list(mail_ids)
    if override is None:
        connection.execute(_TAKE_BACK, {"ids": ids})
    else:
        connection.execute(_DECIDE, {"ids": ids, "override": override.model_dump_json(exclude_none=True)})


#: SQL: what is left of a decision when the mail is not to post for now.
_CASE_ONLY = "case when override ? 'case_id' then override end"

# a forward that failed before is told with the reason for which the mail did not post
_SEND_ON = text(f"""
update mails set state = 'forwarding', ended_at = null, run = run + 1, override = {_CASE_ONLY},
    reason = case when reason in ('forward_failed', 'discarded') then coalesce(evidence ->> 'rejected for', reason)
        else reason end
where id = any(cast(:ids as uuid[]))
""")  # noqa: S608  # only a constant of ours is put in


def send_on(connection: Connection, tenant_id: UUID, mail_ids: Sequence[UUID], catch_all: str) -> None:
    """Puts a forward of each mail that `lock` holds into the outbox; the mail ends when it is sent."""
    connection.execute(_SEND_ON, {"ids": list(mail_ids)})
    forwards = [{"mail_id": mail_id, "to_email": catch_all} for mail_id in mail_ids]
    outbox.put(connection, tenant_id, OutboxKind.CATCH_ALL, forwards)


_DISCARD = text(f"""
update mails set state = 'dropped', ended_at = now(), run = run + 1, override = {_CASE_ONLY}, reason = 'discarded',
    evidence = evidence || jsonb_build_object('rejected for', coalesce(evidence ->> 'rejected for', reason)) ||
        cast(:more as jsonb)
where id = any(cast(:ids as uuid[]))
""")  # noqa: S608  # only a constant of ours is put in


def discard(connection: Connection, mail_ids: Sequence[UUID], by: str) -> None:
    """Drops mails that `lock` holds; `by` is the name of whoever does it, for the inbound log."""
    connection.execute(_DISCARD, {"ids": list(mail_ids), "more": json.dumps({"discarded by": by})})


_MESSAGE = text("""
update mails set state = 'held', ended_at = now(), run = run + 1, override = null, reason = 'not_related',
    evidence = evidence || jsonb_build_object('rejected for', coalesce(evidence ->> 'rejected for', reason)) ||
        cast(:more as jsonb)
where id = any(cast(:ids as uuid[]))
""")


def make_messages(connection: Connection, mail_ids: Sequence[UUID], by: str) -> None:
    """Holds mails that `lock` holds as inbound messages; `by` is the name of whoever does it, for the inbound log."""
    connection.execute(_MESSAGE, {"ids": list(mail_ids), "more": json.dumps({"made an inbound message by": by})})
