"""Who is told of an update: chosen by the same rules for form and mail, logged, and put into the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, text

from cases.addresses import new_handle
from schemas.tables import Outbox, OutboxKind, OutboxState, UpdateRecipient, core, new_id

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

_INSERT_RECIPIENTS = insert(core(UpdateRecipient))
_INSERT_OUTBOX = insert(core(Outbox))


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
    recipients = [
        {
            "id": new_id(),
            "tenant_id": one.tenant_id,
            "update_id": one.update_id,
            "user_id": row.id,
            "email": row.email,
            "handle": new_handle() if one.with_address else None,
            "logged_at": at,
        }
        for one, rows in told
        for row in rows
    ]
    if not recipients:
        return
    connection.execute(_INSERT_RECIPIENTS, recipients)
    connection.execute(
        _INSERT_OUTBOX,
        [
            {
                "id": new_id(),
                "tenant_id": recipient["tenant_id"],
                "kind": OutboxKind.NOTICE,
                "recipient_id": recipient["id"],
                "to_email": recipient["email"],
                "state": OutboxState.WAITING,
                "attempts": 0,
                "created_at": at,
                "due_at": at,
                "error": "",
            }
            for recipient in recipients
        ],
    )
