"""A waiting update is returned to its author or rejected, with a note; internal updates are marked as such."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from tests.builders.rows import add_update, run
from tests.builders.world import World
from tests.console.access_groups import STAFF, add_group, notified, only_update, post, set_default, texts, validate
from tests.console.browser import Browser, tree, words


def decide(browser: Browser, world: World, decision: str, note: str = "Whose pipe?") -> str:
    path = f"/cases/{world.case_id}/updates/{only_update(world).id}/decision"
    page = browser.send(path, {"decision": decision, "note": note}, on="/cases")
    return words(page, "//*[@data-message]/p[1]") or str(page.status_code)


def acts(world: World) -> list[tuple[str, object, dict[str, str]]]:
    query = "select act, actor_id, details from audit where subject_id = :id order by at, id"
    return [tuple(row) for row in run(world, query, id=only_update(world).id)]


@pytest.mark.parametrize("decision", ["returned", "rejected"])
def test_what_waits_is_returned_or_rejected_and_its_author_is_mailed_why(
    desk: World,
    browse: Callable[..., Browser],
    letters_of: Callable[[World], list[EmailMessage]],
    decision: str,
) -> None:
    set_default(desk, require_validation=True)
    client, manager = browse("client"), browse("manager")
    post(client, desk, "The pipe again", None, "member")
    assert decide(manager, desk, decision) == f"The update is {decision}. Its author is mailed your note."
    page = client.get(f"/cases/{desk.case_id}")
    assert "Whose pipe?" in words(page, "//article")
    assert texts(browse("member"), desk) == ""
    assert texts(browse("staff"), desk) == ""
    assert "Awaiting approval" not in words(manager.get("/cases"))
    assert notified(desk) == set()
    (letter,) = letters_of(desk)
    assert letter["To"] == desk.email("client")
    assert letter["Subject"] == f"[2026-7] Your update was {decision}"
    text = letter.get_content()
    assert "Whose pipe?" in text
    assert "> The pipe again" in text
    assert f"/cases/{desk.case_id}?tenant={desk.slug}#u-{only_update(desk).id}" in text
    assert acts(desk)[1:] == [(f"update.{decision}", desk.people["manager"], {"note": "Whose pipe?"})]


def test_a_decision_stands_until_a_person_changes_it(desk: World, browse: Callable[..., Browser]) -> None:
    set_default(desk, require_validation=True)
    post(browse("client"), desk, "The pipe again", None, "member")
    manager = browse("manager")
    decide(manager, desk, "returned")
    assert decide(browse("admin"), desk, "returned") == "Not done. That update does not wait any more."
    decide(browse("admin"), desk, "rejected", "No.")
    assert len(only_update(desk).to_tell) == 2
    assert (only_update(desk).decision, only_update(desk).decision_note) == ("rejected", "No.")
    validate(manager, desk)
    assert (only_update(desk).validated, only_update(desk).decision) == (True, "")
    assert notified(desk) == {desk.email("member"), desk.email("manager")}
    assert texts(browse("member"), desk) == "The pipe again"
    assert decide(manager, desk, "rejected") == "Not done. That update does not wait any more."


@pytest.mark.parametrize("name", ["staff", "client", "member", "outsider"])
def test_only_who_may_validate_returns_or_rejects(desk: World, browse: Callable[..., Browser], name: str) -> None:
    set_default(desk, require_validation=True)
    post(browse("client"), desk, "The pipe again", None)
    assert decide(browse(name), desk, "rejected") == "403"
    assert only_update(desk).decision == ""


def test_nobody_decides_in_another_tenant_or_without_a_note(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    set_default(desk, require_validation=True)
    post(browse("client"), desk, "The pipe again", None)
    assert decide(browse("admin", other_desk), desk, "rejected") == "404"
    assert "Write to its author why" in decide(browse("manager"), desk, "rejected", " ")
    assert only_update(desk).decision == ""


def test_an_internal_update_looks_unlike_one_that_clients_see(desk: World, browse: Callable[..., Browser]) -> None:
    add_update(desk, "staff", "among us", access_group_id=add_group(desk, may_see=STAFF))
    add_update(desk, "staff", "for all")
    page = tree(browse("staff").get(f"/cases/{desk.case_id}"))
    classes = {
        article.xpath("string(.//div[@class='text'])"): "internal" in article.get("class")
        for article in page.xpath("//article")
    }
    assert classes == {"among us": True, "for all": False}
    assert "internal" not in browse("client").get(f"/cases/{desk.case_id}").text.split("Updates")[1]


def test_a_group_that_nothing_is_posted_in_is_deleted(desk: World, browse: Callable[..., Browser]) -> None:
    made = add_group(desk, "Old", may_see=STAFF)
    admin = browse("admin")
    page = admin.send(f"/settings/access-groups/{made}/remove", {}, on="/settings/access-groups")
    assert words(page, "//*[@data-message='done']/p") == "The access group is deleted."
    assert run(desk, "select id from access_groups where id = :id", id=made) == []
    (act,) = run(desk, "select act, details from audit where subject_id = :id", id=made)
    assert tuple(act) == ("access_group.removed", {"name": "Old"})


def test_the_updates_of_a_deleted_group_move_to_one_that_nobody_more_sees(
    desk: World, browse: Callable[..., Browser]
) -> None:
    old, narrow = add_group(desk, "Old", may_see=STAFF), add_group(desk, "Narrow", may_see=STAFF[:2])
    wide = add_group(desk, "Wide")
    update = add_update(desk, "staff", "among us", access_group_id=old)
    admin = browse("admin")

    def remove(**values: str) -> str:
        page = admin.send(f"/settings/access-groups/{old}/remove", values, on="/settings/access-groups")
        return words(page, "//*[@data-message]/p")

    form = tree(admin.get("/settings/access-groups")).xpath(f"//form[contains(@action, '{old}/remove')]")[0]
    assert form.xpath(".//option/@value") == ["", str(narrow)]
    assert "choose the group that they move to" in remove()
    assert "nobody sees who does not see them now" in remove(into=str(wide))
    assert "nobody sees who does not see them now" in remove(into=str(old))
    assert run(desk, "select access_group_id from updates where id = :id", id=update) == [(old,)]
    assert remove(into=str(narrow)) == "The access group is deleted."
    assert run(desk, "select access_group_id from updates where id = :id", id=update) == [(narrow,)]


def test_the_default_group_and_those_of_others_are_not_deleted(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    made, foreign = add_group(desk, is_default=False), add_group(other_desk)
    ((default,),) = run(desk, "select id from access_groups where tenant_id = :id and is_default", id=desk.tenant_id)
    admin, on = browse("admin"), "/settings/access-groups"
    assert "default group" in words(admin.send(f"{on}/{default}/remove", {}, on=on), "//*[@data-message='problem']")
    assert admin.send(f"{on}/{foreign}/remove", {}, on=on).status_code == 404
    assert browse("manager").send(f"{on}/{made}/remove", {}, on="/cases").status_code == 403
    assert len(run(desk, "select id from access_groups where id = any(:ids)", ids=[made, foreign, default])) == 3
