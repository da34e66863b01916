"""The members of a case: who may change them, who is notified, and what removed members can still do."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cases.updates.posting import Posted, Refusal, post_update
from schemas.reasons import Reason
from schemas.records import FilteredMail, Rejection, ValidatedMail
from schemas.tables import Via
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.decisions import decide, reason_of
from tests.builders.rows import run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from workers.post.stage import post


def members(world: World) -> set[str]:
    rows = run(world, "select user_id from case_members where case_id = :id", id=world.case_id)
    names = {person_id: name for name, person_id in world.people.items()}
    return {names[row.user_id] for row in rows}


def acts(world: World) -> list[tuple[str, object, str]]:
    rows = run(world, "select act, actor_id, details from audit where subject_id = :id order by id", id=world.case_id)
    return [(row.act, row.actor_id, row.details["member"]) for row in rows]


def add(browser: Browser, world: World, email: str) -> str:
    path = f"/cases/{world.case_id}"
    page = browser.send(f"{path}/members", {"email": email}, on=path)
    problem = words(page, "//*[@role='alert']")
    assert (page.status_code == 422) is bool(problem)
    return problem


def remove(browser: Browser, world: World, name: str) -> int:
    path = f"/cases/{world.case_id}"
    return browser.send(f"{path}/members/{world.people[name]}/remove", {}, on="/cases").status_code


@pytest.mark.parametrize("who", ["manager", "admin"])
def test_a_client_is_made_a_member_once_is_notified_by_mail_and_sees_the_case(
    desk: World, browse: Callable[..., Browser], who: str
) -> None:
    outsider, path = browse("outsider"), f"/cases/{desk.case_id}"
    assert outsider.get(path).status_code == 404
    worker = browse(who)
    for _ in range(2):
        assert add(worker, desk, f" {desk.email('outsider').upper()} ") == ""
    assert members(desk) == {"client", "member", "archived", "outsider"}
    assert acts(desk) == [("case.member_added", desk.people[who], str(desk.people["outsider"]))]
    letters = run(desk, "select kind, to_email, content from outbox where tenant_id = :id", id=desk.tenant_id)
    assert [(letter.kind, letter.to_email) for letter in letters] == [("assignment", desk.email("outsider"))]
    assert f"{who.title()} has assigned case 2026-7, A leak, to you." in letters[0].content["text"]
    assert letters[0].content["reply_to"].endswith(desk.mail_domain)
    assert outsider.get(path).status_code == 200
    assert desk.email("outsider") in words(worker.get(path), "//section[@aria-labelledby='members-head']//ul")


def test_the_page_says_why_a_person_can_not_be_a_member(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    run(desk, "delete from case_members where case_id = :id", id=desk.case_id)
    manager = browse("manager")
    assert add(manager, desk, "nobody@people.example") == "Nobody here has that address."
    assert add(manager, desk, other_desk.email("client")) == "Nobody here has that address."
    assert add(manager, desk, "") == "Nobody here has that address."
    assert add(manager, desk, desk.email("staff")) == "Staff works here, and sees every case."
    assert add(manager, desk, desk.email("archived")).startswith("The account of Archived is archived")
    assert (members(desk), acts(desk)) == (set(), [])
    assert run(desk, "select 1 from outbox where tenant_id = :id", id=desk.tenant_id) == []


def test_only_clients_who_are_no_members_are_proposed(desk: World, browse: Callable[..., Browser]) -> None:
    proposed = tree(browse("manager").get(f"/cases/{desk.case_id}")).xpath("//datalist[@id='clients']/option/@value")
    assert proposed == [desk.email("outsider")]


def test_a_removed_member_sees_the_case_no_more(desk: World, browse: Callable[..., Browser]) -> None:
    manager, client, path = browse("manager"), browse("client"), f"/cases/{desk.case_id}"
    assert client.get(path).status_code == 200
    for _ in range(2):
        assert remove(manager, desk, "client") == 200
    assert client.get(path).status_code == 404
    assert members(desk) == {"member", "archived"}
    assert acts(desk) == [("case.member_removed", desk.people["manager"], str(desk.people["client"]))]


def test_a_removed_members_answer_is_judged_by_what_they_may_when_it_is_read_and_when_it_is_posted(
    console: Console, database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    resources = Resources(console.settings, database, Blobs(console.settings.blobs.url))
    address = reply_address(database, desk, desk.post(database, "staff", "client"), "client")
    on_its_way = decide(resources, desk, address, desk.email("client"))
    assert isinstance(on_its_way, ValidatedMail)
    manager = browse("manager")
    remove(manager, desk, "client")
    assert reason_of(decide(resources, desk, address, desk.email("client"))) is Reason.NOT_ALLOWED
    (end,) = post([FilteredMail(parsed=on_its_way.parsed, target=on_its_way.target, files=(), left_out=())], resources)
    assert isinstance(end, Rejection)
    assert end.reason is Reason.NOT_ALLOWED
    assert add(manager, desk, desk.email("client")) == ""
    assert isinstance(decide(resources, desk, address, desk.email("client")), ValidatedMail)


def test_a_removed_member_is_not_notified_of_new_updates(
    database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    question = desk.post(database, "staff", "client", "member")
    remove(browse("manager"), desk, "client")
    with database.tenant(desk.tenant_id) as connection:
        answer = replace(desk.draft("member"), recipients=None, answers=question, via=Via.EMAIL)
        posted = post_update(connection, answer)
        refused = post_update(connection, desk.draft("client"))
    assert isinstance(posted, Posted)
    assert set(posted.notified) == {desk.people["staff"], desk.people["manager"]}
    assert isinstance(refused, Refusal)


@pytest.mark.parametrize("name", ["staff", "client"])
def test_members_are_for_admins_and_case_managers(desk: World, browse: Callable[..., Browser], name: str) -> None:
    person, path = browse(name), f"/cases/{desk.case_id}"
    assert desk.email("member") not in words(person.get(path))
    assert person.send(f"{path}/members", {"email": desk.email("outsider")}, on=path).status_code == 403
    assert remove(person, desk, "member") == 403
    assert members(desk) == {"client", "member", "archived"}


def test_nobody_changes_the_members_of_a_case_of_another_tenant(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    admin = browse("admin", other_desk)
    values = {"email": other_desk.email("client")}
    assert admin.send(f"/cases/{desk.case_id}/members", values, on="/cases").status_code == 404
    assert remove(admin, desk, "client") == 404
    assert members(desk) == {"client", "member", "archived"}
