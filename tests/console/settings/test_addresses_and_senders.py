"""Settings > Addresses and senders."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import text

from cases.inbound.answer_signs import LEAST_SCORES
from cases.outgoing import notices
from schemas.records import Verdict
from schemas.tables import Authentication, MailState, SenderVerdict, UnprovenMail, Via, new_id
from storage.database import Database
from tests.builders.rows import add, add_mail, add_update, run
from tests.builders.world import KEYS, World
from tests.console.browser import Browser, Console, tree, words
from tests.console.chromium import fits, log_in

PATH = "/settings/senders"
VALUES = {"reply_days": "365", "grace_days": "30", "authentication": "off", "answer_score": "1"}


def saved(world: World) -> tuple[Any, ...]:
    statement = "select reply_days, grace_days, authentication from tenants where id = :id"
    return tuple(run(world, statement, id=world.tenant_id)[0])


def test_an_admin_sets_how_long_addresses_work_and_what_is_asked_of_senders(
    desk: World, browse: Callable[..., Browser]
) -> None:
    assert saved(desk) == (365, 30, "off")
    admin = browse("admin")
    page = admin.send(PATH, {**VALUES, "reply_days": "0", "grace_days": "7", "authentication": "shadow"})
    assert words(page, "//*[@role='status']") == "The settings are saved."
    assert saved(desk) == (0, 7, "shadow")
    assert tree(page).xpath("//input[@name='authentication'][@checked]/@value") == ["shadow"]
    (act,) = run(desk, "select actor_id, details from audit where subject_id = :id", id=desk.tenant_id)
    assert act.actor_id == desk.people["admin"]
    assert act.details == {
        "reply_days": "365 to 0",
        "grace_days": "30 to 7",
        "authentication": "off to shadow",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"reply_days": "-1"},
        {"reply_days": "99999"},
        {"grace_days": "x"},
        {"authentication": "maybe"},
        {"answer_score": "4"},
        {"answer_score": "-1"},
    ],
)
def test_what_is_no_setting_is_not_saved(desk: World, browse: Callable[..., Browser], wrong: dict[str, str]) -> None:
    values = {"reply_days": "1", "grace_days": "1", "authentication": "off", "answer_score": "1", **wrong}
    assert browse("admin").send(PATH, values).status_code == 400
    assert saved(desk) == (365, 30, "off")


@pytest.mark.parametrize("name", ["manager", "staff", "client"])
def test_nobody_but_an_admin_opens_or_saves_it(desk: World, browse: Callable[..., Browser], name: str) -> None:
    person = browse(name)
    assert person.get(PATH).status_code == 403
    values = {"reply_days": "1", "grace_days": "1", "authentication": "off", "answer_score": "1"}
    assert person.send(PATH, values, on="/cases").status_code == 403


def test_the_page_lists_what_was_not_proven_in_the_last_thirty_days(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    for world, subject, days in ((desk, "new", 1), (desk, "old", 31), (other_desk, "foreign", 1)):
        mail_id = add_mail(world, MailState.POSTED, subject=subject, author="\u202ea@b.example")
        add(world, UnprovenMail(mail_id=mail_id, tenant_id=world.tenant_id, evidence={"signatures": "there is none"}))
        run(
            world,
            "update unproven_mails set noted_at = now() - make_interval(days => :days) where mail_id = :id",
            id=mail_id,
            days=days,
        )
    page = browse("admin").get(PATH)
    assert "[U+202E]a@b.example new signatures: there is none" in words(page, "//tbody")
    assert len(tree(page).xpath("//tbody/tr")) == 1


def test_an_admin_names_the_forwarders_whose_seal_counts(desk: World, browse: Callable[..., Browser]) -> None:
    query = "select arc_sealers from tenants where id = :id"
    assert run(desk, query, id=desk.tenant_id) == [([],)]
    admin = browse("admin")
    page = admin.send(PATH, {**VALUES, "arc_sealers": "Lists.Example.ORG\r\n bücher.example, lists.example.org"})
    assert run(desk, query, id=desk.tenant_id) == [(["lists.example.org", "xn--bcher-kva.example"],)]
    assert words(page, "//textarea[@name='arc_sealers']") == "lists.example.org xn--bcher-kva.example"
    (act,) = run(desk, "select details from audit where subject_id = :id", id=desk.tenant_id)
    assert list(act.details) == ["arc_sealers"]
    admin.send(PATH, {**VALUES, "arc_sealers": ""})
    assert run(desk, query, id=desk.tenant_id) == [([],)]


@pytest.mark.parametrize(
    "wrong", ["a@b.example", "com", "*.example.org", "<script>", "a..b", " ".join(["a.example"] * 21)]
)
def test_what_is_not_a_domain_is_refused_and_nothing_is_saved(
    desk: World, browse: Callable[..., Browser], wrong: str
) -> None:
    page = browse("admin").send(PATH, {**VALUES, "reply_days": "7", "arc_sealers": f"a.example {wrong}"})
    assert page.status_code == 422
    assert "Write at most 20 domains" in words(page, "//*[@role='alert']")
    assert tree(page).xpath("//textarea[@name='arc_sealers']/text()")[0].split()[0] == "a.example"
    assert saved(desk) == (365, 30, "off")


def test_an_admin_says_what_makes_an_answer(desk: World, browse: Callable[..., Browser]) -> None:
    page = browse("admin").send(PATH, {**VALUES, "answer_score": "2"})
    assert run(desk, "select answer_score from tenants where id = :id", id=desk.tenant_id) == [(2,)]
    assert tree(page).xpath("//select[@name='answer_score']/option[@selected]/@value") == ["2"]
    assert LEAST_SCORES[2].startswith("A quote or a reply header")


def test_the_page_shows_what_each_choice_would_have_done_in_the_last_thirty_days(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    page = browse("admin").get(PATH)
    assert "No email was checked in the last 30 days." in words(page, "//*[@aria-labelledby='senders']")
    found = {"proven": 5, "not proven": 3, "disowned": 2, "not covered": 1, "unknown": 1}
    for verdict, mails in found.items():
        for _ in range(mails):
            add(desk, SenderVerdict(mail_id=new_id(), tenant_id=desk.tenant_id, verdict=Verdict(verdict)))
    old = SenderVerdict(mail_id=new_id(), tenant_id=desk.tenant_id, verdict=Verdict.DISOWNED)
    old.noted_at -= timedelta(days=31)
    add(desk, old)
    add(other_desk, SenderVerdict(mail_id=new_id(), tenant_id=other_desk.tenant_id, verdict=Verdict.DISOWNED))
    page = browse("admin").get(PATH)
    assert words(page, "//caption").endswith("the 12 emails checked in the last 30 days")
    found_rows = tree(page).xpath("//table[contains(@class, 'numbers')]//tr")
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in found_rows}
    assert rows == {
        "Choice": ["Posted", "Posted as not verified", "Held"],
        "Recommended": ["5", "4", "3"],
        "Strict": ["5", "0", "7"],
        "Watch": ["12", "0", "0"],
        "Off": ["12", "0", "0"],
    }


def test_an_admin_chooses_what_is_asked_of_senders(desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    for choice in Authentication:
        page = admin.send(PATH, {**VALUES, "authentication": choice.value})
        assert tree(page).xpath("//input[@name='authentication'][@checked]/@value") == [choice.value]
        assert saved(desk) == (365, 30, choice.value)


def test_an_update_says_that_its_sender_is_not_verified(
    desk: World, database: Database, browse: Callable[..., Browser]
) -> None:
    """It says so on the page, to all people who see the update, and in the notice."""
    posted = desk.post(database, "client", "staff", "manager", text="Please pay to this account.")
    path, said = f"/cases/{desk.case_id}", "Nothing proves that this email came from Client."
    assert "Sender not verified" not in browse("client").get(path).text
    run(desk, "update updates set unverified = true, via = 'email' where id = :id", id=posted)
    for name in ("client", "staff", "manager", "admin"):
        article = words(browse(name).get(path), f"//*[@id='u-{posted}']")
        assert ("Sender not verified" in article, said in article) == (True, True)
    with database.tenant(desk.tenant_id) as connection:
        ids = connection.execute(text("select id from update_recipients where update_id = :id"), {"id": posted})
        (notice, *_) = notices.load(connection, list(ids.scalars()), KEYS)
    for part in message_from_bytes(notices.compose(notice, KEYS, "http://console"), policy=SMTP).iter_parts():
        content = " ".join(part.get_content().split())
        assert "sender not verified" in content.lower()
        assert "Check with them before you act on it." in content


def test_the_numbers_and_the_mark_fit_on_a_phone(desk: World, console: Console, phone: Page) -> None:
    add(desk, SenderVerdict(mail_id=new_id(), tenant_id=desk.tenant_id, verdict=Verdict.UNKNOWN))
    add_update(desk, "client", "Please pay to this account.", via=Via.EMAIL, unverified=True, validated=False)
    log_in(phone, console, desk, "admin")
    for path in (PATH, f"/cases/{desk.case_id}"):
        phone.goto(f"{console.url}{path}")
        assert fits(phone), path
