"""A case's address is shown, and can be replaced."""

from collections.abc import Callable

import pytest

from cases.addresses import case_address
from cases.addresses.tokens import read
from schemas.records import ValidatedMail
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources
from tests.builders.rows import run
from tests.builders.world import KEYS, World, in_ledger, parsed
from tests.console.browser import Browser, Console, words
from workers.validate.stage import validate


def test_a_case_keeps_its_address_until_it_is_retired(database: Database, world: World) -> None:
    with database.tenant(world.tenant_id) as connection:
        first = case_address.current(connection, KEYS, world.case_id)
        assert case_address.current(connection, KEYS, world.case_id) == first
    run(world, "update case_addresses set retired_at = now() where case_id = :id", id=world.case_id)
    with database.tenant(world.tenant_id) as connection:
        assert case_address.current(connection, KEYS, world.case_id) != first


def test_a_case_of_another_tenant_has_no_address(database: Database, world: World, other_desk: World) -> None:
    with database.tenant(other_desk.tenant_id) as connection:
        with pytest.raises(LookupError, match="has no case"):
            case_address.current(connection, KEYS, world.case_id)
        with pytest.raises(LookupError, match="has no case"):
            case_address.rotate(connection, KEYS, world.case_id, by=other_desk.people["admin"])


def test_an_admin_replaces_the_address_and_sees_who_still_uses_the_old_one(
    desk: World, database: Database, console: Console, browse: Callable[..., Browser]
) -> None:
    admin, path = browse("admin"), f"/cases/{desk.case_id}"
    old = words(admin.get(path), "//*[@id='address']")
    page = admin.send(f"{path}/address", {}, on=path)
    new = words(page, "//*[@id='address']")
    assert words(page, "//*[@role='status'][1]").startswith("The case has a new email address.")
    assert read(KEYS, desk.tenant_id, new.partition("@")[0]) != read(KEYS, desk.tenant_id, old.partition("@")[0])

    resources = Resources(console.settings, database, Blobs(console.settings.blobs.url))
    for address in (old, old, new):
        mail = parsed(in_ledger(desk, recipient=address), desk.email("staff"))
        assert isinstance(validate([mail], resources)[0], ValidatedMail)
    assert "works until" in words(admin.get(path), "//*[contains(@class, 'old-addresses')]")
    assert "2 emails since" in words(admin.get(path), "//*[contains(@class, 'old-addresses')]")
    acts = run(desk, "select act, actor_id from audit where subject_id = :id", id=desk.case_id)
    assert [tuple(act) for act in acts] == [("case.address_rotated", desk.people["admin"])]


@pytest.mark.parametrize("name", ["manager", "staff", "client"])
def test_nobody_but_an_admin_replaces_an_address(desk: World, browse: Callable[..., Browser], name: str) -> None:
    person, path = browse(name), f"/cases/{desk.case_id}"
    assert "Replace this address" not in words(person.get(path))
    assert person.send(f"{path}/address", {}, on=path).status_code == 403


def test_an_admin_replaces_no_address_of_another_tenant(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    assert browse("admin").send(f"/cases/{other_desk.case_id}/address", {}, on="/cases").status_code == 404
