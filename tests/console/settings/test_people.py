"""People: profiles with their email aliases, and how an admin changes users."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.database import Database
from tests.builders.rows import run
from tests.builders.world import World
from tests.console.aliases import ALIAS, acts, add, confirm, counts_as, link
from tests.console.browser import Browser, words


def test_profiles_are_open_to_their_person_and_to_admins(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    profile = f"/people/{desk.people['client']}"
    assert browse("client").get("/profile").url.path == profile
    assert browse("admin").get(profile).status_code == 200
    assert add(browse("admin"), desk, "client") == 200
    for name in ("manager", "staff", "member"):
        browser = browse(name)
        assert browser.get(profile).status_code == 404
        assert browser.send(f"{profile}/aliases", {"email": ALIAS}, on="/cases").status_code == 404
    assert browse("admin", other_desk).get(profile).status_code == 404


def test_sub_addresses_are_stripped_only_where_the_tenant_wants_that(
    database: Database, desk: World, browse: Callable[..., Browser], stranger: Browser
) -> None:
    plus = desk.email("client").replace("@", "+home@")
    admin = browse("admin")
    assert counts_as(database, desk, plus) is None
    admin.send("/settings/people", {"strips": "true"})
    assert counts_as(database, desk, plus) == desk.people["client"]
    assert counts_as(database, desk, plus.replace("home", "a+b")) == desk.people["client"]
    add(admin, desk, "member", plus)
    confirm(stranger, link(desk, "member", plus))
    assert counts_as(database, desk, plus) == desk.people["member"], "the whole address goes first"
    admin.send("/settings/people", {})
    assert counts_as(database, desk, plus.replace("home", "work")) is None
    assert [act for act, *_ in acts(desk) if act == "settings.changed"] == ["settings.changed"] * 2


def test_an_admin_archives_reactivates_and_changes_roles(desk: World, browse: Callable[..., Browser]) -> None:
    admin, member = browse("admin"), browse("member")
    path = f"/settings/people/{desk.people['member']}"
    admin.send(path, {"active": "false"}, on="/settings/people")
    assert member.get("/cases").url.path == "/login", "who is archived is out at once"
    admin.send(path, {"role": "staff"}, on="/settings/people")
    admin.send(path, {"active": "true"}, on="/settings/people")
    rows = run(desk, "select role, active from users where id = :id", id=desk.people["member"])
    assert rows == [("staff", True)]
    assert acts(desk) == [
        ("user.archived", desk.people["admin"], ""),
        ("user.role", desk.people["admin"], "client, staff"),
        ("user.reactivated", desk.people["admin"], ""),
    ]
    listed = words(admin.get("/settings/people"))
    assert all(desk.email(name) in listed for name in desk.people)
    found = words(admin.get("/settings/people", q="MEMBER"), "//tbody")
    assert desk.email("member") in found
    assert desk.email("client") not in found


@pytest.mark.parametrize("values", [{"active": "false"}, {"role": "staff"}])
def test_the_last_active_admin_stays(desk: World, browse: Callable[..., Browser], values: dict[str, str]) -> None:
    admin = browse("admin")
    path = f"/settings/people/{desk.people['admin']}"
    page = admin.send(path, values, on="/settings/people")
    assert (page.status_code, "last active admin" in words(page)) == (422, True)
    admin.send(f"/settings/people/{desk.people['staff']}", {"role": "admin"}, on="/settings/people")
    admin.send(path, values, on="/settings/people")
    rows = run(desk, "select role, active from users where id = :id", id=desk.people["admin"])
    assert rows != [("admin", True)]


def test_two_admins_can_not_leave_at_the_same_moment(desk: World, browse: Callable[..., Browser]) -> None:
    run(desk, "update users set role = 'admin' where id = :id", id=desk.people["staff"])
    admins = {name: browse(name) for name in ("admin", "staff")}

    def leave(name: str) -> int:
        path = f"/settings/people/{desk.people[name]}"
        return admins[name].send(path, {"active": "false"}, on="/settings/people").status_code

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(leave, admins))
    rows = run(desk, "select id from users where tenant_id = :id and role = 'admin' and active", id=desk.tenant_id)
    assert len(rows) == 1


@pytest.mark.parametrize("name", ["manager", "staff", "client"])
def test_only_admins_change_people(desk: World, browse: Callable[..., Browser], name: str) -> None:
    person = browse(name)
    assert person.get("/settings/people").status_code == 403
    path = f"/settings/people/{desk.people[name]}"
    assert person.send(path, {"role": "admin"}, on="/cases").status_code == 403
    assert person.send("/settings/people", {"strips": "true"}, on="/cases").status_code == 403
