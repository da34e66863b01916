"""Files that could not be scanned when their mail posted are added by themselves once they could."""

import pytest

from cases.files import examine as file_content
from cases.files.cpu_budget import CpuBudget
from cases.files.examine import Examined
from cases.files.malware import Clamd
from schemas.files import FilePolicy, FileReason
from schemas.records import FilesOrder
from storage.due_files import claim_due
from storage.resources import Resources
from tests.builders.mails_with_files import PDF
from tests.builders.rows import run
from tests.builders.world import World
from tests.workers.attachments.left_out_files import SIX, acts, left_out, names, posted, row
from workers.attachments import from_original


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
