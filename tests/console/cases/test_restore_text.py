"""Text that was cut from a mail is shown folded, and can be put back into the update."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from cases.updates.posting_rules import MAX_TEXT
from schemas.tables import AccessGroup, Via
from tests.builders.rows import add, add_update, run
from tests.builders.world import World
from tests.console.browser import Browser, tree, words

QUOTE = "On Monday Staff wrote:\n> What news?\n> Tell us."


@pytest.fixture
def update_id(desk: World) -> UUID:
    cut = [
        {"kind": "quote", "before": 4, "text": QUOTE, "confidence": 0.9},
        {"kind": "signature", "before": 4, "text": "Sent from my iPhone", "confidence": 0.9},
    ]
    return add_update(desk, "client", "Yes.", via=Via.EMAIL, cut=cut)


def put_back(browser: Browser, world: World, update_id: UUID, number: int = 0) -> int:
    """Presses the button; returns the status of the next page."""
    path = f"/cases/{world.case_id}/updates/{update_id}/cuts/{number}"
    return browser.send(path, {}, on="/cases").status_code


def shown(browser: Browser, world: World) -> tuple[str, list[str]]:
    """Returns the update's text as the page shows it, and the summaries of the folded parts."""
    page = browser.get(f"/cases/{world.case_id}")
    text: str = tree(page).xpath("//article//div[@class='text']")[0].text_content()
    folds = tree(page).xpath("//article//details[contains(@class, 'quoted')]/summary")
    return text, [fold.text_content() for fold in folds]


def acts(world: World, update_id: UUID) -> list[tuple[str, UUID, dict[str, str]]]:
    query = "select act, actor_id, details from audit where subject_id = :id order by at"
    return [tuple(row) for row in run(world, query, id=update_id)]


def test_a_cut_is_folded_with_what_it_is_and_goes_back_by_a_button(
    desk: World, update_id: UUID, browse: Callable[..., Browser]
) -> None:
    member = browse("client")
    text, folds = shown(member, desk)
    assert text == "Yes."
    assert folds == ["Show 3 lines of quoted text", "Show 1 line of a signature"]
    page = member.get(f"/cases/{desk.case_id}")
    action = tree(page).xpath("//article//details[1]/form/@action")[0]
    done = member.send(action, {"before": ""}, on=f"/cases/{desk.case_id}")
    assert done.status_code == 200
    assert "The text is back in the update." in done.text
    text, folds = shown(member, desk)
    assert text == f"Yes.\n{QUOTE}"
    assert folds == ["Show 1 line of a signature"]
    details = {"kind": "quote", "characters": str(len(QUOTE)), "number": "0"}
    assert acts(desk, update_id) == [("update.cut_restored", desk.people["client"], details)]


def test_a_cut_goes_back_once_however_often_and_by_however_many(
    desk: World, update_id: UUID, browse: Callable[..., Browser]
) -> None:
    browsers = [browse("staff") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda browser: put_back(browser, desk, update_id, 1), browsers))
    assert codes == [200] * 4
    assert shown(browsers[0], desk)[0] == "Yes.\nSent from my iPhone"
    assert len(acts(desk, update_id)) == 1


@pytest.mark.parametrize("name", ["outsider", "admin of another tenant"])
def test_who_may_not_see_the_case_changes_nothing(
    desk: World, other_desk: World, update_id: UUID, browse: Callable[..., Browser], name: str
) -> None:
    stranger = browse("outsider") if name == "outsider" else browse("admin", other_desk)
    assert put_back(stranger, desk, update_id) == 404
    assert run(desk, "select text from updates where id = :id", id=update_id) == [("Yes.",)]
    assert acts(desk, update_id) == []


def test_on_a_closed_case_there_is_no_button_and_it_does_nothing(
    desk: World, update_id: UUID, browse: Callable[..., Browser]
) -> None:
    run(desk, "update cases set open = false where id = :id", id=desk.case_id)
    staff = browse("staff")
    assert tree(staff.get(f"/cases/{desk.case_id}")).xpath("//article//details/form") == []
    assert put_back(staff, desk, update_id) == 200
    assert shown(staff, desk)[0] == "Yes."


@pytest.mark.parametrize("number", [-1, 2, 99])
def test_the_page_says_when_there_is_no_such_cut(
    desk: World, update_id: UUID, browse: Callable[..., Browser], number: int
) -> None:
    staff = browse("staff")
    page = staff.send(f"/cases/{desk.case_id}/updates/{update_id}/cuts/{number}", {}, on="/cases")
    assert "There is no such text." in page.text
    assert acts(desk, update_id) == []


def test_a_text_does_not_grow_beyond_what_the_form_takes(desk: World, browse: Callable[..., Browser]) -> None:
    cut = [{"kind": "quote", "before": 1, "text": "x" * MAX_TEXT, "confidence": 0.9}]
    update_id = add_update(desk, "client", "a", via=Via.EMAIL, cut=cut)
    staff = browse("staff")
    page = staff.send(f"/cases/{desk.case_id}/updates/{update_id}/cuts/0", {}, on="/cases")
    assert "longer than 50,000 characters" in page.text
    assert shown(staff, desk)[0] == "a"


def test_an_update_of_another_case_is_not_found(
    desk: World, other_desk: World, update_id: UUID, browse: Callable[..., Browser]
) -> None:
    foreign = add_update(other_desk, "client", "b", cut=[{"kind": "quote", "before": 1, "text": "x", "confidence": 1}])
    assert put_back(browse("staff"), desk, foreign) == 404


def test_the_author_and_the_staff_put_cut_text_back_and_no_other_client_does(
    desk: World, update_id: UUID, browse: Callable[..., Browser]
) -> None:
    member = browse("member")
    page = member.get(f"/cases/{desk.case_id}")
    assert tree(page).xpath("//article//details/summary"), "they may read it"
    assert tree(page).xpath("//article//details/form") == []
    refused = member.send(f"/cases/{desk.case_id}/updates/{update_id}/cuts/0", {}, on="/cases")
    assert "Only its author" in words(refused, "//*[@role='alert']")
    assert run(desk, "select text from updates where id = :id", id=update_id) == [("Yes.",)]
    assert acts(desk, update_id) == []
    put_back(browse("staff"), desk, update_id)
    assert shown(member, desk)[0] == f"Yes.\n{QUOTE}"


def test_what_was_put_back_is_taken_out_again_and_the_update_says_who_edited_it(
    desk: World, update_id: UUID, browse: Callable[..., Browser]
) -> None:
    staff = browse("staff")
    put_back(staff, desk, update_id, 0)
    put_back(staff, desk, update_id, 1)
    page = staff.get(f"/cases/{desk.case_id}")
    assert words(page, "//*[contains(@class, 'edited')]").startswith("Edited by Staff, 20")
    assert (
        words(page, "//button[@name='undo']")
        == "Undo: take the quoted text out again Undo: take the signature out again"
    )
    path = f"/cases/{desk.case_id}/updates/{update_id}/cuts/0"
    done = browse("client").send(path, {"undo": "true"}, on="/cases")
    assert "The text is as it was before." in words(done, "//*[@role='status']")
    assert shown(staff, desk)[0] == "Yes.\nSent from my iPhone"
    assert "Edited by Client" in words(staff.get(f"/cases/{desk.case_id}"), "//*[contains(@class, 'edited')]")
    staff.send(f"/cases/{desk.case_id}/updates/{update_id}/cuts/1", {"undo": "true"}, on="/cases")
    assert shown(staff, desk)[0] == "Yes."
    assert [act for act, *_ in acts(desk, update_id)] == [*["update.cut_restored"] * 2, *["update.cut_removed"] * 2]


def test_nobody_puts_unvalidated_text_into_an_update_that_was_validated(
    desk: World, update_id: UUID, browse: Callable[..., Browser]
) -> None:
    run(desk, "update access_groups set require_validation = true where tenant_id = :id", id=desk.tenant_id)
    for name, expected in (("client", "Yes."), ("staff", "Yes."), ("manager", f"Yes.\n{QUOTE}")):
        put_back(browse(name), desk, update_id)
        assert run(desk, "select text from updates where id = :id", id=update_id) == [(expected,)]


def test_text_that_was_put_back_is_seen_by_nobody_who_does_not_see_the_update(
    desk: World, browse: Callable[..., Browser]
) -> None:
    internal = AccessGroup(tenant_id=desk.tenant_id, name="Internal", may_see=["admin", "case_manager", "staff"])
    add(desk, internal)
    cut = [{"kind": "quote", "before": 4, "text": QUOTE, "confidence": 0.9}]
    hidden = add_update(desk, "staff", "Yes.", via=Via.EMAIL, cut=cut, access_group_id=internal.id)
    assert put_back(browse("client"), desk, hidden) == 404
    assert put_back(browse("manager"), desk, hidden) == 200
    assert "What news?" in browse("staff").get(f"/cases/{desk.case_id}").text
    assert "What news?" not in browse("client").get(f"/cases/{desk.case_id}").text
    assert run(desk, "select 1 from outbox where tenant_id = :id and kind <> 'security'", id=desk.tenant_id) == []
