"""Where a mail may post: the case and update that its address names, or the case that a person attached it to.

All statements run in the scope of the tenant.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from cases.addresses.tokens import AddressKind


@dataclass(frozen=True)
class Destination:
    """The case and update that a mail's address names, or the case that a person chose, and the author's part in them.

    `answers` is the update to which the reply address belongs, None for a case address. `group` is that update's access
    group, `notice` the address's row in the recipient log. `works_until` is when the address stops working, None for
    never. `retired`: the case has a newer address. `was_sent`: the author is in the recipient log of that update.
    `member`: the author is a member of the case.
    """

    case_id: UUID
    case_number: str
    case_title: str
    answers: UUID | None
    works_until: datetime | None
    retired: bool
    was_sent: bool
    member: bool
    group: UUID | None = None
    notice: UUID | None = None


#: Kind and handle of an address, and the author's id if the author is a user.
Question = tuple[AddressKind, str, UUID | None]

_OF_REPLY_ADDRESSES = text("""
select k.handle, k.author_id, u.case_id, c.number, c.title, r.update_id as answers, u.access_group_id as group_id,
    r.id as notice_id, false as retired,
    case when :reply_days > 0 then r.logged_at + make_interval(days => :reply_days) end as works_until,
    exists (select 1 from update_recipients o where o.update_id = r.update_id and o.user_id = k.author_id) as was_sent,
    exists (select 1 from case_members m where m.case_id = u.case_id and m.user_id = k.author_id) as member
from unnest(cast(:handles as text[]), cast(:author_ids as uuid[])) k(handle, author_id)
join update_recipients r on r.handle = k.handle join updates u on u.id = r.update_id join cases c on c.id = u.case_id
""")

_OF_CASE_ADDRESSES = text("""
select k.handle, k.author_id, a.case_id, c.number, c.title, null::uuid as answers, null::uuid as group_id,
    null::uuid as notice_id, a.retired_at is not null as retired,
    coalesce(a.works_until, a.retired_at) as works_until, false as was_sent,
    exists (select 1 from case_members m where m.case_id = a.case_id and m.user_id = k.author_id) as member
from unnest(cast(:handles as text[]), cast(:author_ids as uuid[])) k(handle, author_id)
join case_addresses a on a.handle = k.handle join cases c on c.id = a.case_id
""")

_OF_CASES = text("""
select k.mail_id, c.id as case_id, c.number, c.title,
    exists (select 1 from case_members m where m.case_id = c.id and m.user_id = k.author_id) as member
from unnest(cast(:mail_ids as uuid[]), cast(:case_ids as uuid[]), cast(:author_ids as uuid[]))
    k(mail_id, case_id, author_id)
join cases c on c.id = k.case_id
""")

_BY_KIND = {AddressKind.REPLY: _OF_REPLY_ADDRESSES, AddressKind.CASE: _OF_CASE_ADDRESSES}


def find(connection: Connection, questions: Iterable[Question], reply_days: int) -> dict[Question, Destination]:
    """Returns the destinations that these addresses name; an address that names none is left out.

    `reply_days` is the number of days that a reply address works, 0 for ever.
    """
    found: dict[Question, Destination] = {}
    for kind, statement in _BY_KIND.items():
        asked = [question for question in questions if question[0] is kind]
        if asked:
            values: dict[str, object] = {"handles": [handle for _, handle, _ in asked]}
            values["author_ids"] = [author for *_, author in asked]
            if kind is AddressKind.REPLY:
                values["reply_days"] = reply_days
            for row in connection.execute(statement, values):
                found[kind, row.handle, row.author_id] = Destination(
                    row.case_id,
                    row.number,
                    row.title,
                    row.answers,
                    row.works_until,
                    row.retired,
                    row.was_sent,
                    row.member,
                    row.group_id,
                    row.notice_id,
                )
    return found


def of_cases(connection: Connection, attached: Sequence[tuple[UUID, UUID, UUID | None]]) -> Mapping[UUID, Destination]:
    """Returns the cases to which a person attached mails, by mail id; a case that does not exist is left out.

    `attached` has for each mail its id, the id of the case, and the id of the author, None for a stranger.
    """
    mail_ids, case_ids, author_ids = zip(*attached, strict=True)
    values = {"mail_ids": list(mail_ids), "case_ids": list(case_ids), "author_ids": list(author_ids)}
    return {
        row.mail_id: Destination(row.case_id, row.number, row.title, None, None, False, False, row.member)
        for row in connection.execute(_OF_CASES, values)
    }
