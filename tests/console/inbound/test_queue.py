"""The queue of held mails: counted on every page, and worked through mail by mail."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest

from schemas.reasons import Reason
from schemas.tables import MailState
from storage.database import Database
from tests.builders.addresses import reply_address
from tests.builders.rows import add_mail, run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from tests.console.held_mails import add_held, press, state

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def three(world: World) -> list[UUID]:
    """Adds three held mails; returns their ids, the newest first. The second is an inbound message."""
    reasons = (Reason.AUTHOR_UNKNOWN, Reason.NOT_RELATED, Reason.NOT_A_RECIPIENT)
    return [
        add_held(world, reason, subject=f"mail {number}", received_at=AT - timedelta(hours=number))
        for number, reason in enumerate(reasons)
    ]


def tabs(browser: Browser) -> str:
    return words(browser.get("/inbound"), "//nav[@aria-label='Inbox']")


def navigation(browser: Browser, path: str) -> str:
    return words(browser.get(path), "//nav[@aria-label='Main']/ul")


@pytest.mark.parametrize("name", ["admin", "manager"])
def test_the_navigation_of_every_page_shows_how_many_mails_wait(
    desk: World, other_desk: World, browse: Callable[..., Browser], name: str
) -> None:
    add_held(other_desk)
    add_mail(desk, MailState.POSTED)
    person = browse(name)
    assert navigation(person, "/cases").startswith("Inbox Cases")
    three(desk)
    assert "Inbox 3 waiting" in navigation(person, "/cases")
    assert tabs(person) == "Needs review 2 waiting New matters 1 waiting All email 4 in all"


@pytest.mark.parametrize("name", ["staff", "client"])
def test_who_does_not_decide_sees_no_number(desk: World, browse: Callable[..., Browser], name: str) -> None:
    three(desk)
    assert "waiting" not in navigation(browse(name), "/cases")


def test_the_lists_of_held_mails_and_of_inbound_messages_are_named_as_such(
    desk: World, browse: Callable[..., Browser]
) -> None:
    three(desk)
    manager = browse("manager")
    for query, name in (
        ("", "All email"),
        ("?state=held", "Needs review"),
        ("?state=held&reason=not_related", "New matters"),
    ):
        page = manager.get(f"/inbound{query}")
        assert words(page, "//h1") == "Inbox"
        assert words(page, "//nav[@aria-label='Inbox']/a[@aria-current]").startswith(name)
        assert words(page, "//title") == f"{name} · casemail"
        assert words(page, "//nav[@aria-label='Main']//a[@aria-current]").startswith("Inbox")


def test_after_a_decision_the_next_held_mail_is_shown_with_what_was_done(
    desk: World, browse: Callable[..., Browser]
) -> None:
    first, second, third = three(desk)
    manager = browse("manager")
    (back,) = set(tree(manager.get(f"/inbound/{first}")).xpath("//input[@name='back']/@value"))
    page = press(manager, first, "discard", back=back)
    assert page.url.path == f"/inbound/{third}"
    assert words(page, "//*[@role='status']") == "1 email discarded. See that email"
    assert tree(page).xpath("//*[@role='status']//a/@href") == [f"/inbound/{first}"]
    assert words(page, "//h1") == "mail 2"
    assert (state(desk, first), state(desk, second), state(desk, third)) == ("dropped", "held", "held")


def test_after_the_last_one_the_list_shows_what_is_left(desk: World, browse: Callable[..., Browser]) -> None:
    *_, third = three(desk)
    page = press(browse("manager"), third, "discard", back=f"/inbound/{third}/next")
    assert (page.url.path, page.url.query) == ("/inbound", b"state=held")
    assert "1 email discarded." in words(page)
    assert len(tree(page).xpath("//li[@data-mail]")) == 1


def test_a_mail_is_counted_in_one_badge_and_is_in_one_list(desk: World, browse: Callable[..., Browser]) -> None:
    three(desk)
    manager = browse("manager")
    here = tree(manager.get("/inbound", state="held")).xpath("//a[@class='open']/bdi/text()")
    there = tree(manager.get("/inbound", state="held", reason="not_related")).xpath("//a[@class='open']/bdi/text()")
    assert (here, there) == (["mail 0", "mail 2"], ["mail 1"])


@pytest.mark.parametrize(
    ("held", "messages", "shown"),
    [
        (1_200, 3, "Needs review 999+ waiting New matters 3 waiting"),
        (4, 1_200, "Needs review 4 waiting New matters 999+ waiting"),
    ],
)
def test_the_badges_are_right_over_a_thousand_held_mails(
    desk: World, browse: Callable[..., Browser], held: int, messages: int, shown: str
) -> None:
    many = """
    insert into mails (id, tenant_id, batch_id, content_key, source_ref, raw, size, recipient, sender,
        received_at, state, emissions, reason, evidence, author, subject, run, raw_deleted_by, whole_size)
    select gen_random_uuid(), :tenant, gen_random_uuid(), decode(md5(:reason || n), 'hex'), '', 'raw', 1, '', '', now(),
        'held', 0, :reason, '{}', '', '', 0, '', 0 from generate_series(1, :many) n"""
    for reason, number in (("unreadable", held), ("not_related", messages)):
        run(desk, many, tenant=desk.tenant_id, reason=reason, many=number)
    assert tabs(browse("manager")).startswith(shown)


def test_a_queue_of_one_reason_stays_one_of_that_reason(desk: World, browse: Callable[..., Browser]) -> None:
    _, message, _ = three(desk)
    older = add_held(desk, Reason.NOT_RELATED, received_at=AT - timedelta(days=1))
    manager = browse("manager")
    listed = tree(manager.get("/inbound", state="held", reason="not_related"))
    links = listed.xpath("//a[@class='open']/@href")
    assert links == [f"/inbound/{mail}?reason=not_related" for mail in (message, older)]
    page = tree(manager.get(links[0]))
    assert page.xpath("//nav[@aria-label='Held emails']/a/@href") == [links[1]]
    (back,) = set(page.xpath("//input[@name='back']/@value"))
    assert press(manager, message, "discard", back=back).url.path == f"/inbound/{older}"


def test_a_refusal_is_shown_on_the_page_of_the_mail(desk: World, browse: Callable[..., Browser]) -> None:
    first, *_ = three(desk)
    page = press(browse("manager"), first, "attach", case_number="none", back=f"/inbound/{first}/next")
    assert page.status_code == 409
    assert "There is no such case." in words(page, "//*[@role='alert']")


def test_the_next_mail_after_one_of_another_tenant_is_not_found(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    three(desk)
    assert browse("manager").get(f"/inbound/{add_held(other_desk)}/next").status_code == 404


def test_what_its_author_wrote_is_asked_for_by_the_page_of_a_held_mail(
    console: Console, database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    recipient = reply_address(database, desk, desk.post(database, "staff", "client"), "client")
    raw = f"From: {desk.email('member')}\r\nTo: {recipient}\r\nSubject: x\r\n\r\nThe key is under the mat.\r\n"
    key = console.blobs().put(desk.tenant_id, "raw", raw.encode())
    mail_id = add_held(desk, recipient=recipient, raw=key)
    manager = browse("manager")
    (place,) = tree(manager.get(f"/inbound/{mail_id}")).xpath("//*[@id='words']")
    assert (place.get("hx-trigger"), place.get("hx-select")) == ("load", "#words")
    shown = words(manager.get(place.get("hx-get")), "//*[@id='words']")
    assert shown.startswith("Message The key is under the mat.")


def test_a_held_mail_shows_its_files_its_quotes_and_its_other_recipients(
    console: Console, database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    recipient = reply_address(database, desk, desk.post(database, "staff", "client"), "client")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Cc"] = desk.email("nobody"), recipient, "boss@people.example"
    mail["Subject"], mail["Date"], mail["In-Reply-To"] = "Re: x", "Sun, 01 Mar 2026 12:00:00 +0000", "<1@x.example>"
    mail.set_content(
        "The key is under the mat.\n\nOn Mon, Mar 2, 2026 at 9:00 AM Staff <s@x.example> wrote:\n> What news?\n"
    )
    mail.add_attachment(b"plain words", maintype="text", subtype="plain", filename="notes.txt")
    mail.add_attachment(b"MZ" + bytes(98), maintype="application", subtype="octet-stream", filename="setup.exe")
    key = console.blobs().put(desk.tenant_id, "raw", mail.as_bytes())
    mail_id = add_held(desk, Reason.AUTHOR_UNKNOWN, author="nobody", recipient=recipient, raw=key)
    page = browse("manager").get(f"/inbound/{mail_id}/what-if")
    assert words(page, "//*[@id='words']/div/div[@class='text']") == "The key is under the mat."
    whole = words(page, "//*[@id='words']//details[contains(@class, 'quoted')]/div")
    assert whole == "The key is under the mat. On Mon, Mar 2, 2026 at 9:00 AM Staff <s@x.example> wrote: > What news?"
    notes, setup = (" ".join(item.text_content().split()) for item in tree(page).xpath("//*[@class='seen-files']/li"))
    assert notes == "notes.txt 11 Bytes"
    assert setup.startswith("setup.exe 100 Bytes would be left out: files of type 'exe' are not supported")
    assert "Copies to boss@people.example" in words(page, "//*[@id='words']//dl")
    assert run(desk, "select 1 from stored_contents where tenant_id = :id", id=desk.tenant_id) == []


@pytest.mark.parametrize(
    ("subject", "offered"),
    [("Re: [2026-7] A leak", "2026-7"), ("Re: 2026-70, not that one", ""), ("Re: A leak", ""), ("X2026-7", "")],
)
def test_the_case_that_the_subject_names_is_offered_to_be_attached_to(
    desk: World, browse: Callable[..., Browser], subject: str, offered: str
) -> None:
    page = browse("manager").get(f"/inbound/{add_held(desk, subject=subject)}")
    assert tree(page).xpath("//input[@name='case_number']/@value") == [offered]
