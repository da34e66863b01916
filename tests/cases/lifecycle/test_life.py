"""The life of a case: created, edited, closed, reopened and archived, each with its entry in the audit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, text

from cases.lifecycle import change
from cases.lifecycle.create import NewCase, create
from cases.refusal import FieldRefusal, Refusal
from cases.updates.posting import Outcome, Posted, post_update
from ops.embedded import Postgres
from storage.database import Database
from tests.builders.rows import run
from tests.builders.world import KEYS, World, make_world


@pytest.fixture
def other_world(migrated: Postgres) -> World:
    """Returns another tenant."""
    return make_world(migrated.owner_url)


def made(database: Database, world: World, **more: Any) -> UUID | FieldRefusal:
    new = NewCase(**{"title": "Water damage", "manager_id": world.people["manager"], **more})
    with database.tenant(world.tenant_id) as connection:
        return create(connection, KEYS, world.tenant_id, new, by=world.people["admin"])


def one(world: World, case_id: UUID) -> Any:
    return run(world, "select * from cases where id = :id", id=case_id)[0]


def acts(world: World, case_id: UUID) -> list[tuple[str, dict[str, str]]]:
    rows = run(world, "select act, details from audit where subject_id = :id order by id", id=case_id)
    return [(row.act, row.details) for row in rows]


def letters(world: World) -> list[str]:
    rows = run(
        world,
        "select to_email from outbox where tenant_id = :id and kind = 'assignment' order by id",
        id=world.tenant_id,
    )
    return [row.to_email for row in rows]


def test_a_case_is_created_with_its_next_number_and_its_people_are_notified(database: Database, world: World) -> None:
    run(
        world,
        "update tenants set case_pattern = 'H-{number:04}', next_case_number = 7 where id = :id",
        id=world.tenant_id,
    )
    case_id = made(database, world, members=[world.email("client")], kind="Claim")
    assert isinstance(case_id, UUID)
    case = one(world, case_id)
    assert (case.number, case.title, case.kind, case.open) == ("H-0007", "Water damage", "Claim", True)
    assert letters(world) == [world.email("manager"), world.email("client")]
    assert [act for act, _ in acts(world, case_id)] == ["case.created", "case.member_added"]


def test_cases_created_at_once_get_different_numbers(database: Database, world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: made(database, world), range(16)))
    numbers = {one(world, case_id).number for case_id in ids if isinstance(case_id, UUID)}
    assert numbers == {str(number) for number in range(1, 17)}


def test_a_number_that_a_person_has_used_is_passed_over(database: Database, world: World) -> None:
    assert isinstance(made(database, world, number="1"), UUID)
    case_id = made(database, world)
    assert isinstance(case_id, UUID)
    assert one(world, case_id).number == "2"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"kind": "x" * 61}, "kind"),
        ({"number": "a@b"}, "number"),
        ({"manager_id": uuid4()}, "manager_id"),
        ({"members": ["nobody@nowhere.example"]}, "members"),
        ({"members": ["x@y.example"] * 101}, "members"),
    ],
)
def test_a_case_with_a_wrong_field_is_refused_at_that_field_and_nothing_is_written(
    database: Database, world: World, wrong: dict[str, Any], field: str
) -> None:
    before = run(world, "select count(*) from cases where tenant_id = :id", id=world.tenant_id)
    refusal = made(database, world, **wrong)
    assert isinstance(refusal, FieldRefusal)
    assert refusal.field == field
    assert run(world, "select count(*) from cases where tenant_id = :id", id=world.tenant_id) == before
    assert letters(world) == []


def test_a_number_is_taken_whatever_its_case(database: Database, world: World) -> None:
    made(database, world, number="Ab-1")
    refusal = made(database, world, number="aB-1")
    assert isinstance(refusal, FieldRefusal)
    assert refusal.words == "There is a case aB-1 already."


def test_a_client_or_another_tenants_user_is_no_case_manager(
    database: Database, world: World, other_world: World
) -> None:
    for manager in (world.people["client"], world.people["archived"], other_world.people["manager"]):
        refusal = made(database, world, manager_id=manager)
        assert isinstance(refusal, FieldRefusal)
        assert refusal.field == "manager_id"


def test_a_case_is_edited_closed_reopened_and_archived_with_the_audit(database: Database, world: World) -> None:
    case_id, by = world.case_id, world.people["manager"]
    with database.tenant(world.tenant_id) as connection:
        assert change.edit(connection, case_id, title="Another title", kind="", by=by) is None
        assert str(change.archive(connection, case_id, by=by)) == "Close the case first."
        assert change.close(connection, case_id, "Paid.", by=by) is None
        assert change.close(connection, case_id, "Paid again.", by=by) is None
        assert change.archive(connection, case_id, by=by) is None
    closed = one(world, case_id)
    assert (closed.title, closed.open, closed.closed_for) == ("Another title", False, "Paid.")
    assert closed.closed_at
    assert closed.archived_at
    with database.tenant(world.tenant_id) as connection:
        change.reopen(connection, case_id, by=by)
        change.reopen(connection, case_id, by=by)
    case = one(world, case_id)
    assert (case.open, case.closed_at, case.closed_for, case.archived_at) == (True, None, "", None)
    assert acts(world, case_id) == [
        ("case.edited", {"title": "Another title"}),
        ("case.closed", {"reason": "Paid."}),
        ("case.archived", {}),
        ("case.reopened", {}),
    ]


def test_another_tenants_case_can_not_be_changed(database: Database, world: World, other_world: World) -> None:
    by = world.people["admin"]
    case_id = other_world.case_id
    attempts: list[Callable[[Connection], object]] = [
        lambda connection: change.close(connection, case_id, "", by=by),
        lambda connection: change.edit(connection, case_id, title="x", kind="", by=by),
        lambda connection: change.archive(connection, case_id, by=by),
        lambda connection: change.reopen(connection, case_id, by=by),
    ]
    for attempt in attempts:
        with database.tenant(world.tenant_id) as connection, pytest.raises(LookupError):
            attempt(connection)
    assert one(other_world, other_world.case_id).open


def outcome(database: Database, world: World) -> Outcome:
    with database.tenant(world.tenant_id) as connection:
        return post_update(connection, world.draft("client"))


def choose(world: World, closed_cases: str) -> None:
    run(world, "update tenants set closed_cases = :c where id = :id", c=closed_cases, id=world.tenant_id)


def close(database: Database, world: World, *, archived: bool = False) -> None:
    with database.tenant(world.tenant_id) as connection:
        change.close(connection, world.case_id, "Done.", by=world.people["manager"])
        if archived:
            change.archive(connection, world.case_id, by=world.people["manager"])


def test_an_update_for_a_closed_case_is_refused_unless_the_tenant_lets_it_reopen_the_case(
    database: Database, world: World
) -> None:
    close(database, world)
    refusal = outcome(database, world)
    assert isinstance(refusal, Refusal)
    assert refusal.words == "The case is closed: no update can be posted on it."
    choose(world, "reopen")
    assert isinstance(outcome(database, world), Posted)
    assert one(world, world.case_id).open
    assert acts(world, world.case_id)[-1] == ("case.reopened", {"by": "an update"})


def test_an_archived_case_is_not_reopened_by_an_update(database: Database, world: World) -> None:
    choose(world, "reopen")
    close(database, world, archived=True)
    assert isinstance(outcome(database, world), Refusal)
    assert not one(world, world.case_id).open


def test_the_app_role_can_not_skip_numbers_of_another_tenant(
    database: Database, world: World, other_world: World
) -> None:
    with database.tenant(world.tenant_id) as connection:
        statement = text("update tenants set next_case_number = 99 where id = :id")
        assert connection.execute(statement, {"id": other_world.tenant_id}).rowcount == 0
