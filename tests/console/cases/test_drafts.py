"""Unsaved input is never lost, and never reaches more people, in a real browser: whatever happens between typing and
saving, the text, the recipients and the group stay as they were chosen.
"""

from base64 import b64decode
from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from schemas.tables import AccessGroup
from storage.database import Database
from tests.builders.rows import add, add_file, run
from tests.builders.world import World
from tests.console.browser import Console
from tests.console.chromium import log_in
from tests.console.held_mails import add_held
from tests.console.logging_in_again import log_in_again

STAFF_ONLY = ["admin", "case_manager", "staff"]
PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
TEXT = "The key is under the mat."


@pytest.fixture
def half_written(console: Console, database: Database, desk: World, laptop: Page) -> str:
    """Writes half an internal update as a member of staff; returns the URL of the case."""
    update_id = desk.post(database, "admin", "client", "member")
    blob = console.blobs().put(desk.tenant_id, "file", PIXEL)
    add_file(desk, update_id, "plan.png", blob, "image/png")
    add(desk, AccessGroup(tenant_id=desk.tenant_id, name="Internal", may_see=STAFF_ONLY))
    run(desk, "insert into templates (id, tenant_id, kind, name, text) values (uuidv7(), :id, 'preset', 'Sign-off', "
        "'Kind regards')", id=desk.tenant_id)  # fmt: skip
    log_in(laptop, console, desk, "staff")
    case = f"{console.url}/cases/{desk.case_id}"
    laptop.goto(case)
    expect(laptop.get_by_label("Client of this case")).to_be_checked()
    laptop.get_by_label("Client of this case").uncheck()
    laptop.get_by_label("Access group").select_option(label="Internal (internal: clients do not see it)")
    laptop.locator("#text").fill(TEXT)
    return case


def still_there(page: Page, text: str = TEXT) -> None:
    expect(page.locator("#text")).to_have_value(text)
    expect(page.get_by_label("Client of this case")).not_to_be_checked()
    expect(page.get_by_label("Member of this case")).to_be_checked()
    expect(page.locator("#access-group option:checked")).to_have_text("Internal (internal: clients do not see it)")


def expire(page: Page, world: World, case: str) -> None:
    """Ends the session, then tries to post the update."""
    page.context.clear_cookies()
    page.get_by_role("button", name="Post update").click()
    log_in_again(page, world)
    page.wait_for_url(f"{case}**")


def expire_within_a_preset(page: Page, world: World, case: str) -> None:
    page.context.clear_cookies()
    page.get_by_role("button", name="Add its text").click()
    log_in_again(page, world)
    page.wait_for_url(f"{case}**")


def look_at_a_file(page: Page, world: World, case: str) -> None:
    page.locator(".look").click()
    page.wait_for_url("**/preview")
    page.goto(case)


def go_back(page: Page, world: World, case: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Cases").click()
    page.wait_for_url("**/cases")
    page.go_back()


def reload_it(page: Page, world: World, case: str) -> None:
    page.reload()


def send_a_stale_form(page: Page, world: World, case: str) -> None:
    page.evaluate("document.querySelector('#post-form [name=csrf]').value = 'of an older session'")
    page.get_by_role("button", name="Post update").click()
    expect(page.get_by_role("alert")).to_contain_text("This form is out of date")
    page.get_by_role("link", name="Back to the page you came from").click()


@pytest.mark.parametrize(
    "between", [expire, look_at_a_file, go_back, reload_it, send_a_stale_form, expire_within_a_preset]
)
def test_a_draft_keeps_its_text_recipients_and_group_through_interruptions(
    desk: World, laptop: Page, half_written: str, between: Callable[[Page, World, str], None]
) -> None:
    between(laptop, desk, half_written)
    still_there(laptop)
    expect(laptop.locator(".restored")).to_contain_text("It is not saved yet.")


def test_a_preset_comes_below_the_text_and_changes_nothing_else(laptop: Page, half_written: str) -> None:
    laptop.locator("#files").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"})
    laptop.get_by_role("button", name="Add its text").click()
    still_there(laptop, f"{TEXT}\n\nKind regards")
    assert laptop.locator("#files").evaluate("field => field.files.length") == 1
    laptop.reload()
    still_there(laptop, f"{TEXT}\n\nKind regards")


def test_a_refusal_keeps_them_and_so_does_a_page_after_it(desk: World, laptop: Page, half_written: str) -> None:
    run(desk, "update tenants set most_text = 100 where id = :id", id=desk.tenant_id)
    long = "too long " * 12
    laptop.locator("#text").fill(long)
    laptop.get_by_role("button", name="Post update").click()
    expect(laptop.locator("#problem")).to_contain_text("longer than 100 characters")
    still_there(laptop, long)
    laptop.goto(half_written)
    still_there(laptop, long)


def test_what_was_posted_is_gone_from_the_form_and_who_discards_a_draft_has_an_empty_form(
    desk: World, laptop: Page, half_written: str
) -> None:
    laptop.get_by_role("button", name="Post update").click()
    expect(laptop.locator("[data-message=done]")).to_contain_text("The update is posted.")
    expect(laptop.locator("#text")).to_have_value("")
    laptop.reload()
    expect(laptop.locator("#text")).to_have_value("")
    laptop.locator("#text").fill("never mind")
    laptop.reload()
    laptop.get_by_role("button", name="Discard it").click()
    expect(laptop.locator("#text")).to_have_value("")
    expect(laptop.locator(".restored")).to_have_count(0)


@pytest.mark.parametrize("others", [0, 1])
def test_a_group_that_is_gone_is_not_replaced_by_a_wider_one(
    desk: World, laptop: Page, half_written: str, others: int
) -> None:
    gone = "update access_groups set may_post = '{admin,case_manager}' where name = 'Internal' and tenant_id = :id"
    run(desk, gone, id=desk.tenant_id)
    for number in range(others):
        add(desk, AccessGroup(tenant_id=desk.tenant_id, name=f"Other {number}"))
    laptop.reload()
    for _ in range(2):
        laptop.get_by_role("button", name="Post update").click()
        expect(laptop.locator("#problem")).to_contain_text("may not post in this access group")
        expect(laptop.locator("#access-group option:checked")).to_have_text("no longer offered: choose another")
    assert run(desk, "select count(*) from updates where case_id = :id", id=desk.case_id) == [(1,)]


def test_what_one_person_typed_is_not_shown_to_the_next_in_the_same_tab(
    console: Console, desk: World, laptop: Page, half_written: str
) -> None:
    laptop.context.clear_cookies()
    log_in(laptop, console, desk, "manager")
    laptop.goto(half_written)
    expect(laptop.locator("#text")).to_have_value("")


def test_enter_in_the_field_that_finds_people_sends_nothing(console: Console, desk: World, laptop: Page) -> None:
    log_in(laptop, console, desk, "staff")
    laptop.goto(f"{console.url}/cases/{desk.case_id}")
    laptop.locator("#text").fill(TEXT)
    laptop.evaluate(
        "document.querySelector('.notify').insertAdjacentHTML('beforeend', '<input data-filter=\".person\">')"
    )
    laptop.locator("[data-filter]").press("Enter")
    laptop.wait_for_timeout(300)
    assert run(desk, "select count(*) from updates where case_id = :id", id=desk.case_id) == [(0,)]


def test_an_unknown_case_number_stays_in_its_field(console: Console, desk: World, laptop: Page) -> None:
    mails: list[UUID] = [add_held(desk, subject=f"mail {number}") for number in range(2)]
    log_in(laptop, console, desk, "manager")
    laptop.goto(f"{console.url}/inbound/{mails[0]}")
    laptop.locator("summary", has_text="Move to").click()
    laptop.get_by_label("Case number").fill("2026-77")
    laptop.get_by_role("button", name="Move to case").click()
    expect(laptop.locator("[data-message=problem]")).to_contain_text("There is no such case.")
    expect(laptop.locator("#case-number")).to_have_value("2026-77")
    laptop.goto(f"{console.url}/inbound?state=held")
    laptop.get_by_label("Select mail 1").check()
    laptop.locator("summary", has_text="Move to case").click()
    laptop.locator("#case-number").fill("2026-78")
    laptop.get_by_role("button", name="Move to case").click()
    expect(laptop.locator("[data-message=problem]")).to_contain_text("1 not done: There is no such case.")
    expect(laptop.locator("#case-number")).to_have_value("2026-78")
    expect(laptop.get_by_label("Select mail 1")).to_be_checked()
    expect(laptop.get_by_label("Select mail 0")).not_to_be_checked()
