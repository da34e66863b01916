"""A backup has all rows and all their blobs; it is verified, and restored only where nothing is in its way."""

import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ops.backup import checking, making, pg_tools, restoring
from ops.backup.errors import BackupError
from schemas.settings import Settings
from schemas.tables import new_id
from storage import deletions, stored_files
from storage.ledger import retention
from storage.migrations import for_restore
from storage.resources import Resources
from tests.builders.command import casemail_here, command_settings
from tests.builders.world import World
from workers.fetch.custody import Arrival, CustodyService


def take(resources: Resources, world: World, count: int = 1) -> UUID:
    """Takes mails into custody, as one batch."""
    batch_id = new_id()
    CustodyService(resources).take(
        batch_id,
        [
            Arrival(f"Subject: {uuid4()}\r\n\r\nhi\r\n".encode(), f"x@{world.mail_domain}", "a@x", "1")
            for _ in range(count)
        ],
    )
    return batch_id


def raws(resources: Resources, world: World) -> list[str]:
    with resources.database.tenant(world.tenant_id) as connection:
        return list(connection.execute(text("select raw from mails order by id")).scalars())


def damage(folder: Path, how: str) -> None:
    file = next(path for path in (folder / "blobs").rglob("*") if path.is_file())
    dump = next(folder.glob("*.dump"))
    acts: dict[str, Callable[[], object]] = {
        "a changed blob": lambda: file.write_bytes(file.read_bytes()[:-1] + b"?"),
        "a shorter blob": lambda: file.write_bytes(file.read_bytes()[:-1]),
        "a missing blob": file.unlink,
        "a changed dump": lambda: dump.write_bytes(dump.read_bytes()[:-9] + b"?" * 9),
    }
    acts[how]()


def test_what_is_restored_is_what_was_there_and_nothing_more_is_copied_than_is_new(
    resources: Resources, world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    take(resources, world, 3)
    (file,) = stored_files.put(resources.database, resources.blobs, world.tenant_id, [b"a file"])
    assert making.backup(resources.settings, folder).copied == 2
    take(resources, world)
    assert making.backup(resources.settings, folder).copied == 1
    assert len(list(folder.glob("*.dump"))) == 1
    before = raws(resources, world)
    mails = [resources.blobs.get(key) for key in before]
    resources.blobs.delete([*before[:1], file])
    take(resources, world)
    resources.database.close()
    done = restoring.restore(resources.settings, folder, replace=True)
    assert raws(resources, world) == before
    assert done.blobs == 1, "a pack of which the store has a part stays as it is there"
    assert resources.blobs.get(file) == b"a file"
    assert [resources.blobs.get(key) for key in before[1:]] == mails[1:]
    with world.owner().connect() as connection:
        assert connection.execute(text("select count(*) from pg_policies")).scalar_one() > 20
    assert casemail_here("find", str(new_id()), **command_settings(resources.settings)).exit_code == 1


def test_blobs_that_are_deleted_leave_the_backup_with_the_next_one(
    resources: Resources, world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    take(resources, world, 2)
    take(resources, world)
    making.backup(resources.settings, folder)
    first, second, third = raws(resources, world)
    secret = resources.blobs.get(first)
    resources.blobs.delete([first, third])
    making.backup(resources.settings, folder)
    left = [path for path in (folder / "blobs").rglob("*") if path.is_file()]
    assert [path.name for path in left] == [second.partition("@")[0].rpartition("/")[2]]
    assert secret not in left[0].read_bytes()
    assert checking.check(folder)[1] == []


def test_nothing_is_deleted_from_the_store_while_a_backup_is_made(resources: Resources, world: World) -> None:
    take(resources, world)
    with world.owner().begin() as connection:
        connection.execute(text("update mails set state = 'held', ended_at = now(), raw_deleted_by = 'erasure'"))
        connection.execute(text("update stored_contents set due_at = now(), touched_at = now() - interval '1 day'"))
    with deletions.held_back(resources.settings.database.owner_url or ""):
        assert retention.sweep(resources.database, resources.blobs, most=9).total() == 0
        assert stored_files.sweep(resources.database, resources.blobs, most=9) == 0
    assert retention.sweep(resources.database, resources.blobs, most=9).total() > 0


def test_mail_that_comes_in_meanwhile_never_has_a_row_without_its_bytes(
    resources: Resources, world: World, tmp_path: Path
) -> None:
    folder, stop, taken = tmp_path / "backup", threading.Event(), threading.Event()

    def arrive() -> None:
        while not stop.is_set():
            take(resources, world)
            taken.set()

    arriving = threading.Thread(target=arrive)
    arriving.start()
    try:
        assert taken.wait(60)
        making.backup(resources.settings, folder)
    finally:
        stop.set()
        arriving.join()
    resources.database.close()
    for blob in Path(resources.settings.blobs.url).iterdir():
        blob.rename(tmp_path / f"gone-{blob.name}")
    restoring.restore(resources.settings, folder, replace=True)
    rows = raws(resources, world)
    assert rows
    assert all(resources.blobs.get(key) for key in rows)


@pytest.mark.parametrize("how", ["a changed blob", "a shorter blob", "a missing blob", "a changed dump"])
def test_a_damaged_backup_is_noticed_and_never_restored(
    resources: Resources, world: World, tmp_path: Path, how: str
) -> None:
    folder = tmp_path / "backup"
    take(resources, world)
    making.backup(resources.settings, folder)
    assert casemail_here("backup", str(folder), "--check").exit_code == 0
    damage(folder, how)
    checked = casemail_here("backup", str(folder), "--check")
    assert (checked.exit_code, "is damaged in 1 places" in checked.output) == (1, True)
    with pytest.raises(BackupError, match="nothing was restored"):
        restoring.restore(resources.settings, folder, replace=True)
    assert len(raws(resources, world)) == 1


def test_a_database_in_use_or_with_tables_is_not_replaced_unless_told(
    resources: Resources, world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    take(resources, world)
    making.backup(resources.settings, folder)
    with resources.database.system(), pytest.raises(BackupError, match="stop all of them first"):
        restoring.restore(resources.settings, folder, replace=True)
    resources.database.close()
    with pytest.raises(BackupError, match="--replace deletes all"):
        restoring.restore(resources.settings, folder)
    for_restore.empty(resources.settings.database.owner_url or "")
    restoring.restore(resources.settings, folder)
    assert len(raws(resources, world)) == 1


def test_a_backup_of_a_folder_is_not_restored_into_a_bucket(resources: Resources, world: World, tmp_path: Path) -> None:
    take(resources, world)
    making.backup(resources.settings, tmp_path / "backup")
    with pytest.raises(BackupError, match="can't be restored into a bucket"):
        restoring.restore(resources.settings.replace(blob_url="memory:///"), tmp_path / "backup", database=False)


def test_the_commands_say_what_they_did_and_what_to_do(resources: Resources, world: World, tmp_path: Path) -> None:
    folder = str(tmp_path / "backup")
    given = command_settings(resources.settings) | {"OWNER_DATABASE_URL": resources.settings.database.owner_url or ""}
    take(resources, world)
    made = casemail_here("backup", folder, **given)
    assert (made.exit_code, "1 blobs, of which 1 are new" in made.output) == (0, True)
    take(resources, world)
    resources.database.close()
    with pytest.raises(BackupError, match="--replace deletes all"):
        raise casemail_here("restore", folder, **given).exception or AssertionError
    restored = casemail_here("restore", folder, "--replace", **given)
    assert "Now run `casemail recover`" in restored.output
    recovered = casemail_here("recover", "--dry-run", **given)
    assert "1 mails were not in the ledger" in recovered.output  # those of other tests are missing, too
    casemail_here("recover", **given)
    assert len(raws(resources, world)) == 2


def test_what_can_not_be_a_backup_is_said_in_a_sentence(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="it has no manifest"):
        checking.check(tmp_path / "nowhere")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    with pytest.raises(BackupError, match=r"has other files, such as letter\.txt"):
        making.backup(settings, tmp_path / "full")
    with pytest.raises(BackupError, match="is in the blob store"):
        making.backup(settings, Path(settings.blobs.url) / "backup")
    (tmp_path / "full" / "manifest.jsonl").write_text("{}")
    with pytest.raises(BackupError, match="is damaged"):
        checking.check(tmp_path / "full")


def test_tools_that_are_too_old_are_said_with_what_to_install() -> None:
    with pytest.raises(BackupError, match=r"pg_dump of PostgreSQL 99 or later is needed.*postgresql-client-99"):
        pg_tools.find("pg_dump", 99)


def test_the_login_role_can_not_make_a_dump_and_is_told_why(resources: Resources, world: World, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="OWNER_DATABASE_URL must name the owner"):
        pg_tools.dump(resources.settings.database.url, tmp_path / "dump")
