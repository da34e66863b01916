"""Late files: a file that was left out is read from the kept original, checked again, and added once.

Longer than other files, as its tests share their helpers.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from cases.files import examine as file_content
from cases.files.cpu_budget import CpuBudget
from cases.files.examine import Examined
from cases.files.malware import Clamd
from schemas.files import FilePolicy, FileReason
from schemas.records import FilesOrder
from storage.database import Database
from storage.due_files import claim_due
from storage.resources import Resources
from tests.builders.mails_with_files import PDF, age, let_through, post_one, sweep
from tests.builders.rows import run
from tests.builders.world import World
from workers.attachments import from_original

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


class Scanner:
    """Replaces `examine`: returns what it would if the malware scanner were away or had found malware."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.says: FileReason | None = FileReason.NOT_SCANNED
        real = file_content.examine

        def examine(
            name: str, content: bytes, policy: FilePolicy, clamd: Clamd | None, declared: str, budget: CpuBudget
        ) -> Examined:
            found = real(name, content, policy, clamd, declared, budget)
            return found if self.says is None else Examined(found.content_type, found.sha256, self.says, "found")

        monkeypatch.setattr("workers.attachments.stage.examine", examine)
        monkeypatch.setattr("workers.attachments.from_original.examine", examine)


@pytest.fixture
def scanner(monkeypatch: pytest.MonkeyPatch) -> Scanner:
    return Scanner(monkeypatch)


def due(resources: Resources, world: World) -> list[FilesOrder]:
    """Returns the orders of this tenant that are due now."""
    with resources.database.system() as connection:
        return [order for order in claim_due(connection, most=1_000) if order.tenant_id == world.tenant_id]


def test_files_that_could_not_be_scanned_are_added_by_themselves_once_they_could(
    resources: Resources, world: World, scanner: Scanner
) -> None:
    update = posted(resources, world, ("a.pdf", PDF), ("b.pdf", PDF + b"%"))
    assert names(world, update) == []
    (order,) = due(resources, world)
    assert order.update_id == update
    assert due(resources, world) == [], "not again at once"
    from_original.add_scanned(order, resources)
    assert names(world, update) == []
    run(world, "update updates set files_due_at = now() where id = :id", id=update)
    (order,) = due(resources, world)
    scanner.says = None
    for _ in range(2):  # Kafka may deliver an order twice
        from_original.add_scanned(order, resources)
    assert names(world, update) == ["a.pdf", "b.pdf"]
    assert (row(world, update).left_out, row(world, update).files_due_at) == ([], None)
    assert acts(world) == [("update.file_added", None)] * 2


def test_what_the_scanner_finds_is_left_out_for_good(resources: Resources, world: World, scanner: Scanner) -> None:
    update = posted(resources, world, ("a.pdf", PDF))
    scanner.says = FileReason.CONTENT
    from_original.add_scanned(due(resources, world)[0], resources)
    assert left_out(world, update) == {"a.pdf": (1, FileReason.CONTENT)}
    assert row(world, update).files_due_at is None


def test_the_limit_on_the_number_of_files_applies_unless_a_person_asks(
    resources: Resources, world: World, scanner: Scanner
) -> None:
    update = posted(resources, world, *SIX)
    scanner.says = None
    from_original.add_scanned(due(resources, world)[0], resources)
    assert names(world, update) == [name for name, _ in SIX[:5]]
    assert left_out(world, update) == {"5.pdf": (6, FileReason.TOO_MANY)}


def test_where_the_original_went_before_the_scanner_came_back_it_is_noted_and_not_tried_again(
    resources: Resources, world: World, scanner: Scanner
) -> None:
    update = posted(resources, world, ("a.pdf", PDF))
    run(world, "update mails set raw_deleted_by = 'retention' where id = :id", id=row(world, update).mail_id)
    from_original.add_scanned(due(resources, world)[0], resources)
    assert "was deleted" in row(world, update).left_out[0]["why"]
    assert row(world, update).files_due_at is None


def test_updates_that_wait_for_nothing_are_not_looked_at(resources: Resources, world: World) -> None:
    posted(resources, world, *SIX)
    assert due(resources, world) == []
    with resources.database.system() as connection:
        connection.exec_driver_sql("set local enable_seqscan = off")
        plan = connection.exec_driver_sql(
            "explain select id from updates where files_due_at <= now() order by 1"
        ).scalars()
        assert any("updates_files_due" in line for line in plan)
