"""The copies of a mail: the same mail, in the ledger once for each of its recipients.

Both statements take an open transaction in the scope of the mails' tenant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from schemas.tables import MailState

#: A content key is a SHA-256 over the mail, the same for all its recipients, and so many bytes for one of them.
MESSAGE_BYTES, RECIPIENT_BYTES = 32, 16
#: Most copies of one mail that are looked at: more recipients than LMTP takes.
MOST_COPIES = 200

#: SQL over mails `m`: `s` are the copies of it, and itself. The planner can't know how few they are: order and limit
#: lead it to the index.
_COPIES_OF = f"""cross join lateral (
    select id, recipient, state from mails
    where tenant_id = m.tenant_id and duplicate_of is null
      and content_key >= substr(m.content_key, 1, {MESSAGE_BYTES})
      and content_key <= substr(m.content_key, 1, {MESSAGE_BYTES}) || '\\x{"ff" * (RECIPIENT_BYTES + 1)}'::bytea
    order by tenant_id, content_key limit {MOST_COPIES}
) s"""  # noqa: S608  # only constants of ours are put in

_LOCK_COPIES = text(f"""
select id, state, run, substr(content_key, 1, {MESSAGE_BYTES}) as message from mails
where id = any(array(select s.id from mails m {_COPIES_OF} where m.id = any(cast(:ids as uuid[]))))
order by id for update
""")  # noqa: S608  # only constants of ours are put in


@dataclass(frozen=True)
class Copy:
    """A mail of the ledger as its copies know it: `message` is the same for all of them.

    `run` counts what people decided on it: a record of an earlier run is out of date.
    """

    mail_id: UUID
    state: MailState
    run: int
    message: bytes


def lock_copies(connection: Connection, mail_ids: Sequence[UUID]) -> list[Copy]:
    """These mails and all their copies; to the end of the transaction nobody else gives any of them an end state."""
    rows = connection.execute(_LOCK_COPIES, {"ids": list(mail_ids)})
    return [Copy(row.id, MailState(row.state), row.run, bytes(row.message)) for row in rows]


_COPIES = text(f"""
select m.id as of, s.id, s.recipient, s.state from mails m {_COPIES_OF}
where m.id = any(cast(:ids as uuid[])) and s.id <> m.id
order by s.id
""")  # noqa: S608  # only constants of ours are put in


def copies(connection: Connection, mail_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Of each of these mails (`of`) the copies: id, recipient and state."""
    return connection.execute(_COPIES, {"ids": list(mail_ids)}).all()
