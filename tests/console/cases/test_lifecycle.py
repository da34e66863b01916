"""Cases are created, edited, closed, reopened and archived on their pages, by admins and case managers."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page

from tests.builders.rows import run
from tests.builders.world import World
from tests.console.browser import Browser, Console, field, tree, words
from tests.console.cases.test_case_list import numbers
from tests.console.chromium import fits, log_in

NEW = "/cases/new"


def send(browser: Browser, world: World, **values: str) -> httpx.Response:
    return browser.send(NEW, {"title": "Water damage", "manager_id": str(world.people["manager"]), **values})


def act(browser: Browser, world: World, what: str, **values: str) -> httpx.Response:
    path = f"/cases/{world.case_id}"
    return browser.send(f"{path}/{what}", values, on=path)


@pytest.mark.parametrize("who", ["manager", "admin"])
def test_a_case_is_created_by_the_form_and_found_in_the_list(
    desk: World, browse: Callable[..., Browser], who: str
) -> None:
    person = browse(who)
    assert f'href="{NEW}"' in person.get("/cases").text
    page = send(person, desk, kind="Claim", members=f"{desk.email('client')}, {desk.email('member')}\n")
    assert words(page, "//h1") == "1 Water damage"
    assert words(page, "//*[@data-message]//p") == "The case is created. Its email address is behind the envelope."
    assert tree(page).xpath("string(//*[@id='address'])")
    assert numbers(browse("client")) == ["1", "2026-7"]
    assert numbers(person, q="water") == ["1"]


@pytest.mark.parametrize(
    ("wrong", "name", "why"),
    [
        ({"title": " "}, "title", "A title has 1 to 200 characters."),
        ({"number": "2026-7"}, "number", "There is a case 2026-7 already."),
        ({"members": "nobody@nowhere.example"}, "members", "nobody@nowhere.example: Nobody here has that address."),
        ({"manager_id": "?"}, "manager_id", "Choose somebody who works here and is active."),
    ],
)
def test_a_refused_form_says_why_at_the_field_and_keeps_what_was_typed(
    desk: World, browse: Callable[..., Browser], wrong: dict[str, str], name: str, why: str
) -> None:
    page = send(browse("manager"), desk, **{"kind": "Claim", **wrong})
    assert page.status_code == 422
    assert words(page, f"//*[@id='{name}-problem']") == why
    assert tree(page).xpath(f"//*[@id='{name}'][@aria-invalid]/@aria-describedby") == [f"{name}-problem"]
    assert field(page, "kind") == "Claim"
    if "members" in wrong:
        assert wrong["members"] in tree(page).xpath("string(//textarea)")
    assert run(desk, "select count(*) from cases where tenant_id = :id", id=desk.tenant_id)[0][0] == 1


@pytest.mark.parametrize("who", ["staff", "client"])
def test_nobody_else_creates_or_changes_cases(desk: World, browse: Callable[..., Browser], who: str) -> None:
    person, path = browse(who), f"/cases/{desk.case_id}"
    page = person.get(path)
    assert NEW not in person.get("/cases").text
    assert f"{path}/close" not in page.text
    assert person.get(NEW).status_code == 403
    for what in ("edit", "close", "reopen", "archive"):
        assert act(person, desk, what, title="x").status_code == 403
    assert person.send(NEW, {"title": "x"}, on="/cases").status_code == 403


def test_a_case_is_closed_with_a_reason_archived_and_reopened(desk: World, browse: Callable[..., Browser]) -> None:
    manager = browse("manager")
    page = act(manager, desk, "close", reason="Paid in full.")
    assert "Paid in full." in words(page, "//p[@class='in-the-way']")
    assert "email to it does not post" in words(page, "//details[contains(@class, 'address')]")
    assert not tree(page).xpath("//textarea[@name='text']")
    assert numbers(manager, show="closed") == ["2026-7"]
    assert numbers(manager, show="open") == []
    act(manager, desk, "archive")
    assert numbers(manager) == []
    assert numbers(manager, show="archived") == ["2026-7"]
    page = act(manager, desk, "reopen")
    assert numbers(manager, show="mine") == ["2026-7"]
    assert tree(page).xpath("//textarea[@name='text']")


def test_an_open_case_is_not_archived_and_a_long_reason_is_kept_as_typed(
    desk: World, browse: Callable[..., Browser]
) -> None:
    manager = browse("manager")
    assert words(act(manager, desk, "archive"), "//*[@id='edit-problem']") == "Close the case first."
    page = act(manager, desk, "close", reason="x" * 501)
    assert words(page, "//*[@id='close-problem']") == "A reason has at most 500 characters."
    assert field(page, "reason") == "x" * 501


def test_title_and_type_are_edited_and_a_refused_form_keeps_them(desk: World, browse: Callable[..., Browser]) -> None:
    manager = browse("manager")
    page = act(manager, desk, "edit", title="A worse leak", kind="Claim")
    assert words(page, "//h1") == "2026-7 A worse leak"
    assert "Claim" in words(page, "//dl[@class='facts']")
    page = act(manager, desk, "edit", title="", kind="Other")
    assert words(page, "//*[@id='edit-problem']") == "A title has 1 to 200 characters."
    assert field(page, "kind") == "Other"


def test_where_updates_reopen_cases_a_closed_case_has_the_form_and_says_so(
    desk: World, browse: Callable[..., Browser]
) -> None:
    admin = browse("admin")
    values = {"most_text": "50000", "closed_cases": "reopen", "case_pattern": "{year}-{number}", "replies_on": "true"}
    admin.send("/settings/general", values)
    act(admin, desk, "close")
    client = browse("client")
    page = client.get(f"/cases/{desk.case_id}")
    assert "An update opens it again." in words(page, "//p[@class='in-the-way']")
    assert "opens it again" in words(page, "//details[contains(@class, 'address')]")
    client.post_update(desk.case_id, "One more thing.")
    assert numbers(admin, show="open") == ["2026-7"]


def test_a_pattern_without_a_number_is_refused_at_its_field_and_kept(
    desk: World, browse: Callable[..., Browser]
) -> None:
    page = browse("admin").send("/settings/general", {"most_text": "900", "case_pattern": "H"})
    assert words(page, "//*[@id='pattern-problem']").startswith("A pattern needs {number}")
    assert (field(page, "case_pattern"), field(page, "most_text")) == ("H", "900")


@pytest.mark.parametrize("device", ["laptop", "phone"])
def test_a_manager_creates_a_case_posts_closes_and_reopens_in_a_browser(
    desk: World, console: Console, device: str, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(device)
    log_in(page, console, desk, "manager")
    page.get_by_role("link", name="New case").click()
    assert fits(page)
    page.get_by_label("Title").fill("Broken window")
    page.get_by_label("Clients").fill(desk.email("client"))
    page.get_by_role("button", name="Create the case").click()
    page.locator("#text").fill("We send somebody on Thursday.")
    page.get_by_role("button", name="Post").first.click()
    page.get_by_text("The update is posted.").wait_for()
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_label("Reason").fill("Repaired.")
    assert fits(page)
    page.get_by_role("button", name="Close the case").click()
    page.get_by_text("Repaired.").wait_for()
    page.get_by_role("button", name="Reopen").click()
    page.get_by_text("The case is open again.").wait_for()
