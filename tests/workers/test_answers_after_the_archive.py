"""An answer to an old update posts as before the archive, and a mail that is archived does not post again."""

from pathlib import Path
from uuid import UUID

import pytest

from schemas.settings import Settings
from schemas.tables import new_id
from storage.archive import move
from storage.archive.rows import Kind
from storage.resources import Resources
from tests.builders.conservation import line, wrong_counts
from tests.builders.rows import run
from tests.builders.world import World
from tests.contract.rig import eventually
from tests.servers.pipeline import broker, names, reply, resources, server, world
from tests.servers.pipeline import settings as stalling_soon
from workers.broker import KafkaBroker
from workers.fetch.custody import Arrival, CustodyService

__all__ = ["broker", "names", "resources", "server", "stalling_soon", "world"]
_OLD = "now() - interval '400 days'"


@pytest.fixture(scope="module")
def settings(stalling_soon: Settings) -> Settings:
    """Returns settings with which a mail may take long on a busy machine."""
    return stalling_soon.replace(stall_seconds=60.0)


def take(resources: Resources, arrival: Arrival) -> None:
    CustodyService(resources).take(new_id(), [arrival])


def ended(world: World) -> list[tuple[str, str, UUID | None]]:
    rows = run(
        world, "select state, reason, duplicate_of from mails where tenant_id = :id order by id", id=world.tenant_id
    )
    return [(row.state, row.reason, row.duplicate_of) for row in rows]


def await_end(world: World, mails: int) -> None:
    """Waits until so many mails have ended."""
    eventually(lambda: sum(state in {"posted", "dropped", "held"} for state, _, _ in ended(world)) == mails, 120)


def archive(resources: Resources, folder: Path) -> None:
    for _ in move.move(resources.database, dict.fromkeys(Kind, 365), folder):
        pass


def test_an_answer_posts_though_the_record_of_the_notice_is_archived(
    broker: KafkaBroker, resources: Resources, world: World, tmp_path: Path
) -> None:
    answer = reply(world, resources, "client")
    run(
        world,
        f"update outbox set id = uuidv7(interval '-400 days'), state = 'sent', sent_at = {_OLD} where tenant_id = :id",
        id=world.tenant_id,
    )
    archive(resources, tmp_path)
    assert run(world, "select count(*) from outbox where tenant_id = :id", id=world.tenant_id) == [(0,)]
    take(resources, answer)
    await_end(world, 1)
    assert ended(world) == [("posted", "", None)]


def test_an_archived_mail_that_is_delivered_again_does_not_post_again(
    broker: KafkaBroker, resources: Resources, world: World, tmp_path: Path
) -> None:
    answer = reply(world, resources, "client")
    take(resources, answer)
    await_end(world, 1)
    ((first,),) = run(
        world,
        f"update mails set ended_at = {_OLD}, raw = '', raw_deleted_by = 'retention', raw_deleted_at = {_OLD}"
        " where tenant_id = :id returning id",
        id=world.tenant_id,
    )
    archive(resources, tmp_path)
    assert run(world, "select archived_at is not null from mails where id = :id", id=first) == [(True,)]
    take(resources, answer)
    await_end(world, 2)
    assert ended(world) == [("posted", "", None), ("dropped", "duplicate", first)]
    posted = run(world, "select count(*) from updates where tenant_id = :id and via = 'email'", id=world.tenant_id)
    assert posted == [(1,)]
    assert (line(resources.database, world).unaccounted, wrong_counts(resources.database)) == (0, [])
