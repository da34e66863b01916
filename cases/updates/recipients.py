"""Finds the recipients of an update, by the same rules for form and mail, logs them, and queues their notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.addresses.tokens import handle_of
from schemas.tables import OutboxKind, derived_id
from storage import outbox

# The case manager, the people chosen on the form, and for an answer by mail the author and recipients of the answered
# update. Never the author of this update, or a user whose role may not see the access group. A client only as a member.
_PEOPLE = text("""
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

_NOTIFY = text(f"""
with logged as (
    insert into update_recipients (id, tenant_id, update_id, user_id, email, handle, logged_at)
    select r.*, :at from unnest(cast(:ids as uuid[]), cast(:tenant_ids as uuid[]), cast(:update_ids as uuid[]),
        cast(:user_ids as uuid[]), cast(:emails as text[]), cast(:handles as text[])) r
    returning id, tenant_id, update_id, email
), mailed as (
    select * from logged where update_id <> all(cast(:without_notice as uuid[]))
)
{outbox.insert_from("mailed", OutboxKind.NOTICE, tenant_id="tenant_id", recipient_id="id", to_email="email")}
""")  # noqa: S608  # only constants of ours are put in


@dataclass(frozen=True)
class Audience:
    """The facts that decide who gets a notice of an update.

    `chosen` are people chosen on the form; `answers` is the update whose author and recipients get a notice, too.
    `with_address`: each recipient gets their own reply address. `with_notice`: each is sent a notice.
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
    with_notice: bool = True


def find(connection: Connection, audiences: Sequence[Audience]) -> list[list[Row[Any]]]:
    """Returns the people (`id`, `email`) to notify now, for each of several updates of one tenant."""
    chosen = [(place, user_id) for place, audience in enumerate(audiences) for user_id in audience.chosen]
    rows = connection.execute(
        _PEOPLE,
        {
            "places": list(range(len(audiences))),
            "case_ids": [audience.case_id for audience in audiences],
            "author_ids": [audience.author_id for audience in audiences],
            "manager_ids": [audience.manager_id for audience in audiences],
            "group_ids": [audience.group_id for audience in audiences],
            "answers": [audience.answers for audience in audiences],
            "chosen_places": [place for place, _ in chosen],
            "chosen": [user_id for _, user_id in chosen],
        },
    )
    people: list[list[Row[Any]]] = [[] for _ in audiences]
    for row in rows:
        people[row.place].append(row)
    return people


def notify(connection: Connection, people: Sequence[tuple[Audience, Sequence[Row[Any]]]], at: datetime) -> None:
    """Logs the people that `find` returned as recipients of the updates, and puts a notice for each into the outbox.

    Whoever is in an audience without notices is only logged.
    """
    rows = [(audience, row) for audience, found in people for row in found]
    if rows:
        ids = [derived_id(audience.update_id, row.id) for audience, row in rows]
        values = {
            "ids": ids,
            "tenant_ids": [audience.tenant_id for audience, _ in rows],
            "update_ids": [audience.update_id for audience, _ in rows],
            "user_ids": [row.id for _, row in rows],
            "emails": [row.email for _, row in rows],
            "handles": [
                handle_of(id_) if audience.with_address else None for id_, (audience, _) in zip(ids, rows, strict=True)
            ],
        }
        unmailed = [audience.update_id for audience, _ in people if not audience.with_notice]
        connection.execute(_NOTIFY, {**values, "without_notice": unmailed, "at": at})
