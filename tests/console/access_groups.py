"""Helpers for tests of access groups, and of updates that are posted in them."""

from typing import Any
from uuid import UUID

from schemas.tables import AccessGroup
from tests.builders.rows import add, default_group, run
from tests.builders.world import World
from tests.console.browser import Browser, field, words

STAFF = ["admin", "case_manager", "staff"]


def add_group(world: World, name: str = "Internal", **changes: Any) -> UUID:
    """Adds an access group."""
    made = AccessGroup(tenant_id=world.tenant_id, name=name, **changes)
    add(world, made)
    return made.id


def set_default(world: World, **switches: bool) -> None:
    """Changes switches of the default group."""
    for switch, value in switches.items():
        run(world, f"update access_groups set {switch} = :value where id = :id", id=default_group(world), value=value)


def notified(world: World) -> set[str]:
    """Returns the addresses to which notices were queued."""
    query = "select to_email from outbox where tenant_id = :id and kind = 'notice'"
    return {row.to_email for row in run(world, query, id=world.tenant_id)}


def post(browser: Browser, world: World, words: str, group_id: UUID | None, *people: str) -> Any:
    """Posts an update to these people in the group by the form; returns the answer."""
    page = browser.get(f"/cases/{world.case_id}")
    values: dict[str, Any] = {"update_id": field(page, "update_id"), "text": words}
    values["recipients"] = [str(world.people[name]) for name in people]
    if group_id:
        values["access_group"] = str(group_id)
    return browser.send(f"/cases/{world.case_id}/updates", values, on=f"/cases/{world.case_id}")


def texts(browser: Browser, world: World) -> str:
    """Returns the texts of the updates that the person sees on the case."""
    return words(browser.get(f"/cases/{world.case_id}"), "//div[@class='text']")


def only_update(world: World) -> Any:
    """Returns the only update of the case."""
    (row,) = run(world, "select * from updates where case_id = :id", id=world.case_id)
    return row


def validate(browser: Browser, world: World) -> Any:
    """Validates the only update of the case."""
    path = f"/cases/{world.case_id}/updates/{only_update(world).id}/validate"
    return browser.send(path, {}, on=f"/cases/{world.case_id}")
