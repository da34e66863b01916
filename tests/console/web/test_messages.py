"""The message about an act is visible wherever the page is scrolled to, and no failure looks like a success."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from schemas.reasons import Reason
from schemas.tables import MailState, Via
from tests.builders.rows import add_mail, add_update, run
from tests.builders.world import World
from tests.console.access_groups import STAFF, add_group
from tests.console.browser import Browser, Console, tree, words
from tests.console.chromium import fits, log_in
from tests.console.held_mails import add_held

CUT = [{"kind": "quote", "before": 4, "text": "> What news?", "confidence": 0.9}]
LEFT_OUT = [{"name": "setup.exe", "why": "files of type 'exe' are not supported", "part": 1, "reason": "type"}]


def fill(world: World, console: Console) -> None:
    """Fills the case with an update with cut text, a waiting update, and many long updates."""
    raw = b"From: x@x\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nYes.\r\n"
    mail_id = add_mail(world, MailState.POSTED, raw=console.blobs().put(world.tenant_id, "raw", raw))
    add_update(world, "client", "Yes.", via=Via.EMAIL, cut=CUT, left_out=LEFT_OUT, mail_id=mail_id)
    add_update(world, "client", "May I?", validated=False)
    for number in range(12):
        add_update(world, "staff", f"{number}. " + "A long one. " * 60)


def acts(page: Page, name: str) -> None:
    match name:
        case "put back":
            page.locator("summary", has_text="quoted text").click()
            page.get_by_role("button", name="Put this back into the text").click()
        case "left out":
            page.locator("summary", has_text="Add a skipped file").click()
            page.get_by_role("button", name="Add to the update").click()
        case "approve":
            page.get_by_role("button", name="Approve and send").click()
        case "post":
            page.locator("#text").fill("One more")
            page.get_by_role("button", name="Post update").click()


@pytest.mark.parametrize("size", ["laptop", "phone"])
@pytest.mark.parametrize(
    ("act", "kind", "said"),
    [
        ("put back", "done", "The text is back in the update."),
        ("left out", "problem", "Not added: "),
        ("approve", "done", "The update is approved."),
        ("post", "done", "The update is posted."),
    ],
)
def test_the_message_after_an_act_on_a_case_is_in_sight_and_covers_not_what_it_is_about(
    console: Console, desk: World, request: pytest.FixtureRequest, size: str, act: str, kind: str, said: str
) -> None:
    fill(desk, console)
    page: Page = request.getfixturevalue(size)
    log_in(page, console, desk, "manager")
    page.goto(f"{console.url}/cases/{desk.case_id}")
    acts(page, act)
    message = page.locator(f"[data-message={kind}]")
    expect(message).to_contain_text(said)
    page.wait_for_load_state("load")
    assert message.get_attribute("role") == ("alert" if kind == "problem" else "status")
    where, at = message.bounding_box(), page.locator(".update:target").bounding_box()
    assert where is not None
    assert at is not None
    height = page.viewport_size["height"] if page.viewport_size else 0
    assert 0 <= where["y"] <= where["y"] + where["height"] <= height, "it is in sight"
    assert at["y"] >= where["y"] + where["height"] or at["y"] + at["height"] <= where["y"], "it covers the update"
    assert 0 <= at["y"] < height, "so is the update"
    assert fits(page)


def test_a_message_stays_in_sight_while_one_scrolls_and_goes_when_it_is_closed(
    console: Console, desk: World, laptop: Page
) -> None:
    fill(desk, console)
    log_in(laptop, console, desk, "staff")
    laptop.goto(f"{console.url}/cases/{desk.case_id}")
    acts(laptop, "post")
    laptop.mouse.wheel(0, 1500)
    message = laptop.locator("[data-message=done]")
    expect(message).to_be_in_viewport(ratio=1)
    laptop.get_by_role("button", name="Close this message").click()
    expect(message).to_have_count(0)


def test_failures_are_alerts_and_never_look_like_a_success(desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    here = f"/people/{desk.people['admin']}"
    made = add_group(desk, "Old", may_see=STAFF)
    add_update(desk, "staff", "x", access_group_id=made)
    for path, values, on in (
        ("/profile/password", {"old": "wrong", "new": "x"}, here),
        ("/inbound/acts", {"mail": f"{desk.case_id}~0", "action": "discard"}, "/inbound"),
        ("/settings/general/catch-all-test", {}, "/settings/general"),
        (f"/people/{desk.people['archived']}/password-letter", {}, here),
        (f"/settings/access-groups/{made}/remove", {}, "/settings/access-groups"),
    ):
        page = admin.send(path, values, on=on)
        (message,) = tree(page).xpath("//*[@data-message]")
        assert (message.get("data-message"), message.get("role")) == ("problem", "alert"), path


def test_what_changed_nothing_is_neither_done_nor_a_failure(desk: World, browse: Callable[..., Browser]) -> None:
    page = browse("manager").send("/inbound/acts", {"action": "discard"}, on="/inbound")
    assert words(page, "//*[@data-message='note'][@role='status']/p") == "No email was selected."


@pytest.mark.parametrize("path", ["/nowhere", "/cases/no-id", "/people/00000000-0000-7000-8000-000000000001"])
def test_a_page_that_is_not_there_has_the_navigation_and_a_way_back(
    desk: World, browse: Callable[..., Browser], path: str
) -> None:
    staff = browse("staff")
    page = staff.http.get(path, headers={"referer": f"{staff.http.base_url}/cases?q=leak"})
    assert page.status_code == 404
    assert "Cases" in words(page, "//nav[@aria-label='Main']")
    assert "/cases?q=leak" in tree(page).xpath("//main//a/@href")


def test_a_form_that_is_out_of_date_has_the_navigation_and_leads_back_to_its_page(
    desk: World, browse: Callable[..., Browser]
) -> None:
    staff = browse("staff")
    here = f"/cases/{desk.case_id}"
    headers = {"referer": f"{staff.http.base_url}{here}"}
    page = staff.http.post(f"{here}/updates", data={"csrf": "old", "text": "x"}, headers=headers)
    assert page.status_code == 403
    assert "Cases" in words(page, "//nav[@aria-label='Main']")
    assert here in tree(page).xpath("//main//a/@href")


@pytest.mark.parametrize("referer", ["https://evil.example/cases", "//evil.example/x", "javascript:alert(1)", "x"])
def test_the_way_back_leads_to_no_other_site(desk: World, browse: Callable[..., Browser], referer: str) -> None:
    page = browse("staff").http.get("/nowhere", headers={"referer": referer})
    assert tree(page).xpath("//main//a/@href") == ["/cases"]


def test_who_is_not_logged_in_sees_no_navigation_on_an_error(stranger: Browser) -> None:
    page = stranger.get("/nowhere")
    assert (page.status_code, tree(page).xpath("//nav")) == (404, [])
    assert tree(page).xpath("//main//a/@href") == ["/login"]


@pytest.mark.parametrize(
    ("path", "leads"),
    [("/settings/people/new", "/settings/people"), ("/settings/access-groups/x", "/settings/access-groups")],
)
def test_the_address_of_a_form_opened_as_a_page_leads_to_the_page_of_the_form(
    desk: World, browse: Callable[..., Browser], path: str, leads: str
) -> None:
    assert browse("admin").get(path).url.path == leads


def test_all_times_of_a_page_are_in_the_zone_of_who_reads_and_say_so(
    console: Console, desk: World, laptop: Page
) -> None:
    evidence = {"works until": "2026-03-01T23:30:00+00:00", "<b>": "2026-03-01 23:30 UTC <script>"}
    mail_id = add_held(desk, Reason.EXPIRED_ADDRESS, evidence=evidence)
    log_in(laptop, console, desk, "manager")
    laptop.goto(f"{console.url}/inbound/{mail_id}")
    found = laptop.locator("dd.text")
    expect(found.nth(0)).to_have_text("2026-03-02 00:30\u00a0CET <script>")
    expect(found.nth(1)).to_have_text("2026-03-02 00:30:00\u00a0CET")
    update = add_update(desk, "staff", "x")
    recipient = """insert into update_recipients (id, tenant_id, update_id, user_id, email, logged_at, bounced_at,
        bounce_permanent) values (uuidv7(), :tenant, :update, :user, 'x@x', now(), '2026-03-01 23:30+00', true)"""
    run(desk, recipient, tenant=desk.tenant_id, update=update, user=desk.people["client"])
    laptop.goto(f"{console.url}/cases/{desk.case_id}")
    laptop.locator("summary", has_text="Sent to 1").click()
    expect(laptop.locator(".sent .bad time")).to_have_text("2026-03-02 00:30\u00a0CET")
    assert "UTC" not in laptop.locator("main").inner_text()
