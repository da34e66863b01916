"""Settings > Erase a person's mails."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from schemas.tables import MailState, Via, now
from tests.builders.rows import ACTS, add_mail, add_update, run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from tests.console.chromium import fits, log_in

PATH = "/settings/erasure"


def authors(world: World) -> set[str]:
    return {row.author for row in run(world, "select author from mails where tenant_id = :id", id=world.tenant_id)}


def test_an_admin_erases_the_mails_of_an_address_that_is_written_twice(
    desk: World, browse: Callable[..., Browser]
) -> None:
    email = desk.email("client")
    mail_id = add_mail(desk, MailState.POSTED, author=email, ended_at=now())
    update_id = add_update(desk, "client", "My words", via=Via.EMAIL, mail_id=mail_id)
    admin = browse("admin")
    refused = admin.send(PATH, {"email": email, "again": email + "x"})
    assert refused.status_code == 422
    assert "same email address in both fields" in words(refused, "//*[@role='alert']")
    assert authors(desk) == {email}
    page = admin.send(PATH, {"email": email, "again": email.upper(), "updates": "true"})
    assert words(page, "//*[@role='status']") == "Erased: 1 email that they wrote, 1 update's words."
    assert authors(desk) == {""}
    assert "Erased on request." in words(admin.get(f"/cases/{desk.case_id}"), f"//*[@id='u-{update_id}']")
    acts = run(desk, f"select act, actor_id from {ACTS} order by act", id=desk.tenant_id)
    assert acts == [("mail.erased", desk.people["admin"]), ("person.erased", desk.people["admin"])]
    assert "1 email that they wrote, 1 update's words" in words(admin.get(PATH), "//table")


def test_before_it_they_see_what_will_go_and_must_confirm(desk: World, browse: Callable[..., Browser]) -> None:
    email = desk.email("client")
    add_mail(desk, MailState.HELD, author=email, ended_at=now())
    add_update(desk, "client", "My words")
    admin = browse("admin")
    page = admin.send(f"{PATH}/preview", {"email": email.upper(), "account": "true"}, on=PATH)
    shown = words(page)
    for part in ("1 email that they wrote", "the account", "1 of their updates stays", email, "Client"):
        assert part in shown
    button = tree(page).xpath("//button[contains(@class, 'danger')]")[0]
    assert button.text_content().strip() == "Erase for good"
    assert authors(desk) == {email}
    values = dict(tree(page).xpath("//form[@action='/settings/erasure']")[0].form_values())
    page = admin.send(PATH, {**values, "again": email})
    assert "Erased: 1 email that they wrote, the account." in words(page, "//*[@role='status']")
    assert "Erased person" in words(admin.get(f"/cases/{desk.case_id}"), "//article")
    people = words(admin.get("/settings/people?q=Erased"), "//table")
    assert people.endswith("Erased person Client Erased on request")
    assert admin.get(f"/people/{desk.people['client']}").status_code == 404


def test_an_erased_mail_says_so_in_plain_words(desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_mail(desk, MailState.HELD, author=desk.email("client"), ended_at=now())
    admin = browse("admin")
    admin.send(PATH, {"email": desk.email("client"), "again": desk.email("client")})
    for page in (words(admin.get("/inbound")), words(admin.get(f"/inbound/{mail_id}"))):
        assert "Erased on request" in page
        assert "<>" not in page
        assert "mail.erased" not in page
    assert "erased on request by Admin" in words(admin.get(f"/inbound/{mail_id}"))


def test_an_admin_can_not_erase_their_own_account(desk: World, browse: Callable[..., Browser]) -> None:
    email = desk.email("admin")
    admin = browse("admin")
    for path, values in ((f"{PATH}/preview", {"email": email}), (PATH, {"email": email, "again": email})):
        refused = admin.send(path, {**values, "account": "true"}, on=PATH)
        assert refused.status_code == 422
        assert "your own account" in words(refused, "//*[@role='alert']")


@pytest.mark.parametrize("name", ["manager", "staff", "client"])
def test_nobody_but_an_admin_erases(desk: World, browse: Callable[..., Browser], name: str) -> None:
    email = desk.email("client")
    add_mail(desk, MailState.HELD, author=email, ended_at=now())
    person = browse(name)
    assert person.get(PATH).status_code == 403
    assert person.send(PATH, {"email": email, "again": email}, on="/cases").status_code == 403
    assert authors(desk) == {email}


@pytest.mark.parametrize("size", ["laptop", "phone"])
def test_a_person_is_erased_in_a_browser(
    console: Console, desk: World, request: pytest.FixtureRequest, size: str, tmp_path: Path
) -> None:
    page: Page = request.getfixturevalue(size)
    email = desk.email("client")
    add_mail(desk, MailState.HELD, author=email, ended_at=now())
    add_update(desk, "client", "My words")
    log_in(page, console, desk, "admin")
    page.goto(f"{console.url}{PATH}")
    page.get_by_label("Email address of the person").fill(email)
    page.get_by_label("Erase their account, too").check()
    page.screenshot(path=tmp_path / "form.png", full_page=True)
    assert fits(page)
    page.get_by_role("button", name="Show what will be erased").click()
    expect(page.get_by_role("heading", name="What will be erased")).to_be_visible()
    page.screenshot(path=tmp_path / "preview.png", full_page=True)
    assert fits(page)
    page.get_by_label("To confirm, write the address once more").fill(email)
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("status")).to_contain_text("the account")
    expect(page.get_by_role("table")).to_contain_text("1 email that they wrote")
    page.screenshot(path=tmp_path / "report.png", full_page=True)
    assert fits(page)
    assert authors(desk) == {""}
