"""An act that is only queued is not shown as done: its result follows later. Only acts that can succeed are offered."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from schemas.reasons import Reason
from schemas.tables import MailState, Via
from tests.builders.rows import add_mail, add_update, run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from tests.console.chromium import log_in
from tests.console.held_mails import add_held, buttons, press, state


def end(world: World, mail_id: Any, state: str, reason: str = "") -> None:
    query = "update mails set state = :state, reason = :reason, ended_at = now() where id = :id"
    run(world, query, id=mail_id, state=state, reason=reason)


def bulk(browser: Browser, action: str, mails: list[Any], **more: str) -> Any:
    values = {"mail": [f"{mail}~0" for mail in mails], "action": action, "back": "/inbound?state=held", **more}
    return browser.send("/inbound/acts", values, on="/inbound")


def test_what_is_queued_is_called_so_and_its_result_comes_onto_the_page_by_itself(
    console: Console, desk: World, laptop: Page
) -> None:
    mail_id = add_held(desk, subject="About the leak")
    log_in(laptop, console, desk, "manager")
    laptop.goto(f"{console.url}/inbound/{mail_id}")
    laptop.get_by_role("button", name="Post this once").click()
    message = laptop.locator("[data-message=queued]")
    expect(message).to_contain_text("1 email queued to post.")
    expect(message).to_contain_text("1 is still on its way.")
    assert "posted" not in message.inner_text()
    end(desk, mail_id, "held", "not_allowed")
    expect(message).to_contain_text("About the leak: held again: The sender may not post on this case.")
    expect(message.locator(".bad")).to_have_count(1)
    expect(message).not_to_contain_text("still on its way")


def test_the_result_of_a_mail_that_posted_leads_to_its_update(desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_held(desk, subject="About the leak")
    manager = browse("manager")
    page = press(manager, mail_id, "accept")
    (link,) = tree(page).xpath("//*[@id='results']/a/@href")
    assert words(manager.get(link), "//*[@id='results']") == "1 is still on its way. Look again"
    update_id = add_update(desk, "member", "Yes.", via=Via.EMAIL, mail_id=mail_id)
    end(desk, mail_id, "posted")
    shown = manager.get(link)
    assert words(shown, "//*[@id='results']") == "About the leak: posted on case 2026-7"
    assert tree(shown).xpath("//*[@id='results']//a/@href") == [f"/cases/{desk.case_id}#u-{update_id}"]
    assert tree(shown).xpath("//*[@id='results']/@hx-get") == [], "it asks no more"


def test_an_older_end_is_not_taken_for_the_result(desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_held(desk)
    manager = browse("manager")
    (link,) = tree(press(manager, mail_id, "replay")).xpath("//*[@id='results']/a/@href")
    run(desk, "update mails set run = 0, ended_at = now(), state = 'held' where id = :id", id=mail_id)
    assert "still on its way" in words(manager.get(link), "//*[@id='results']")


def test_of_several_mails_the_numbers_and_those_that_came_back_are_shown(
    desk: World, browse: Callable[..., Browser]
) -> None:
    mails = [add_held(desk, subject=f"mail {number}") for number in range(3)]
    manager = browse("manager")
    page = bulk(manager, "accept", mails)
    assert words(page, "//*[@data-message='queued']//p[1]") == "3 emails queued to post."
    for mail_id, (ended, reason) in zip(mails, (("posted", ""), ("held", "refused"), ("posted", "")), strict=True):
        end(desk, mail_id, ended, reason)
    (link,) = tree(page).xpath("//*[@id='results']/a/@href")
    shown = words(manager.get(link), "//*[@id='results']")
    assert shown == "2 posted, 1 held again. mail 1: held again: The update form would refuse this text too."


def test_an_act_that_was_refused_even_in_part_is_shown_as_a_problem(
    desk: World, browse: Callable[..., Browser]
) -> None:
    known, unknown = add_held(desk), add_held(desk, Reason.AUTHOR_UNKNOWN, author="nobody")
    page = bulk(browse("manager"), "attach", [known, unknown], case_number="2026-7")
    (message,) = tree(page).xpath("//*[@data-message]")
    assert (message.get("data-message"), message.get("role")) == ("problem", "alert")
    assert "1 email queued to post on the case. 1 not done: Its sender is not one of your active people" in words(
        page, "//main"
    )
    assert (state(desk, known), state(desk, unknown)) == ("waiting", "held")


@pytest.mark.parametrize(
    ("reason", "author", "offered"),
    [
        (Reason.NOT_A_RECIPIENT, "member", ["accept", "attach", "message", "replay", "discard"]),
        (Reason.AUTHOR_UNKNOWN, "nobody", ["message", "discard"]),
        (Reason.AUTHOR_INACTIVE, "archived", ["message", "discard"]),
        (Reason.AUTHOR_UNKNOWN, "member", ["attach", "message", "replay", "discard"]),
        (Reason.BOUNCE, "member", ["message", "replay", "discard"]),
        (Reason.ENCRYPTED, "member", ["message", "replay", "discard"]),
        (Reason.SENDER_NOT_PROVEN, "member", ["message", "replay", "discard"]),
        (Reason.REFUSED, "member", ["attach", "message", "replay", "discard"]),
    ],
)
def test_no_act_is_offered_that_would_only_hold_the_mail_again(
    desk: World, browse: Callable[..., Browser], reason: Reason, author: str, offered: list[str]
) -> None:
    mail_id = add_held(desk, reason, author=author)
    manager = browse("manager")
    assert buttons(manager, mail_id) == offered
    for act in {"accept", "attach"} - set(offered):
        assert press(manager, mail_id, act, case_number="2026-7").status_code == 409
    assert state(desk, mail_id) == "held"


def test_while_replies_are_off_no_mail_is_accepted_and_the_page_says_why(
    desk: World, browse: Callable[..., Browser]
) -> None:
    run(desk, "update tenants set replies_on = false where id = :id", id=desk.tenant_id)
    mail_id = add_held(desk, Reason.REPLIES_OFF)
    manager = browse("manager")
    assert buttons(manager, mail_id) == ["message", "discard"]
    assert "Email update replies are off: this email would be held again." in words(manager.get(f"/inbound/{mail_id}"))
    for act in ("attach", "replay", "accept"):
        assert press(manager, mail_id, act, case_number="2026-7").status_code == 409
    listed = tree(manager.get("/inbound", state="held"))
    assert listed.xpath("//button[@name='action']/@value") == ["message", "discard"]
    run(desk, "update tenants set replies_on = true where id = :id", id=desk.tenant_id)
    assert "attach" in buttons(manager, mail_id)


def test_a_case_that_is_closed_or_that_the_author_is_no_member_of_is_refused_at_once(
    desk: World, browse: Callable[..., Browser]
) -> None:
    mail_id = add_held(desk, author="outsider")
    manager = browse("manager")
    refused = press(manager, mail_id, "attach", case_number="2026-7")
    assert "Outsider is no member of case 2026-7" in words(refused, "//*[@role='alert']")
    run(desk, "update cases set open = false where id = :id", id=desk.case_id)
    refused = press(manager, mail_id, "attach", case_number="2026-7")
    assert "Case 2026-7 is closed" in words(refused, "//*[@role='alert']")
    assert tree(refused).xpath("//input[@name='case_number']/@value") == ["2026-7"]
    assert state(desk, mail_id) == "held"


def test_in_the_list_an_act_says_how_many_of_the_chosen_it_can_be_done_to(
    console: Console, desk: World, laptop: Page
) -> None:
    add_held(desk, subject="mine")
    add_held(desk, Reason.AUTHOR_UNKNOWN, author="nobody", subject="a stranger's")
    log_in(laptop, console, desk, "manager")
    laptop.goto(f"{console.url}/inbound?state=held")
    laptop.get_by_label("Select a stranger's").check()
    expect(laptop.get_by_role("button", name="Post")).to_be_disabled()
    expect(laptop.get_by_role("button", name="Discard")).to_be_enabled()
    laptop.get_by_label("Select all emails").check()
    expect(laptop.get_by_role("button", name="Post")).to_contain_text("Post (1 of 2)")


def test_results_are_those_of_the_own_tenant(desk: World, other_desk: World, browse: Callable[..., Browser]) -> None:
    foreign = add_held(other_desk, subject="theirs")
    (link,) = tree(press(browse("manager", other_desk), foreign, "replay")).xpath("//*[@id='results']/a/@href")
    end(other_desk, foreign, "held", "refused")
    assert "theirs" not in browse("manager").get(link).text
    assert browse("manager").get("/inbound/results", mail="x~y").status_code == 400
    assert browse("client").get(link).status_code == 403


def test_a_mail_on_its_way_shows_its_end_without_a_reload(console: Console, desk: World, laptop: Page) -> None:
    mail_id = add_mail(desk, MailState.MOVING, subject="on its way", author=desk.email("member"))
    log_in(laptop, console, desk, "manager")
    laptop.goto(f"{console.url}/inbound/{mail_id}")
    expect(laptop.locator("#state")).to_contain_text("Being processed.")
    end(desk, mail_id, "held", "not_related")
    expect(laptop.locator("#state")).to_contain_text("Waiting for a decision.")
    expect(laptop.locator("#state")).to_contain_text("Show what can be done with it")
