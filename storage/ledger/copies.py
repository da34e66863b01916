"""Finds the copies of a mail: the ledger has a row for each delivery and each recipient of the same mail.

The functions take an open transaction in the scope of the mails' tenant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from schemas.tables import ERASED, MailState

#: The lengths of the parts of a content key, in bytes: a SHA-256 over the mail, which all copies share; a hash of the
#: delivery; a hash of the recipient.
MESSAGE_BYTES, DELIVERY_BYTES, RECIPIENT_BYTES = 32, 16, 16
#: Most copies of a mail that are read: more than the recipients that LMTP accepts. There may be more copies, as anybody
#: can send a mail again. That a mail posts once on a case does not depend on this limit, but on a unique index of the
#: updates.
MOST_COPIES = 200

#: SQL on mails `m`: joins, as `s`, the mail itself and its copies. The planner can't know how few they are; order and
#: limit make it use the index.
_COPIES_OF = f"""cross join lateral (
    select id, recipient, state, raw_deleted_by, override,
        substr(content_key, {MESSAGE_BYTES + 1}, {DELIVERY_BYTES})
            = substr(m.content_key, {MESSAGE_BYTES + 1}, {DELIVERY_BYTES}) as same_delivery
    from mails
    where tenant_id = m.tenant_id and duplicate_of is null
      and content_key >= substr(m.content_key, 1, {MESSAGE_BYTES})
      and content_key <= substr(m.content_key, 1, {MESSAGE_BYTES})
        || '\\x{"ff" * (DELIVERY_BYTES + RECIPIENT_BYTES + 1)}'::bytea
    order by tenant_id, content_key limit {MOST_COPIES}
) s"""  # noqa: S608  # only our own constants are inserted

_LOCK = text(f"""
select m.id, m.state, m.run, k.case_id, substr(m.content_key, 1, {MESSAGE_BYTES}) as message,
    u.mail_id as posted_as, case when u.unverified then u.id end as unverified
from unnest(cast(:ids as uuid[]), cast(:case_ids as uuid[])) k(id, case_id) join mails m on m.id = k.id
left join updates u on u.case_id = k.case_id and u.message = substr(m.content_key, 1, {MESSAGE_BYTES})
order by m.id for update of m
""")  # noqa: S608  # only our own constants are inserted


@dataclass(frozen=True)
class Candidate:
    """A mail that is about to post on a case.

    `message` is the part of the content key that all copies share. `posted_as` is the copy that has posted on that case
    already, if any; `unverified` is that copy's update, if its author is not proven. `run` counts what people did with
    the mail: a record of an earlier run is out of date.
    """

    mail_id: UUID
    state: MailState
    run: int
    message: bytes
    posted_as: UUID | None
    unverified: UUID | None


def lock(connection: Connection, cases: Mapping[UUID, UUID]) -> list[Candidate]:
    """Locks these mails, each with the case that it is about to post on.

    Until the end of the transaction, no other transaction gives them an end state.
    """
    rows = connection.execute(_LOCK, {"ids": list(cases), "case_ids": list(cases.values())})
    return [
        Candidate(row.id, MailState(row.state), row.run, bytes(row.message), row.posted_as, row.unverified)
        for row in rows
    ]


_COPIES = text(f"""
select m.id as of, s.id, s.recipient, s.state, s.raw_deleted_by, s.same_delivery, case
    when lower(s.recipient) = lower(m.recipient) then cast(s.override ->> 'case_id' as uuid) end as attached_to,
    coalesce((select u.unverified from updates u where u.mail_id = s.id), false) as unverified
from mails m {_COPIES_OF}
where m.id = any(cast(:ids as uuid[])) and s.id <> m.id
order by s.id
""")  # noqa: S608  # only our own constants are inserted


def copies(connection: Connection, mail_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Returns the copies of each of these mails (`of`): id, recipient, state, why the original was deleted, whether it
    came with the same delivery, whether it posted `unverified`, and, if it was for the same recipient, the case that a
    person attached it to."""
    return connection.execute(_COPIES, {"ids": list(mail_ids)}).all()


def erased(connection: Connection, mail_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Returns the mails that have an erased copy, each with the first such copy.

    An erased mail stays erased, however often and in whatever way it is delivered again.
    """
    found: dict[UUID, list[Row[Any]]] = {}
    for row in copies(connection, mail_ids) if mail_ids else ():
        found.setdefault(row.of, []).append(row)
    return {mail_id: first for mail_id, rows in found.items() if (first := first_erased(rows))}


def first_erased(rows: Sequence[Row[Any]]) -> UUID | None:
    """Returns the first of these copies that was erased, or None."""
    return next((row.id for row in rows if row.raw_deleted_by in ERASED), None)
