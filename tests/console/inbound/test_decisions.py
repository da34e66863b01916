"""Decisions on mails that did not post, on the page of one mail and in the list."""

from collections.abc import Callable

import pytest

from schemas.reasons import Reason
from schemas.tables import MailState, now
from storage.database import Database
from tests.builders.addresses import reply_address
from tests.builders.rows import add_mail, run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from tests.console.held_mails import add_held, buttons, press, state


def test_a_held_mail_offers_what_can_be_done_with_it(desk: World, browse: Callable[..., Browser]) -> None:
    manager = browse("manager")
    assert buttons(manager, add_held(desk)) == ["accept", "attach", "message", "replay", "discard"]
    assert buttons(manager, add_held(desk, Reason.UNREADABLE)) == ["message", "replay", "discard"]
    assert buttons(manager, add_held(desk, Reason.NOT_RELATED)) == ["accept", "attach", "replay", "discard"]
    assert buttons(manager, add_mail(desk, MailState.POSTED)) == []
    assert buttons(manager, add_mail(desk, MailState.MOVING)) == []
    run(desk, "update tenants set catch_all = 'all@catch.example' where id = :id", id=desk.tenant_id)
    assert "forward" in buttons(manager, add_held(desk))


def test_a_forwarded_update_is_recognised_and_both_ways_to_accept_it_are_one_click(
    database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    recipient = reply_address(database, desk, desk.post(database, "staff", "client"), "client")
    mail_id = add_held(desk, recipient=recipient)
    manager = browse("manager")
    assert "Client was sent the update, and forwarded it to Member." in words(manager.get(f"/inbound/{mail_id}"))
    assert {"accept", "recipient"} <= set(buttons(manager, mail_id))
    page = press(manager, mail_id, "recipient")
    said = words(page, "//*[@role='status'][@data-message='queued']//p[1]")
    assert said == "1 email queued to post, the sender added to the update."
    assert state(desk, mail_id) == "waiting"


def test_a_user_is_asked_with_one_click_whether_a_stranger_s_address_is_theirs(
    database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    recipient = reply_address(database, desk, desk.post(database, "staff", "client"), "client")
    mail_id = add_held(desk, Reason.AUTHOR_UNKNOWN, author="ann-at-home", recipient=recipient)
    manager = browse("manager")
    assert f"They get a link at {desk.email('client')}" in words(manager.get(f"/inbound/{mail_id}"))
    assert "alias" in buttons(manager, mail_id)
    page = press(manager, mail_id, "alias")
    assert words(page, "//*[@role='status']") == "1 email kept until the address is confirmed: a link is on its way."
    assert state(desk, mail_id) == "held"
    assert "kept until the address is confirmed" in words(page)


def test_the_page_shows_what_was_done_and_by_whom(desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_held(desk)
    page = press(browse("manager"), mail_id, "accept")
    assert words(page, "//*[@role='status'][@data-message='queued']//p[1]") == "1 email queued to post."
    assert "accepted to post by Manager" in words(page)
    assert state(desk, mail_id) == "waiting"


def test_the_second_of_two_people_sees_who_was_quicker(desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_held(desk)
    admin, manager = browse("admin"), browse("manager")
    press(manager, mail_id, "discard")
    page = press(admin, mail_id, "accept")
    assert page.status_code == 409
    assert "Someone else already handled this: it was discarded by Manager" in words(page, "//*[@role='alert']")
    assert state(desk, mail_id) == "dropped"


def test_a_mail_is_attached_to_the_case_of_the_number_that_is_given(
    desk: World, browse: Callable[..., Browser]
) -> None:
    mail_id = add_held(desk, Reason.UNKNOWN_ADDRESS)
    manager = browse("manager")
    refused = press(manager, mail_id, "attach", case_number="no such case")
    assert "There is no such case." in words(refused, "//*[@role='alert']")
    press(manager, mail_id, "attach", case_number=" 2026-7 ")
    (row,) = run(desk, "select state, override from mails where id = :id", id=mail_id)
    assert (row.state, row.override["case_id"]) == ("waiting", str(desk.case_id))


def test_several_mails_are_discarded_at_once_and_the_list_comes_back(
    desk: World, browse: Callable[..., Browser]
) -> None:
    mails = [add_held(desk) for _ in range(3)]
    add_mail(desk, MailState.POSTED)
    manager = browse("manager")
    boxes = tree(manager.get("/inbound")).xpath("//input[@name='mail']/@value")
    assert set(boxes) == {f"{mail_id}~0" for mail_id in mails}
    values = {"mail": boxes[:2], "action": "discard", "back": "/inbound?state=held&reason=&q="}
    page = manager.send("/inbound/acts", values, on="/inbound")
    assert words(page, "//*[@data-message]//p[1]") == "2 emails discarded."
    assert len(tree(page).xpath("//li[@data-mail]")) == 1
    assert sorted(state(desk, mail_id) for mail_id in mails) == ["dropped", "dropped", "held"]


def test_several_mails_are_attached_to_a_case_or_made_inbound_messages_at_once(
    desk: World, browse: Callable[..., Browser]
) -> None:
    manager = browse("manager")
    mails = [add_held(desk) for _ in range(4)]
    boxes = [f"{mail_id}~0" for mail_id in mails]
    values = {"mail": boxes[:2], "action": "message", "back": "/inbound?state=held&reason=not_related"}
    page = manager.send("/inbound/acts", values, on="/inbound")
    assert words(page, "//*[@data-message]//p[1]") == "2 emails kept as a new matter."
    assert len(tree(page).xpath("//li[@data-mail]")) == 2
    page = manager.send("/inbound/acts", {"mail": boxes[2:], "action": "attach", "case_number": "none"}, on="/inbound")
    assert "2 not done: There is no such case." in words(page)
    manager.send("/inbound/acts", {"mail": boxes[2:], "action": "attach", "case_number": "2026-7"}, on="/inbound")
    assert [state(desk, mail_id) for mail_id in mails] == ["held", "held", "waiting", "waiting"]


def test_nothing_chosen_is_said(desk: World, browse: Callable[..., Browser]) -> None:
    add_held(desk)
    page = browse("manager").send("/inbound/acts", {"action": "discard"}, on="/inbound")
    assert "No email was selected." in words(page)


def test_mails_are_found_by_reason(desk: World, browse: Callable[..., Browser]) -> None:
    add_held(desk, Reason.REPLIES_OFF, subject="off")
    add_held(desk, Reason.UNREADABLE, subject="odd")
    page = browse("manager").get("/inbound", reason="replies_off")
    assert tree(page).xpath("//a[@class='open']/bdi/text()") == ["off"]


@pytest.mark.parametrize("name", ["staff", "client"])
def test_acts_are_for_admins_and_case_managers(desk: World, browse: Callable[..., Browser], name: str) -> None:
    mail_id = add_held(desk)
    values = {"mail": f"{mail_id}~0", "action": "accept"}
    assert browse(name).send("/inbound/acts", values, on="/cases").status_code == 403
    assert state(desk, mail_id) == "held"


def test_nobody_acts_on_a_mail_of_another_tenant(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    mail_id = add_held(desk)
    values = {"mail": f"{mail_id}~0", "action": "discard"}
    page = browse("admin", other_desk).send("/inbound/acts", values, on="/inbound")
    assert "There is no such email." in words(page)
    assert state(desk, mail_id) == "held"


@pytest.mark.parametrize("mail", ["no-id~0", "00000000-0000-7000-8000-000000000001", ""])
def test_a_damaged_form_is_refused(desk: World, browse: Callable[..., Browser], mail: str) -> None:
    values = {"mail": mail, "action": "discard"}
    assert browse("manager").send("/inbound/acts", values, on="/inbound").status_code == 400


def test_the_page_shows_what_a_replay_would_make_of_a_mail_and_nothing_happens(
    console: Console, database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    recipient = reply_address(database, desk, desk.post(database, "staff", "client"), "client")
    raw = f"From: {desk.email('client')}\r\nTo: {recipient}\r\nSubject: Re: A leak\r\n\r\nYes.\r\n".encode()
    key = console.blobs().put(desk.tenant_id, "raw", raw)
    mail_id = add_held(desk, Reason.REPLIES_OFF, "client", recipient=recipient, raw=key)
    manager = browse("manager")
    link = f"/inbound/{mail_id}/what-if"
    assert link in tree(manager.get(f"/inbound/{mail_id}")).xpath("//a/@href")
    page = manager.get(link)
    status = words(page, "//*[@role='status']")
    assert "Message Yes." in words(page)
    assert (
        status == "With the settings of today it would be posted. The result would be different. Nothing was changed."
    )
    assert state(desk, mail_id) == "held"
    assert run(desk, "select count(*) from updates where via = 'email' and case_id = :id", id=desk.case_id) == [(0,)]


def test_the_page_says_when_and_why_an_original_was_deleted(desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_mail(desk, MailState.POSTED, raw="", raw_deleted_at=now(), raw_deleted_by="retention")
    manager = browse("manager")
    page = words(manager.get(f"/inbound/{mail_id}"))
    assert f"The original was deleted on {now():%Y-%m-%d}" in page
    assert "because its time was over" in page
    answer = manager.get(f"/inbound/{mail_id}/original")
    assert answer.status_code == 410
    assert "by retention" in answer.text
