"""The work of a help desk in a real browser: held mails are decided one after the other, by keyboard and on a phone."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Dialog, Page, expect

from schemas.tables import MailState
from storage.database import Database
from tests.builders.addresses import reply_address
from tests.builders.rows import add_mail
from tests.builders.world import World
from tests.console.browser import PASSWORD, Console
from tests.console.chromium import fits, log_in
from tests.console.held_mails import add_held, state

AT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def three(console: Console, database: Database, world: World) -> list[UUID]:
    """Adds three held mails with their originals; returns their ids, the newest first."""
    recipient = reply_address(database, world, world.post(database, "staff", "client"), "client")
    mails = []
    for number in range(3):
        raw = f"From: {world.email('member')}\r\nTo: {recipient}\r\nSubject: x\r\n\r\nWords {number}.\r\n"
        key = console.blobs().put(world.tenant_id, "raw", raw.encode())
        at, subject = AT - timedelta(hours=number), f"mail {number}"
        mails.append(add_held(world, subject=subject, recipient=recipient, raw=key, received_at=at))
    return mails


def test_held_mails_are_read_and_decided_one_after_the_other_without_a_mouse(
    console: Console, database: Database, desk: World, laptop: Page
) -> None:
    first, second, third = three(console, database, desk)
    log_in(laptop, console, desk, "manager")
    expect(laptop.get_by_role("navigation", name="Main").get_by_role("link", name="Inbox")).to_contain_text("3 waiting")
    laptop.goto(f"{console.url}/inbound/{first}")
    expect(laptop.locator("#words")).to_contain_text("Words 0.")
    laptop.keyboard.press("j")
    laptop.wait_for_url(f"**/{second}")
    laptop.keyboard.press("k")
    laptop.wait_for_url(f"**/{first}")
    laptop.get_by_role("button", name="Discard").press("Enter")
    laptop.wait_for_url(f"**/{second}")
    expect(laptop.locator("[data-message]")).to_contain_text("1 email discarded. See that email")
    expect(laptop.locator("#words")).to_contain_text("Words 1.")
    laptop.locator("summary", has_text="Move to").click()
    laptop.get_by_label("Case number").press("j")
    assert laptop.url.endswith(str(second)), "who types a case number goes nowhere"
    assert (state(desk, first), state(desk, third)) == ("dropped", "held")


def test_a_mail_is_decided_on_a_phone(console: Console, database: Database, desk: World, phone: Page) -> None:
    first, second, _ = three(console, database, desk)
    log_in(phone, console, desk, "admin")
    phone.get_by_role("link", name="Inbox: 3 need review").tap()
    phone.wait_for_url("**/inbound?state=held")
    assert fits(phone)
    phone.get_by_role("link", name="mail 0").tap()
    expect(phone.locator("#words")).to_contain_text("Words 0.")
    assert fits(phone)
    phone.get_by_role("button", name="Post this once").tap()
    phone.wait_for_url(f"**/{second}")
    assert state(desk, first) == "waiting"


@pytest.mark.parametrize("sure", [True, False])
def test_several_mails_are_discarded_only_by_who_is_sure(
    console: Console, database: Database, desk: World, laptop: Page, sure: bool
) -> None:
    mails = three(console, database, desk)
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if sure else dialog.dismiss()

    laptop.on("dialog", answer)
    log_in(laptop, console, desk, "manager")
    laptop.goto(f"{console.url}/inbound?state=held")
    for number in (0, 2):
        laptop.get_by_label(f"Select mail {number}").check()
    laptop.get_by_role("button", name="Discard").click()
    if sure:
        expect(laptop.locator("[data-message]")).to_contain_text("2 emails discarded.")
        laptop.get_by_label("Select mail 1").check()
    assert asked == ["Discard the selected emails? (2)"]
    expect(laptop.get_by_role("button", name="Discard")).to_be_enabled()
    gone = "dropped" if sure else "held"
    assert [state(desk, mail) for mail in mails] == [gone, "held", gone]


def test_times_are_those_of_the_reader_and_so_are_the_days_that_are_asked_for(
    console: Console, desk: World, laptop: Page
) -> None:
    add_mail(desk, MailState.POSTED, subject="late", received_at=AT)
    add_mail(desk, MailState.POSTED, subject="the day before", received_at=AT - timedelta(hours=2))
    log_in(laptop, console, desk, "manager")
    laptop.goto(f"{console.url}/inbound")
    shown = re.compile("2026-03-02 00:30:00.CET")
    expect(laptop.locator("[data-mail]", has_text="late").locator("time")).to_have_attribute("title", shown)
    laptop.get_by_text("Filter", exact=True).click()
    laptop.get_by_label("From").fill("2026-03-02")
    expect(laptop.locator("[data-mail]")).to_have_count(1)
    expect(laptop.locator("[data-mail] time")).to_have_attribute("title", shown)
    laptop.wait_for_url("**since=2026-03-02**zone=Europe%2FBerlin**")
    laptop.reload()
    expect(laptop.locator("[data-mail]")).to_have_count(1)


def test_the_form_of_a_mailbox_asks_only_for_what_its_choices_need(console: Console, desk: World, laptop: Page) -> None:
    log_in(laptop, console, desk, "admin")
    laptop.goto(f"{console.url}/settings/sources/new")
    password, secret = laptop.get_by_label("Password", exact=True), laptop.get_by_label("Client secret")
    directory, folder = laptop.get_by_label("Directory (tenant)"), laptop.get_by_label("Folder", exact=True)
    expect(password).to_be_visible()
    expect(secret).to_be_hidden()
    laptop.get_by_label("Log in with").select_option("google")
    expect(password).to_be_hidden()
    expect(secret).to_be_visible()
    expect(directory).to_be_hidden()
    laptop.get_by_label("Log in with").select_option("microsoft")
    expect(directory).to_be_visible()
    expect(folder).to_be_visible()
    laptop.get_by_label("Read by").select_option("pop3")
    expect(folder).to_be_hidden()


def test_a_number_out_of_bounds_is_reported_at_its_field_and_nothing_typed_is_lost(
    console: Console, desk: World, laptop: Page
) -> None:
    log_in(laptop, console, desk, "admin")
    laptop.goto(f"{console.url}/settings/sources/new")
    for label, value in (("Name", "Help"), ("Mail server", "imap.example.org"), ("User name", "ann")):
        laptop.get_by_label(label, exact=True).fill(value)
    laptop.get_by_label("Check every").fill("0")
    laptop.get_by_role("button", name="Add").click()
    assert laptop.locator("#period:invalid").count() == 1
    expect(laptop.get_by_label("Mail server")).to_have_value("imap.example.org")


def test_who_follows_the_link_of_a_notice_on_a_phone_logs_in_with_the_organisation_filled_in(
    console: Console, database: Database, desk: World, phone: Page
) -> None:
    update_id = desk.post(database, "staff", "client")
    phone.goto(f"{console.url}/cases/{desk.case_id}?tenant={desk.slug}#u-{update_id}")
    expect(phone.get_by_label("Organisation")).to_have_value(desk.slug)
    assert fits(phone)
    phone.get_by_label("Email address").fill(desk.email("client"))
    phone.get_by_label("Password").fill(PASSWORD)
    phone.get_by_role("button", name="Log in").tap()
    expect(phone.locator(f"[id='u-{update_id}']")).to_be_visible()
    assert fits(phone)


def test_what_is_done_for_each_reason_can_be_read_to_its_end(console: Console, desk: World, laptop: Page) -> None:
    log_in(laptop, console, desk, "admin")
    laptop.goto(f"{console.url}/settings/inbound")
    # as wide as the longest option: a narrower select would cut it off
    asked, given = laptop.locator(".reason select").first.evaluate(
        """select => { const free = select.cloneNode(true); free.style.cssText = "width: auto; min-width: 0";
        document.body.append(free); return [free.offsetWidth, select.offsetWidth] }"""
    )
    assert given >= asked > 0


def test_a_link_to_an_update_leads_to_it_through_the_log_in(
    console: Console, database: Database, desk: World, phone: Page
) -> None:
    update = desk.post(database, "staff", "client", text="A long one. " * 400)
    phone.goto(f"{console.url}/cases/{desk.case_id}?tenant={desk.slug}#u-{update}")
    phone.locator("[name=email]").fill(desk.email("client"))
    phone.locator("[name=password]").fill(PASSWORD)
    phone.locator("[name=password]").press("Enter")
    phone.wait_for_url(f"**/cases/{desk.case_id}?tenant={desk.slug}#u-{update}")


def test_an_address_is_removed_only_by_who_says_so_twice(console: Console, desk: World, laptop: Page) -> None:
    log_in(laptop, console, desk, "client")
    laptop.goto(f"{console.url}/profile")
    laptop.get_by_label("Add an email address").fill("ann@home.example")
    laptop.get_by_role("button", name="Add Alias").click()
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    laptop.on("dialog", refuse)
    laptop.get_by_role("button", name="Remove ann@home.example").click()
    assert asked == ["Remove ann@home.example? Email from it will no longer be recognised."]
    laptop.reload()
    expect(laptop.get_by_role("button", name="Remove ann@home.example")).to_be_visible()
