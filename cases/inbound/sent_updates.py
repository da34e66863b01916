"""The updates of a case that a person was sent, as their notices showed them.

Only updates in the recipient log of the person count: no other text may influence how their mail is read. Text that was
put back into an update after its notice was sent does not count either.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from cases.addresses.tokens import Keys
from cases.outgoing import notices
from cases.outgoing.notices import Notice
from cases.updates.restore_text import take_out

#: Case, user, and the update that is answered, if any.
Question = tuple[UUID, UUID, UUID | None]

_MOST_UPDATES = 5  # of a person
_NEAR = 20  # of the newest updates of the case, those that the person was sent
_MOST_TEXT = 50_000  # characters of all texts

# the answered update first, then the newest
_FIND = text(f"""
with asked as materialized (
    select * from unnest(cast(:places as int[]), cast(:case_ids as uuid[]), cast(:user_ids as uuid[]),
        cast(:answers as uuid[])) a(place, case_id, user_id, answers)
)
select n.*, a.place, l.cut, l.edited_at > l.logged_at as edited_since
from asked a cross join lateral (
    select o.id as recipient_id, o.logged_at, u.cut, u.edited_at, u.posted_at,
        u.id is not distinct from a.answers as answered
    from (
        select a.answers as id
        union select near.id from (
            select c.id from updates c where c.case_id = a.case_id order by c.posted_at desc limit {_NEAR}) near
    ) chosen join updates u on u.id = chosen.id and u.case_id = a.case_id
    join update_recipients o on o.update_id = u.id and o.user_id = a.user_id
    order by answered desc, u.posted_at desc limit {_MOST_UPDATES}
) l join lateral ({notices.SELECT} where r.id = l.recipient_id) n on true
order by a.place, l.answered desc, l.posted_at desc
""")  # noqa: S608  # only constants of ours are put in


def find(connection: Connection, asked: Sequence[Question], keys: Keys) -> list[list[Notice]]:
    """Returns for each question the notices of updates that the user was sent on the case: of the answered update
    first, then the newest."""
    found: list[list[Notice]] = [[] for _ in asked]
    if not asked:
        return found
    case_ids, user_ids, answers = zip(*asked, strict=True)
    values = {"places": list(range(len(asked))), "case_ids": list(case_ids)}
    values |= {"user_ids": list(user_ids), "answers": list(answers)}
    rows = connection.execute(_FIND, values).mappings().all()
    sent = [replace(notices.read(row), text=_as_sent(row)) for row in rows]
    for row, notice in zip(rows, notices.filled(connection, sent, keys), strict=True):
        of_person = found[row["place"]]
        if sum(len(shown.text) for shown in (*of_person, notice)) <= _MOST_TEXT:
            of_person.append(notice)
    return found


def _as_sent(row: RowMapping) -> str:
    """Returns the text of the update as the notice had it."""
    words: str = row["text"]
    cut: list[dict[str, Any]] = row["cut"]
    for number in range(len(cut)) if row["edited_since"] else ():
        words, cut = take_out(words, cut, number)
    return words
