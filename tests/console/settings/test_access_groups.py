"""Access groups: the settings page, and who sees, validates and is notified of updates in them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from schemas.tables import Role, now
from storage.database import Database
from tests.builders.rows import ACTS, add_file, default_group, run
from tests.builders.world import World
from tests.console.access_groups import STAFF, add_group, notified, only_update, post, set_default, texts, validate
from tests.console.browser import Browser, Console, tree, words

PATH = "/settings/access-groups"


def saved(world: World) -> list[Any]:
    query = "select * from access_groups where tenant_id = :id order by created_at, id"
    return run(world, query, id=world.tenant_id)


def test_every_tenant_begins_with_a_group_for_everybody(desk: World) -> None:
    (everyone,) = saved(desk)
    assert (everyone.name, everyone.is_default) == ("Everyone", True)
    assert (everyone.require_validation, everyone.refresh_last_update, everyone.include_in_documents) == (
        False,
        True,
        True,
    )
    assert everyone.may_post == everyone.may_see == [role.value for role in Role]


def test_an_update_that_requires_validation_is_unseen_until_it_is_validated(
    desk: World, console: Console, browse: Callable[..., Browser]
) -> None:
    set_default(desk, require_validation=True)
    client = browse("client")
    page = post(client, desk, "The pipe again", None, "member")
    assert "awaits approval" in words(page, "//*[@data-message]//p[1]")
    blob = console.blobs().put(desk.tenant_id, "file", b"x")
    file_id = add_file(desk, only_update(desk).id, "x.txt", blob)
    assert texts(client, desk) == "The pipe again", "its author sees it"
    for name in ("member", "staff"):
        assert texts(browse(name), desk) == ""
        assert browse(name).get(f"/files/{file_id}").status_code == 404
    manager = browse("manager")
    shown = tree(manager.get(f"/cases/{desk.case_id}")).xpath("//article[contains(@class, 'waits')]")[0]
    assert "When approved, 2 people are notified" in " ".join(shown.text_content().split())
    assert manager.get(f"/files/{file_id}").status_code == 200
    assert "Awaiting approval" in words(manager.get("/cases"))
    assert "Awaiting approval" not in words(client.get("/cases"))
    assert notified(desk) == set()
    assert run(desk, "select id from update_recipients where tenant_id = :id", id=desk.tenant_id) == []


def test_at_validation_everybody_sees_it_and_is_notified_once(desk: World, browse: Callable[..., Browser]) -> None:
    set_default(desk, require_validation=True)
    post(browse("client"), desk, "The pipe again", None, "member", "staff")
    run(desk, "update users set active = false where id = :id", id=desk.people["staff"])
    managers = [browse("manager"), browse("admin"), browse("manager")]
    with ThreadPoolExecutor(3) as pool:
        pages = list(pool.map(lambda manager: validate(manager, desk), managers))
    said = sorted(words(page, "//*[@data-message]//p[1]") for page in pages)
    assert said == ["That update does not wait any more."] * 2 + ["The update is approved."]
    assert texts(browse("member"), desk) == "The pipe again"
    rows = run(desk, "select email, handle from update_recipients where tenant_id = :id", id=desk.tenant_id)
    assert {row.email for row in rows} == notified(desk) == {desk.email("member"), desk.email("manager")}
    assert all(row.handle for row in rows)
    acts = run(desk, f"select act, actor_id from {ACTS} order by id", id=desk.tenant_id)
    assert acts[0] == ("update.posted", desk.people["client"])
    assert [row.act for row in acts[1:]] == ["update.validated"]
    assert (only_update(desk).validated, only_update(desk).to_tell) == (True, [])


@pytest.mark.parametrize("name", ["staff", "client", "member", "outsider"])
def test_only_people_who_may_validate_can(desk: World, browse: Callable[..., Browser], name: str) -> None:
    set_default(desk, require_validation=True)
    post(browse("client"), desk, "The pipe again", None)
    path = f"/cases/{desk.case_id}/updates/{only_update(desk).id}/validate"
    assert browse(name).send(path, {}, on="/cases").status_code == 403
    assert tree(browse("client").get(f"/cases/{desk.case_id}")).xpath("//form[contains(@action, 'validate')]") == []
    assert only_update(desk).validated is False


def test_nobody_validates_in_another_tenant(desk: World, other_desk: World, browse: Callable[..., Browser]) -> None:
    set_default(desk, require_validation=True)
    post(browse("client"), desk, "The pipe again", None)
    path = f"/cases/{desk.case_id}/updates/{only_update(desk).id}/validate"
    assert browse("admin", other_desk).send(path, {}, on="/cases").status_code == 404
    path = path.replace(str(desk.case_id), str(other_desk.case_id))
    browse("admin", other_desk).send(path, {}, on="/cases")
    assert only_update(desk).validated is False


@pytest.mark.parametrize(("name", "waits"), [("admin", False), ("manager", False), ("staff", True), ("client", True)])
def test_the_updates_of_those_who_may_validate_do_not_wait(
    desk: World, browse: Callable[..., Browser], name: str, waits: bool
) -> None:
    set_default(desk, require_validation=True)
    post(browse(name), desk, "From me", None, "member")
    assert only_update(desk).validated is not waits
    assert (desk.email("member") in notified(desk)) is not waits


def moved(world: World) -> Any:
    return run(world, "select last_update_at from cases where id = :id", id=world.case_id)[0].last_update_at


def test_the_last_update_of_the_case_is_refreshed_where_the_group_says_so(database: Database, desk: World) -> None:
    before = moved(desk)
    set_default(desk, refresh_last_update=False)
    desk.post(database, "staff")
    assert moved(desk) == before
    set_default(desk, refresh_last_update=True)
    desk.post(database, "staff")
    assert moved(desk) > before


def test_an_update_that_waits_refreshes_the_case_when_it_is_validated(
    desk: World, browse: Callable[..., Browser]
) -> None:
    before = moved(desk)
    set_default(desk, require_validation=True)
    post(browse("client"), desk, "Something", None)
    assert moved(desk) == before, "what nobody sees has not happened yet"
    clicked = now()
    validate(browse("manager"), desk)
    assert moved(desk) >= clicked


def test_a_role_is_not_notified_of_what_it_does_not_see(
    desk: World, console: Console, browse: Callable[..., Browser]
) -> None:
    internal = add_group(desk, may_post=STAFF, may_see=STAFF, include_in_documents=False)
    page = post(browse("staff"), desk, "Between us", internal, "client", "admin")
    assert page.status_code == 200
    blob = console.blobs().put(desk.tenant_id, "file", b"x")
    file_id = add_file(desk, only_update(desk).id, "x.txt", blob)
    assert notified(desk) == {desk.email("admin"), desk.email("manager")}
    assert texts(browse("client"), desk) == ""
    assert browse("client").get(f"/files/{file_id}").status_code == 404
    assert "Internal" in words(browse("manager").get(f"/cases/{desk.case_id}"), "//article")
    assert only_update(desk).include_in_documents is False
    shown = words(browse("client").get(f"/cases/{desk.case_id}"), "//div[@class='choice']")
    assert "Staff" not in shown, "who wrote what a client does not see is not shown to them"


def test_the_form_offers_the_groups_of_the_role_and_the_default_first(
    desk: World, browse: Callable[..., Browser]
) -> None:
    internal = add_group(desk, may_post=STAFF, may_see=STAFF)

    def offered(name: str, path: str) -> list[str]:
        found: list[str] = tree(browse(name).get(f"/cases/{desk.case_id}")).xpath(path)
        return found

    assert offered("staff", "//select[@name='access_group']/option/@value") == [
        str(default_group(desk)),
        str(internal),
    ]
    assert offered("staff", "//option[@selected]/text()") == ["Everyone"]
    assert offered("client", "//input[@name='access_group']/@value") == [str(default_group(desk))]
    page = post(browse("client"), desk, "Let me in", internal)
    assert (page.status_code, words(page, "//*[@role='alert']")) == (
        422,
        "The author may not post in this access group.",
    )
    assert post(browse("staff"), desk, "x", uuid4()).status_code == 422
    refused = post(browse("staff"), desk, " ", internal)
    assert tree(refused).xpath("//option[@selected]/text()") == ["Internal (internal: clients do not see it)"]


def test_an_admin_adds_and_changes_groups(desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    values = {"name": "  Clients  only ", "require_validation": "true", "may_post": ["client"], "may_see": []}
    assert admin.send(PATH, values).status_code == 200
    _, made = saved(desk)
    assert (made.name, made.require_validation, made.refresh_last_update) == ("Clients only", True, False)
    assert (made.may_post, made.may_see) == (["admin", "case_manager", "client"], ["admin", "case_manager"])
    changed = {"name": "Clients", "require_validation": "true", "may_post": ["client"], "is_default": "true"}
    assert admin.send(f"{PATH}/{made.id}", changed, on=PATH).status_code == 200
    assert [row.is_default for row in saved(desk)] == [False, True]
    assert admin.send(f"{PATH}/{made.id}", {"name": "Clients"}, on=PATH).status_code == 200
    assert [row.is_default for row in saved(desk)] == [False, True], "there is always a default"
    query = f"select act, details from {ACTS} order by id"
    acts = [(row.act, row.details) for row in run(desk, query, id=desk.tenant_id)]
    assert acts[0][0] == "access_group.added"
    assert acts[1] == ("access_group.changed", {"name": "Clients only to Clients", "is_default": "off to on"})
    assert acts[2][1]["require_validation"] == "on to off"


@pytest.mark.parametrize("name", ["", "   ", "EVERYONE", "x" * 61])
def test_a_group_has_a_name_of_its_own(desk: World, browse: Callable[..., Browser], name: str) -> None:
    page = browse("admin").send(PATH, {"name": name})
    assert page.status_code == 422
    assert words(page, "//*[@role='alert']")
    assert len(saved(desk)) == 1


@pytest.mark.parametrize("name", ["manager", "staff", "client"])
def test_only_admins_change_groups(desk: World, browse: Callable[..., Browser], name: str) -> None:
    person = browse(name)
    assert person.get(PATH).status_code == 403
    assert person.send(PATH, {"name": "Mine"}, on="/cases").status_code == 403
    assert person.send(f"{PATH}/{default_group(desk)}", {"name": "Mine"}, on="/cases").status_code == 403


def test_groups_of_another_tenant_are_not_there(desk: World, other_desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin", other_desk)
    assert admin.send(f"{PATH}/{default_group(desk)}", {"name": "Mine"}, on=PATH).status_code == 404
    page = post(admin, other_desk, "x", default_group(desk))
    assert "may not post in this access group" in words(page)
