"""Gives mails their end states. Each function takes an open transaction in the scope of the mails' tenant."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, text

from schemas.reasons import Reason
from schemas.records import Custody
from schemas.tables import MailState, now


@dataclass(frozen=True)
class End:
    """The end state of a mail (or `forwarding`), and its details for the inbound log."""

    mail_id: UUID
    state: MailState
    reason: Reason | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    author: str = ""
    subject: str = ""


# in the order of their ids, so that two transactions on the same rows don't deadlock
_LOCK_OPEN = text("""
select id, run from mails where id = any(cast(:ids as uuid[])) and state in ('waiting', 'moving') order by id for update
""")

_END = text("""
update mails m set state = e.state, reason = e.reason, evidence = e.evidence, author = e.author, subject = e.subject,
    ended_at = case when e.state = 'forwarding' then null else cast(:at as timestamptz) end
from unnest(cast(:ids as uuid[]), cast(:states as text[]), cast(:reasons as text[]), cast(:evidences as jsonb[]),
    cast(:authors as text[]), cast(:subjects as text[])) e(id, state, reason, evidence, author, subject)
where m.id = e.id and m.state in ('waiting', 'moving')
""")


def lock_open(connection: Connection, mails: Sequence[Custody]) -> set[UUID]:
    """Locks, until the end of the transaction, the mails that have not ended yet. Returns their ids.

    A mail on which a person decided after the record was made is locked, but not returned: the record of its new run
    will end it.
    """
    runs = {mail.mail_id: mail.run for mail in mails}
    return {row.id for row in connection.execute(_LOCK_OPEN, {"ids": list(runs)}) if row.run == runs[row.id]}


def end(connection: Connection, ends: Sequence[End]) -> None:
    """Gives mails their end states, or `forwarding`; a mail that has such a state already keeps it."""
    if not ends:
        return
    connection.execute(
        _END,
        {
            "at": now(),
            "ids": [each.mail_id for each in ends],
            "states": [each.state.value for each in ends],
            "reasons": [each.reason.value if each.reason else "" for each in ends],
            "evidences": [json.dumps(dict(each.evidence)) for each in ends],
            "authors": [each.author for each in ends],
            "subjects": [each.subject for each in ends],
        },
    )


_ERASE_AGAIN = text("""
update mails set sender = '', raw_deleted_by = 'erasure' where id = any(cast(:ids as uuid[])) and reason = 'erased'
""")


def erase_again(connection: Connection, mail_ids: Sequence[UUID]) -> None:
    """Marks mails as erased that came in again after they were erased; the dispatcher then deletes their bytes."""
    if mail_ids:
        connection.execute(_ERASE_AGAIN, {"ids": list(mail_ids)})


_END_FORWARD = text("""
update mails set ended_at = now(),
    state = case when :sent then 'forwarded' else 'held' end,
    reason = case when :sent then reason else 'forward_failed' end,
    evidence = case when :sent then evidence
        else evidence || jsonb_build_object('rejected for', reason, 'the mail server says', cast(:words as text)) end
where id = :mail_id and state = 'forwarding'
""")


def end_forward(connection: Connection, mail_id: UUID, *, sent: bool, words: str) -> None:
    """Ends a mail whose forward was sent, or holds it if the mail server refused the forward with `words`."""
    connection.execute(_END_FORWARD, {"mail_id": mail_id, "sent": sent, "words": words})
