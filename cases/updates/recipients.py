"""Who is told of an update: chosen by the same rules for form and mail, logged, and put into the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.addresses.tokens import new_handle
from schemas.tables import OutboxKind
from storage import outbox

# The case manager, whom the form chose, and for an answer by mail all who were told of what is answered; never the
# author, nobody whose role may not see the access group, and of clients only the members of the case.
_TOLD = text("""
with posted as materialized (
    select * from unnest(cast(:places as int[]), cast(:case_ids as uuid[]), cast(:author_ids as uuid[]),
        cast(:manager_ids as uuid[]), cast(:group_ids as uuid[]), cast(:answers as uuid[]))
        p(place, case_id, author_id, manager_id, group_id, answers)
), candidates as (
    select place, manager_id as user_id from posted
    union select * from unnest(cast(:chosen_places as int[]), cast(:chosen as uuid[]))
    union select p.place, u.author_id from posted p join updates u on u.id = p.answers
    union select p.place, r.user_id from posted p join update_recipients r on r.update_id = p.answers
)
select p.place, u.id, u.email
from candidates c join posted p on p.place = c.place join users u on u.id = c.user_id
join access_groups g on g.id = p.group_id
where u.active and u.id <> p.author_id and u.role = any(g.may_see)
  and (u.role <> 'client' or exists (select 1 from case_members m where m.case_id = p.case_id and m.user_id = u.id))
order by p.place, u.id
""")

_TELL = text(f"""
with logged as (
    insert into update_recipients (id, tenant_id, update_id, user_id, email, handle, logged_at)
    select uuidv7(), r.*, :at from unnest(cast(:tenant_ids as uuid[]), cast(:update_ids as uuid[]),
        cast(:user_ids as uuid[]), cast(:emails as text[]), cast(:handles as text[])) r
    returning id, tenant_id, email
)
{outbox.insert_from("logged", OutboxKind.NOTICE, tenant_id="tenant_id", recipient_id="id", to_email="email")}
""")  # noqa: S608  # only constants of ours are put in


@dataclass(frozen=True)
class Telling:
    """An update of which people are to be told: those `chosen`, and those who know the update that it `answers`.

    `with_address`: each gets a reply address of their own.
    """

    update_id: UUID
    tenant_id: UUID
    case_id: UUID
    author_id: UUID
    manager_id: UUID
    group_id: UUID
    chosen: Sequence[UUID]
    answers: UUID | None
    with_address: bool


def find(connection: Connection, tellings: Sequence[Telling]) -> list[list[Row[Any]]]:
    """Id and email of those who are told, as of now, for each of several updates of one tenant."""
    chosen = [(place, user_id) for place, one in enumerate(tellings) for user_id in one.chosen]
    rows = connection.execute(
        _TOLD,
        {
            "places": list(range(len(tellings))),
            "case_ids": [one.case_id for one in tellings],
            "author_ids": [one.author_id for one in tellings],
            "manager_ids": [one.manager_id for one in tellings],
            "group_ids": [one.group_id for one in tellings],
            "answers": [one.answers for one in tellings],
            "chosen_places": [place for place, _ in chosen],
            "chosen": [user_id for _, user_id in chosen],
        },
    )
    told: list[list[Row[Any]]] = [[] for _ in tellings]
    for row in rows:
        told[row.place].append(row)
    return told


def tell(connection: Connection, told: Sequence[tuple[Telling, Sequence[Row[Any]]]], at: datetime) -> None:
    """Logs the recipients of the updates and orders a notice for each of them."""
    rows = [(one, row) for one, people in told for row in people]
    if rows:
        values = {
            "tenant_ids": [one.tenant_id for one, _ in rows],
            "update_ids": [one.update_id for one, _ in rows],
            "user_ids": [row.id for _, row in rows],
            "emails": [row.email for _, row in rows],
            "handles": [new_handle() if one.with_address else None for one, _ in rows],
        }
        connection.execute(_TELL, {**values, "at": at})
