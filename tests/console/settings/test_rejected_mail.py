"""Settings > Unposted mail, and what happens to mail while replies are off."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from console.settings.rejected_mail import GROUPS, OFFERED
from schemas.reasons import REASONS, Disposition, Reason
from schemas.tables import MailState, now
from tests.builders.rows import ACTS, add_mail, run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from tests.console.chromium import log_in

PATH = "/settings/inbound"


def chosen(world: World) -> dict[str, str]:
    rows = run(world, "select reason, disposition from dispositions where tenant_id = :id", id=world.tenant_id)
    return {row.reason: row.disposition for row in rows}


def audited(world: World) -> list[Any]:
    rows = run(world, f"select act, actor_id, details from {ACTS} order by at", id=world.tenant_id)
    return [tuple(row) for row in rows]


def test_each_reason_with_a_choice_is_there_with_what_is_offered_and_why(
    desk: World, browse: Callable[..., Browser]
) -> None:
    page = browse("admin").get(PATH)
    for reason in OFFERED:
        info = REASONS[reason]
        options = tree(page).xpath(f"//select[@id='r-{reason}']/option/@value")
        assert options == [f"{reason}:{choice}" for choice in info.choices]
        assert info.why in words(page)
    assert "internal_error:drop" not in page.text


def test_each_reason_is_named_in_a_sentence_and_its_code_is_only_in_the_tooltip(
    desk: World, browse: Callable[..., Browser]
) -> None:
    assert sorted(reason for group in GROUPS for reason in group.reasons) == sorted(OFFERED)
    page = browse("admin").get(PATH)
    labels = {label.get("for"): label for label in tree(page).xpath("//main//label")}
    for group in GROUPS:
        for reason, sentence in group.reasons.items():
            label = labels[f"r-{reason}"]
            assert (label.text_content(), label.get("title")) == (sentence, reason)
    assert "author_unknown" not in words(page)


def test_a_choice_other_than_the_recommended_one_is_marked_at_once(desk: World, console: Console, laptop: Page) -> None:
    log_in(laptop, console, desk, "admin")
    laptop.goto(console.url + PATH)
    row = laptop.locator(".reason", has=laptop.locator("#r-bounce"))
    expect(row.locator("option").first).to_have_text("Forward (recommended)")
    expect(row.get_by_text("Changed")).to_be_hidden()
    row.locator("select").select_option("bounce:hold")
    expect(row.get_by_text("Changed")).to_be_visible()
    expect(row.get_by_text("Recommended: forward.")).to_be_visible()
    row.locator("select").select_option("bounce:forward")
    expect(row.get_by_text("Changed")).to_be_hidden()


def test_a_choice_is_saved_shown_and_in_the_audit(desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    page = admin.send(PATH, {"chosen": ["bounce:hold", "complaint:forward"], "keep_raw_days": "30"})
    assert "The settings are saved." in words(page)
    assert chosen(desk) == {"bounce": "hold"}
    assert tree(page).xpath("//select[@id='r-bounce']/option[@selected]/@value") == ["bounce:hold"]
    assert tree(page).xpath("//input[@name='keep_raw_days']/@value") == ["30"]
    details = {"bounce": "hold", "keep_raw_days": "30"}
    assert audited(desk) == [("settings.changed", desk.people["admin"], details)]
    admin.send(PATH, {"chosen": ["bounce:forward"], "keep_raw_days": "30"})
    assert chosen(desk) == {"bounce": "forward"}
    assert len(audited(desk)) == 2


@pytest.mark.parametrize(
    ("choice", "days"),
    [
        *(("internal_error:drop", "90"), ("loop:forward", "90"), ("replies_off:drop", "90"), ("no_reason:hold", "90")),
        *(("bounce:hold", "0"), ("bounce:hold", "-1"), ("bounce:hold", "99999"), ("bounce:hold", "x")),
    ],
)
def test_what_is_not_offered_is_not_saved(desk: World, browse: Callable[..., Browser], choice: str, days: str) -> None:
    answer = browse("admin").send(PATH, {"chosen": [choice], "keep_raw_days": days})
    assert answer.status_code == 400
    assert chosen(desk) == {}
    assert audited(desk) == []


@pytest.mark.parametrize("name", ["manager", "staff", "client"])
def test_nobody_but_an_admin_opens_or_saves_it(desk: World, browse: Callable[..., Browser], name: str) -> None:
    person = browse(name)
    assert person.get(PATH).status_code == 403
    assert person.send(PATH, {"chosen": ["bounce:drop"], "keep_raw_days": "90"}, on="/cases").status_code == 403
    assert chosen(desk) == {}


@pytest.mark.parametrize("disposition", REASONS[Reason.REPLIES_OFF].choices)
def test_what_is_done_while_replies_are_off_is_chosen_beside_the_switch(
    desk: World, browse: Callable[..., Browser], disposition: Disposition
) -> None:
    page = browse("admin").send("/settings/general", {"catch_all": "", "while_off": disposition})
    assert tree(page).xpath("//select[@name='while_off']/option[@selected]/@value") == [disposition]
    assert chosen(desk).get(Reason.REPLIES_OFF, Disposition.HOLD) == disposition


def test_mail_can_not_be_posted_while_replies_are_off(desk: World, browse: Callable[..., Browser]) -> None:
    page = browse("admin").send("/settings/general", {"catch_all": "", "while_off": Disposition.POST})
    assert page.status_code == 400
    assert chosen(desk) == {}


def test_an_admin_has_reactions_posted(desk: World, browse: Callable[..., Browser]) -> None:
    page = browse("admin").send(PATH, {"chosen": ["reaction:post"], "keep_raw_days": "90"})
    assert tree(page).xpath("//select[@id='r-reaction']/option[@selected]")[0].text == "Post as an update"
    assert chosen(desk) == {"reaction": "post"}


def test_switching_replies_on_replays_only_mails_held_because_they_were_off(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    admin = browse("admin")
    admin.send("/settings/general", {"catch_all": ""})
    mails = [
        add_mail(world, MailState.HELD, reason=reason, ended_at=now())
        for world, reason in (
            *((desk, Reason.REPLIES_OFF), (desk, Reason.REPLIES_OFF), (desk, Reason.UNREADABLE)),
            (other_desk, Reason.REPLIES_OFF),
        )
    ]
    shown = words(admin.get("/settings/general"))
    assert "2 emails are held because replies were off. They go through the rules again" in shown
    page = admin.send("/settings/general", {"catch_all": "", "replies_on": "true"})
    assert words(page, "//*[@role='status']") == (
        "The settings are saved. 2 held emails are queued to go through the rules again."
    )
    states = [run(desk, "select state from mails where id = :id", id=mail_id)[0].state for mail_id in mails]
    assert states == ["waiting", "waiting", "held", "held"]
    again = admin.send("/settings/general", {"catch_all": "", "replies_on": "true"})
    assert words(again, "//*[@role='status']") == "The settings are saved."
    assert [act for act, *_ in audited(desk)] == ["settings.changed", "settings.changed", *["mail.replayed"] * 2]
