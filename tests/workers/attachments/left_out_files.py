"""Posts mails whose files are left out, and reads what became of these files."""

import json
from typing import Any
from uuid import UUID

from storage.resources import Resources
from tests.builders.mails_with_files import PDF, let_through, post_one
from tests.builders.rows import run
from tests.builders.world import World

SIX = tuple((f"{number}.pdf", PDF + b"%" * number) for number in range(6))


def policy(world: World, **more: Any) -> None:
    run(world, "update tenants set file_policy = :new where id = :id", new=json.dumps(more), id=world.tenant_id)


def posted(resources: Resources, world: World, *files: tuple[str, bytes], cut_off: int = 0) -> UUID:
    """Posts a mail with these files; returns the id of the update."""
    mail = let_through(resources, world, *files, cut_off=cut_off)
    update = post_one(mail, resources)
    assert isinstance(update, UUID), update
    run(world, "update mails set ended_at = now() where id = :id", id=mail.custody.mail_id)
    return update


def row(world: World, update_id: UUID) -> Any:
    return run(world, "select mail_id, left_out, files_due_at from updates where id = :id", id=update_id)[0]


def left_out(world: World, update_id: UUID) -> dict[str, tuple[int, str]]:
    """Returns the part number and the reason of each file that was left out, by its name."""
    return {item["name"]: (item["part"], item["reason"]) for item in row(world, update_id).left_out}


def names(world: World, update_id: UUID) -> list[str]:
    rows = run(world, "select name from update_files where update_id = :id order by position", id=update_id)
    return [file.name for file in rows]


def acts(world: World) -> list[tuple[str, UUID | None]]:
    rows = run(
        world, "select act, actor_id from audit where tenant_id = :id and act like 'update.file%'", id=world.tenant_id
    )
    return [(act.act, act.actor_id) for act in rows]
