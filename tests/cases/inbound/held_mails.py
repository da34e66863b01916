"""Adds held mails, acts on them, and reads what became of them."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider, Outcome
from schemas.reasons import Reason
from schemas.tables import MailState, now
from storage.database import Database
from tests.builders.rows import add_mail
from tests.builders.world import KEYS, World


def worker(world: World, name: str = "manager") -> Decider:
    return Decider(world.tenant_id, world.people[name], name.title(), KEYS)


def act(
    database: Database,
    world: World,
    action: Action,
    *mail_ids: UUID,
    by: str = "manager",
    run: int = 0,
    case_id: UUID | None = None,
) -> Outcome:
    with database.tenant(world.tenant_id) as connection:
        return decisions.act(connection, worker(world, by), action, dict.fromkeys(mail_ids, run), case_id)


def as_owner(world: World, statement: str, **values: object) -> list[Any]:
    with world.owner().begin() as connection:
        result = connection.execute(text(statement), {"tenant": world.tenant_id, **values})
        return list(result) if result.returns_rows else []


def row(world: World, mail_id: UUID) -> Any:
    return as_owner(world, "select * from mails where id = :id", id=mail_id)[0]


def acts(world: World) -> list[tuple[str, UUID | None, UUID]]:
    found = as_owner(world, "select act, actor_id, subject_id from audit where tenant_id = :tenant order by at, id")
    return [(row.act, row.actor_id, row.subject_id) for row in found]


def add_held(world: World, reason: Reason = Reason.NOT_A_RECIPIENT, author: str = "member", **more: Any) -> UUID:
    values = {"author": world.email(author), "reason": reason, "ended_at": now(), **more}
    return add_mail(world, MailState.HELD, **values)
