"""The inbox: rows name the case that was meant, families of reasons narrow the list, and names and cases are found."""

from collections.abc import Callable

from schemas.reasons import Reason
from schemas.tables import MailState, Via, now
from storage.database import Database
from tests.builders.addresses import reply_address
from tests.builders.rows import add_mail, add_update, run
from tests.builders.world import World
from tests.console.browser import Browser, tree, words
from tests.console.held_mails import add_held


def listed(browser: Browser, **query: str) -> list[str]:
    found: list[str] = tree(browser.get("/inbound", **query)).xpath("//a[@class='open']/bdi/text()")
    return found


def test_a_row_names_the_case_that_was_meant_and_who_wrote(
    database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    recipient = reply_address(database, desk, desk.post(database, "staff", "client"), "client")
    posted = add_mail(desk, MailState.POSTED, ended_at=now(), author=desk.email("client"))
    add_update(desk, "client", "Thursday is fine.", via=Via.EMAIL, mail_id=posted)
    add_held(desk, Reason.AUTHOR_UNKNOWN, author="nobody", recipient=recipient)
    add_held(desk, Reason.MISTYPED_ADDRESS, evidence={"did you mean": "case 2026-7"})
    add_held(desk, Reason.UNKNOWN_ADDRESS)
    found = tree(browse("manager").get("/inbound")).xpath("//li[@data-mail]")
    rows = [" ".join(row.text_content().split()) for row in found]
    unknown, mistyped, stranger, post = rows
    assert "2026-7" not in unknown
    assert "2026-7" in mistyped
    assert "Mistyped address" in mistyped
    assert "2026-7" in stranger
    assert "Unknown address" in stranger
    assert post.startswith("Client ")
    assert "Thursday is fine. 2026-7" in post


def test_a_family_of_reasons_narrows_the_list_and_the_way_through_it(
    desk: World, browse: Callable[..., Browser]
) -> None:
    for number, reason in enumerate((Reason.BOUNCE, Reason.AUTHOR_UNKNOWN, Reason.AUTO_REPLY)):
        add_held(desk, reason, subject=f"mail {number}")
    manager = browse("manager")
    page = manager.get("/inbound", state="held")
    assert words(page, "//nav[@aria-label='Filter']") == "All 3 Unknown sender 1 Automatic 2"
    (automatic,) = tree(page).xpath("//nav[@aria-label='Filter']/a[contains(., 'Automatic')]/@href")
    narrowed = manager.get(automatic)
    links = tree(narrowed).xpath("//a[@class='open']/@href")
    assert listed(manager, state="held", family="automatic") == ["mail 2", "mail 0"]
    first = manager.get(links[0])
    assert "1 of 2" in words(first, "//nav[@aria-label='Held emails']")
    assert tree(first).xpath("//nav[@aria-label='Held emails']/a/@href") == [links[1]]


def test_emails_are_found_by_the_name_of_their_sender_and_by_their_case(
    desk: World, browse: Callable[..., Browser]
) -> None:
    run(desk, "update users set name = 'Rosa Lindqvist' where id = :id", id=desk.people["client"])
    posted = add_mail(desk, MailState.POSTED, ended_at=now(), subject="one", author=desk.email("client"))
    add_update(desk, "client", "Yes.", via=Via.EMAIL, mail_id=posted)
    add_held(desk, Reason.MISTYPED_ADDRESS, subject="two", evidence={"did you mean": "case 2026-7"})
    add_held(desk, subject="three")
    manager = browse("manager")
    assert listed(manager, q="lindq") == ["one"]
    assert listed(manager, q="2026-7") == ["two", "one"]
    assert listed(manager, q="2026-70") == []


def test_the_case_that_was_meant_is_filled_in_and_suggested(desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_held(desk, Reason.MISTYPED_ADDRESS, evidence={"did you mean": "case 2026-7"})
    page = browse("manager").get(f"/inbound/{mail_id}")
    assert words(page, "//section[contains(@class, 'suggest')]//h2") == "Move to 2026-7"
    assert tree(page).xpath("//input[@name='case_number']/@value") == ["2026-7"]
    assert f"/cases/{desk.case_id}" in tree(page).xpath("//main//a/@href")


def test_a_reason_that_a_later_version_wrote_is_shown_by_its_name(desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_held(desk)
    run(desk, "update mails set reason = 'not_of_today' where id = :id", id=mail_id)
    admin = browse("admin")
    assert "Not of today" in words(admin.get("/inbound?state=held"))
    assert "Not of today" in words(admin.get(f"/inbound/{mail_id}"))
