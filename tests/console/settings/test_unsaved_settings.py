"""Unsaved input of the settings is not lost, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.builders.rows import run
from tests.builders.world import World
from tests.console.browser import Console
from tests.console.chromium import log_in
from tests.console.logging_in_again import log_in_again


def test_saving_one_template_keeps_the_unsaved_text_of_another(console: Console, desk: World, laptop: Page) -> None:
    log_in(laptop, console, desk, "admin")
    laptop.goto(f"{console.url}/settings/templates")
    fields = laptop.locator("textarea")
    fields.nth(0).fill("Intro, half")
    fields.nth(1).fill("Footer")
    laptop.get_by_role("button", name="Save").nth(1).click()
    expect(laptop.locator("[data-message=done]")).to_contain_text("The text is saved.")
    expect(fields.nth(0)).to_have_value("Intro, half")
    expect(fields.nth(1)).to_have_value("Footer")
    expect(laptop.locator(".restored")).to_have_count(1)
    assert run(desk, "select text from templates where tenant_id = :id", id=desk.tenant_id) == [("Footer",)]


def test_a_test_mail_keeps_the_catch_all_that_is_not_saved(console: Console, desk: World, laptop: Page) -> None:
    run(desk, "update tenants set catch_all = 'old@catch.example' where id = :id", id=desk.tenant_id)
    log_in(laptop, console, desk, "admin")
    laptop.goto(f"{console.url}/settings/general")
    laptop.get_by_label("Inbound Email Catch-All").fill("new@catch.example")
    laptop.get_by_role("button", name="Send a test email").click()
    expect(laptop.locator("[data-message=queued]")).to_contain_text("A test email is on its way")
    expect(laptop.get_by_label("Inbound Email Catch-All")).to_have_value("new@catch.example")


@pytest.mark.parametrize(
    ("path", "label", "button"),
    [
        ("/settings/senders", "Days for which an update can be answered by email", "Save Settings"),
        ("/settings/inbound", "Days", "Save Settings"),
        ("/settings/files", "files", "Save Settings"),
        ("/settings/people", "Name", "Add"),
    ],
)
def test_a_settings_form_sent_after_the_session_ended_comes_back_as_it_was(
    console: Console, desk: World, laptop: Page, path: str, label: str, button: str
) -> None:
    log_in(laptop, console, desk, "admin")
    laptop.goto(console.url + path)
    # another required field of the same form, such as the address of a new person
    for wanted in laptop.locator("form[method=post]:not(.who) input[type=text]:required").all():
        if wanted.is_visible():
            wanted.fill("ann@people.example")
    field = laptop.locator("form[method=post] :is(input[type=number], input[name=name])").first
    value = "9" if field.get_attribute("type") == "number" else "Ann"
    field.fill(value)
    laptop.context.clear_cookies()
    field.press("Enter")
    log_in_again(laptop, desk, "admin")
    laptop.wait_for_url(f"**{path}")
    expect(field).to_have_value(value)
    expect(laptop.locator(".restored")).to_be_visible()


def test_the_choices_of_an_access_group_outlive_the_session(console: Console, desk: World, laptop: Page) -> None:
    log_in(laptop, console, desk, "admin")
    laptop.goto(f"{console.url}/settings/access-groups")
    new = laptop.locator("details.group").last
    new.locator("summary").click()
    new.get_by_label("Name").fill("Confidential")
    sees = new.get_by_role("group", name="Who sees it and is notified").get_by_label("client")
    sees.uncheck()
    laptop.context.clear_cookies()
    new.get_by_role("button", name="Add Access Group").click()
    log_in_again(laptop, desk, "admin")
    laptop.wait_for_url("**/settings/access-groups")
    expect(new.get_by_label("Name")).to_have_value("Confidential")
    expect(sees).not_to_be_checked()


def test_no_password_is_kept(console: Console, desk: World, laptop: Page) -> None:
    log_in(laptop, console, desk, "admin")
    laptop.goto(f"{console.url}/settings/sources/new")
    laptop.get_by_label("Name", exact=True).fill("Help")
    laptop.locator("#password").fill("geheim-17")
    kept = laptop.evaluate("JSON.stringify({...sessionStorage})")
    assert "Help" in kept
    assert "geheim-17" not in kept
