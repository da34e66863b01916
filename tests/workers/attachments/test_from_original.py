"""A file that was left out is read from the kept original, checked again, and added once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from schemas.files import FileReason
from storage.database import Database
from storage.resources import Resources
from tests.builders.mails_with_files import PDF, age, sweep
from tests.builders.rows import run
from tests.builders.world import World
from tests.workers.attachments.left_out_files import SIX, acts, left_out, names, policy, posted, row
from workers.attachments import from_original


def add(resources: Resources, world: World, update_id: UUID, name: str, who: str = "manager") -> str:
    part, _ = left_out(world, update_id)[name]
    return str(from_original.add(world.tenant_id, update_id, part, world.people[who], resources) or "")


def test_the_sixth_file_is_added_when_a_case_manager_asks_though_five_are_there(
    resources: Resources, world: World
) -> None:
    update = posted(resources, world, *SIX)
    assert left_out(world, update) == {"5.pdf": (6, FileReason.TOO_MANY)}
    assert add(resources, world, update, "5.pdf") == ""
    assert names(world, update) == [name for name, _ in SIX]
    assert left_out(world, update) == {}
    assert acts(world) == [("update.file_added", world.people["manager"])]
    (file,) = run(world, "select blob from update_files where update_id = :id and name = '5.pdf'", id=update)
    age(world)
    sweep(resources)
    assert resources.blobs.get(file.blob) == SIX[5][1]


@pytest.mark.parametrize("who", ["staff", "client"])
def test_the_roles_that_may_not_add_files_do_not(resources: Resources, world: World, who: str) -> None:
    update = posted(resources, world, *SIX)
    assert add(resources, world, update, "5.pdf", who) == "You may not add files to this update."
    assert len(names(world, update)) == 5


def test_the_checks_are_those_of_today(resources: Resources, world: World) -> None:
    policy(world, most_bytes=len(PDF))
    update = posted(
        resources, world, ("small.pdf", PDF), ("large.pdf", PDF + b"%"), ("fake.pdf", b"MZ not a pdf at all")
    )
    assert {name: why for name, (_, why) in left_out(world, update).items()} == {
        "large.pdf": FileReason.TOO_LARGE,
        "fake.pdf": FileReason.CONTENT,
    }
    assert add(resources, world, update, "large.pdf") == "it is too large"
    policy(world)
    assert add(resources, world, update, "large.pdf") == ""
    assert "not what 'pdf' says" in add(resources, world, update, "fake.pdf")
    assert names(world, update) == ["small.pdf", "large.pdf"]


def test_a_file_that_is_added_later_gets_a_name_that_no_other_has(resources: Resources, world: World) -> None:
    policy(world, most_files=1)
    update = posted(resources, world, ("plan.pdf", PDF), ("plan.pdf", PDF + b"%"))
    assert add(resources, world, update, "plan.pdf") == ""
    assert names(world, update) == ["plan.pdf", "plan (2).pdf"]


def test_half_a_file_is_not_added_under_the_name_of_the_whole(resources: Resources, world: World) -> None:
    # the mail ends in the middle of the file, where base64 may end
    update = posted(
        resources, world, ("a.txt", b"Half of this letter is missing, and nobody sees it."), cut_off=9 + 2 + 24
    )
    assert left_out(world, update) == {"a.txt": (1, FileReason.BROKEN)}
    assert add(resources, world, update, "a.txt").startswith("it arrived broken: the mail ends before")
    assert names(world, update) == []


def test_the_size_of_all_files_together_still_counts(resources: Resources, world: World) -> None:
    policy(world, most_bytes_together=len(PDF) + 10)
    update = posted(resources, world, ("a.pdf", PDF), ("b.pdf", PDF + b"%"))
    assert add(resources, world, update, "b.pdf") == "the files together are too large"


def test_what_was_of_a_type_that_is_not_supported_stays_out(resources: Resources, world: World) -> None:
    update = posted(resources, world, ("a.pdf", PDF), ("setup.exe", b"MZ\x90\x00" + bytes(100)))
    assert add(resources, world, update, "setup.exe")
    assert names(world, update) == ["a.pdf"]


def test_the_same_bytes_again_stay_out(resources: Resources, world: World) -> None:
    update = posted(resources, world, ("a.pdf", PDF), ("b.pdf", PDF))
    assert add(resources, world, update, "b.pdf") == "the same file is there already"


def test_of_two_who_ask_at_once_one_adds_it_and_none_is_refused(resources: Resources, world: World) -> None:
    update = posted(resources, world, *SIX)
    part, _ = left_out(world, update)["5.pdf"]

    def ask(_: int) -> str:
        database = Database(resources.settings.database.url, pool_size=1)
        mine = Resources(resources.settings, database, resources.blobs)
        refusal = from_original.add(world.tenant_id, update, part, world.people["manager"], mine)
        database.close()
        return str(refusal or "")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [""] * 4
    assert len(names(world, update)) == 6
    assert len(acts(world)) == 1


@pytest.mark.parametrize(
    "gone",
    [
        "update mails set raw_deleted_by = 'retention' where id = :id",
        "update mails set raw = '', raw_deleted_by = 'retention', raw_deleted_at = now() where id = :id",
    ],
    ids=["going", "gone"],
)
def test_a_deleted_original_is_the_reason_for_a_refusal(resources: Resources, world: World, gone: str) -> None:
    update = posted(resources, world, *SIX)
    run(world, gone, id=row(world, update).mail_id)
    assert add(resources, world, update, "5.pdf").startswith("The original of this mail was deleted")


def test_a_closed_case_stays_as_it_is(resources: Resources, world: World) -> None:
    update = posted(resources, world, *SIX)
    run(world, "update cases set open = false where id = :id", id=world.case_id)
    assert add(resources, world, update, "5.pdf") == "The case is closed: its updates stay as they are."
