"""A Maildir as a source, fetched by the stage."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from schemas.records import FetchOrder
from schemas.tables import SourceKind
from storage.ledger import leases
from storage.resources import Resources
from storage.source_rows import ensure_source
from tests.builders.world import World
from workers.fetch.mailbox.maildir import Maildir
from workers.fetch.pull.stage import fetch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    return tmp_path / "box"


@pytest.fixture
def order(resources: Resources, folder: Path) -> Callable[[], FetchOrder]:
    """Returns a function that has the scheduler order a fetch of the folder."""
    name = uuid4().hex
    with resources.database.system() as connection:
        source = ensure_source(connection, SourceKind.MAILDIR, name, location=str(folder))

    def ordered() -> FetchOrder:
        with resources.database.system() as connection:
            connection.execute(
                text("update sources set next_at = now(), leased_until = null where name = :name"), {"name": name}
            )
            return next(each for each in leases.due(connection) if each.source_id == source)

    return ordered


def drop(folder: Path, world: World, count: int = 3) -> None:
    for number in range(count):
        body = f"Delivered-To: case-x@{world.mail_domain}\nFrom: a@x\n\n{uuid4()}\n"
        (folder / "new" / f"{number}.mail").write_text(body)


def entered(resources: Resources, world: World) -> int:
    with resources.database.tenant(world.tenant_id) as connection:
        return int(connection.execute(text("select count(*) from mails where duplicate_of is null")).scalar_one())


def names(folder: Path, sub: str) -> list[str]:
    return sorted(path.name for path in (folder / sub).iterdir())


def test_what_waits_is_taken_and_moved_to_cur(
    resources: Resources, world: World, folder: Path, order: Callable[[], FetchOrder]
) -> None:
    drop(folder, world)
    fetch(order(), resources)
    assert entered(resources, world) == 3
    assert names(folder, "new") == []
    assert names(folder, "cur") == ["0.mail:2,S", "1.mail:2,S", "2.mail:2,S"]


def test_a_fetch_that_died_before_the_move_takes_nothing_twice(
    resources: Resources, world: World, folder: Path, order: Callable[[], FetchOrder]
) -> None:
    drop(folder, world)
    fetch(order(), resources)
    for name in names(folder, "cur"):
        (folder / "cur" / name).rename(folder / "new" / name.partition(":")[0])
    fetch(order(), resources)
    assert entered(resources, world) == 3
    assert names(folder, "new") == []


def test_a_fetch_that_lost_its_lease_takes_nothing(
    resources: Resources, world: World, folder: Path, order: Callable[[], FetchOrder]
) -> None:
    drop(folder, world)
    stale, newer = order(), order()
    fetch(stale, resources)
    assert entered(resources, world) == 0
    assert len(names(folder, "new")) == 3
    fetch(newer, resources)
    assert entered(resources, world) == 3


def test_a_folder_that_is_not_there_is_shown_at_the_source(
    resources: Resources, folder: Path, order: Callable[[], FetchOrder]
) -> None:
    (folder / "new").rmdir()
    given = order()
    fetch(given, resources)
    with resources.database.system() as connection:
        row = connection.execute(
            text("select failures, last_error, leased_until from sources where id = :id"), {"id": given.source_id}
        ).one()
    assert row.failures == 1
    assert "No such file" in row.last_error
    assert row.leased_until is None


def test_the_oldest_mails_come_first(folder: Path, world: World) -> None:
    drop(folder, world, 12)
    assert [mail.ref for mail in Maildir(folder).listed()][:3] == ["0.mail", "1.mail", "2.mail"]
