"""Settings > Addresses and Senders."""

from collections.abc import Callable
from typing import Any

import pytest

from console.senders_page import ANSWERS
from schemas.tables import MailState, UnprovenMail
from tests.console.browser import Browser, add, add_mail, run, tree, words
from tests.world import World

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
def test_what_is_no_domain_is_told_and_nothing_is_saved(
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
    assert ANSWERS[2].startswith("A quote or a reply header")
