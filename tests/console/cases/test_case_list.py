"""The case list: whose cases it shows, how they are found, and in which order they come."""

from collections.abc import Callable

from schemas.tables import Case, new_id
from storage.database import Database
from tests.builders.rows import add, run
from tests.builders.world import World
from tests.console.browser import Browser, tree


def add_case(world: World, number: str, title: str) -> Case:
    case = Case(id=new_id(), tenant_id=world.tenant_id, number=number, title=title, manager_id=world.people["manager"])
    add(world, case)
    return case


def numbers(browser: Browser, **query: str) -> list[str]:
    found: list[str] = tree(browser.get("/cases", **query)).xpath("//tbody/tr/td[1]/a[not(@hx-get)]/text()")
    return found


def test_a_client_sees_only_the_cases_they_are_a_member_of(desk: World, browse: Callable[..., Browser]) -> None:
    other = add_case(desk, "9", "Somebody else's")
    client, staff = browse("client"), browse("staff")
    assert numbers(client) == ["2026-7"]
    assert sorted(numbers(staff)) == ["2026-7", "9"]
    assert client.get(f"/cases/{other.id}").status_code == 404
    assert staff.get(f"/cases/{other.id}").status_code == 200
    assert numbers(browse("outsider")) == []


def test_a_client_who_is_taken_off_a_case_sees_it_no_more(desk: World, browse: Callable[..., Browser]) -> None:
    client = browse("client")
    run(desk, "delete from case_members where user_id = :id", id=desk.people["client"])
    assert numbers(client) == []
    assert client.get(f"/cases/{desk.case_id}").status_code == 404


def test_nobody_sees_a_case_of_another_tenant(desk: World, other_desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin", other_desk)
    assert admin.get(f"/cases/{desk.case_id}").status_code == 404
    assert admin.get(f"/cases/{other_desk.case_id}").status_code == 200


def test_cases_are_found_by_number_and_title(desk: World, browse: Callable[..., Browser]) -> None:
    add_case(desk, "100%", "A broken Window")
    staff = browse("staff")
    assert numbers(staff, q="WINDOW") == ["100%"]
    assert numbers(staff, q="0%") == ["100%"]
    assert numbers(staff, q="026-") == ["2026-7"]
    assert numbers(staff, q="_") == []
    assert numbers(staff, q="\0leak") == ["2026-7"]


def test_the_case_that_moved_last_comes_first(desk: World, database: Database, browse: Callable[..., Browser]) -> None:
    add_case(desk, "8", "Newer")
    staff = browse("staff")
    assert numbers(staff) == ["8", "2026-7"]
    desk.post(database, "staff", text="Something happened")
    assert numbers(staff) == ["2026-7", "8"]


def test_every_case_is_on_exactly_one_page(desk: World, browse: Callable[..., Browser]) -> None:
    for number in range(60):
        add_case(desk, str(number), "one of many")
    staff = browse("staff")
    first = staff.get("/cases", q="one of many")
    more = tree(first).xpath("//tr[@class='more']//a/@href")
    seen = tree(first).xpath("//tbody//td[1]/a[not(@hx-get)]/text()") + tree(staff.get(more[0])).xpath(
        "//tbody//td[1]/a[not(@hx-get)]/text()"
    )
    assert seen == [str(number) for number in reversed(range(60))]
