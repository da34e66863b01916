"""Reads and changes rows of the database as the owner of the tables, past the rules of the product."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlmodel import SQLModel

from schemas.tables import Mail, MailState, Update, UpdateFile, Via, core, new_id
from tests.builders.world import World

#: SQL: the audit's rows of a tenant, without log-ins and log-outs. Its parameter `:id` is the tenant.
ACTS = "(select * from audit where tenant_id = :id and act not like 'user.log%') acts"


def run(world: World, statement: str, **values: object) -> list[Any]:
    """Runs a statement and returns its rows."""
    with world.owner().begin() as connection:
        result = connection.execute(text(statement), values)
        return list(result) if result.returns_rows else []


def run_for_tenant(world: World, statement: str, **values: object) -> list[Any]:
    """Runs a statement in which `:tenant` is the world's tenant, and returns its rows."""
    return run(world, statement, tenant=world.tenant_id, **values)


def add(world: World, row: SQLModel) -> None:
    """Inserts one row."""
    with world.owner().begin() as connection:
        connection.execute(insert(core(type(row))), row.model_dump())


def add_update(world: World, author: str, words: str, **more: Any) -> UUID:
    """Inserts an update of a person, by form unless `more` says otherwise, on the world's case; returns its id."""
    values = {"via": Via.FORM, "access_group_id": default_group(world), **more}
    update = Update(
        tenant_id=world.tenant_id, case_id=world.case_id, author_id=world.people[author], text=words, **values
    )
    add(world, update)
    return update.id


def default_group(world: World) -> UUID:
    """Returns the id of the tenant's default access group."""
    ((group_id,),) = run(world, "select id from access_groups where tenant_id = :id and is_default", id=world.tenant_id)
    assert isinstance(group_id, UUID)
    return group_id


def add_file(world: World, update_id: UUID, name: str, blob: str, content_type: str = "text/plain") -> UUID:
    """Inserts a file of an update, its content at `blob`; returns its id."""
    file = UpdateFile(
        tenant_id=world.tenant_id,
        update_id=update_id,
        position=0,
        name=name,
        content_type=content_type,
        size=5,
        sha256=blob.rpartition("/")[2],
        blob=blob,
    )
    add(world, file)
    return file.id


def add_mail(world: World, state: MailState, **more: Any) -> UUID:
    """Inserts a mail of the ledger in this state; returns its id."""
    mail_id = new_id()
    values = {"recipient": f"someone@{world.mail_domain}", "sender": "bounces@people.example", "raw": "raw", **more}
    mail = Mail(
        id=mail_id,
        tenant_id=world.tenant_id,
        batch_id=new_id(),
        content_key=mail_id.bytes,
        source_ref="queue-7",
        size=1,
        state=state,
        **values,
    )
    add(world, mail)
    return mail_id


def noted_bounces(world: World) -> dict[str, tuple[Any, ...]]:
    """Returns each noted bounce by the recipient's name: address, whether it is permanent, and the server's words."""
    with world.owner().connect() as connection:
        rows = connection.execute(
            text(
                "select u.name, r.bounced_address, r.bounce_permanent, r.bounce_words from update_recipients r"
                " join users u on u.id = r.user_id where r.tenant_id = :t and r.bounced_at is not null"
            ),
            {"t": world.tenant_id},
        )
        return {row.name: tuple(row)[1:] for row in rows}
