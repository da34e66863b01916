"""The copies of a mail: the same mail, in the ledger once for each delivery of it and each recipient of that.

Both statements take an open transaction in the scope of the mails' tenant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from schemas.tables import ERASED, MailState

#: A content key is a SHA-256 over the mail, the same for all its copies, then so many bytes for one delivery of it, and
#: so many for one of its recipients.
MESSAGE_BYTES, DELIVERY_BYTES, RECIPIENT_BYTES = 32, 16, 16
#: Most copies of one mail that are looked at: more recipients than LMTP takes. It may have more: anybody can send a
#: mail again that they have. That it posts once on a case does not hang on this, but on a unique index of the updates.
MOST_COPIES = 200

#: SQL over mails `m`: `s` are the copies of it, and itself. The planner can't know how few they are: order and limit
#: lead it to the index.
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
) s"""  # noqa: S608  # only constants of ours are put in

_LOCK = text(f"""
select m.id, m.state, m.run, k.case_id, substr(m.content_key, 1, {MESSAGE_BYTES}) as message,
    u.mail_id as posted_as, case when u.unverified then u.id end as unverified
from unnest(cast(:ids as uuid[]), cast(:case_ids as uuid[])) k(id, case_id) join mails m on m.id = k.id
left join updates u on u.case_id = k.case_id and u.message = substr(m.content_key, 1, {MESSAGE_BYTES})
order by m.id for update of m
""")  # noqa: S608  # only constants of ours are put in


@dataclass(frozen=True)
class Candidate:
    """A mail that is about to post on a case. `message` is what all copies of it share; `posted_as` the mail by which
    it is on that case already, and `unverified` its update there if nothing has proved yet who wrote that.

    `run` counts what people decided on it: a record of an earlier run is out of date.
    """

    mail_id: UUID
    state: MailState
    run: int
    message: bytes
    posted_as: UUID | None
    unverified: UUID | None


def lock(connection: Connection, cases: Mapping[UUID, UUID]) -> list[Candidate]:
    """These mails, each with the case that it is about to post on; to the end of the transaction nobody else gives one
    of them an end state."""
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
""")  # noqa: S608  # only constants of ours are put in


def copies(connection: Connection, mail_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Of each of these mails (`of`) the copies: id, recipient, state, why its original is gone, whether it came by the
    same delivery, and the case that a person attached it to if it was for the same recipient."""
    return connection.execute(_COPIES, {"ids": list(mail_ids)}).all()


def erased(connection: Connection, mail_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Those of the mails of which a copy was erased, with that copy: what was erased stays so, however often, and by
    whatever way, it is delivered again."""
    found: dict[UUID, list[Row[Any]]] = {}
    for row in copies(connection, mail_ids) if mail_ids else ():
        found.setdefault(row.of, []).append(row)
    return {mail_id: first for mail_id, rows in found.items() if (first := first_erased(rows))}


def first_erased(rows: Sequence[Row[Any]]) -> UUID | None:
    """The first of these copies that was erased; None where there is none."""
    return next((row.id for row in rows if row.raw_deleted_by in ERASED), None)
