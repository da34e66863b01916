"""Settings > Templates, and the pages on which the console uses their texts."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from schemas.tables import AccessGroup, new_id
from storage.database import Database
from tests.builders.rows import ACTS, add, run
from tests.builders.world import World
from tests.console.browser import Browser, tree, words

PATH = "/settings/templates"


def acts(world: World) -> list[tuple[str, dict[str, str]]]:
    rows = run(world, f"select act, details from {ACTS} order by at", id=world.tenant_id)
    return [(row.act, row.details) for row in rows]


def test_an_admin_writes_changes_and_removes_a_preset_and_each_act_is_in_the_audit(
    desk: World, browse: Callable[..., Browser]
) -> None:
    admin = browse("admin")
    preset = {"kind": "preset", "name": "Hello"}
    for text in ("Case {{Case.case_number}}", "On {{Case.title}}"):
        assert words(admin.send(PATH, preset | {"text": text}), "//*[@role='status']") == "The text is saved."
    assert "On {{Case.title}}" in words(admin.get(PATH), "//textarea")
    assert "Case {{Case.case_number}}" not in words(admin.get(PATH), "//textarea")
    assert words(admin.send(PATH, preset | {"text": ""}), "//*[@role='status']") == "The text is removed."
    assert "Hello" not in words(admin.get(PATH))
    assert acts(desk) == [(f"template.{act}", preset) for act in ("saved", "saved", "removed")]


def use_preset(browser: Browser, world: World, preset: str, text: str, **more: Any) -> httpx.Response:
    """Presses the button that adds the text of a preset; returns the next page."""
    page = f"/cases/{world.case_id}"
    return browser.send(f"{page}/preset", {"update_id": str(new_id()), "preset": preset, "text": text, **more}, on=page)


def test_a_preset_fills_the_form_of_an_update(desk: World, browse: Callable[..., Browser]) -> None:
    text = "Hello, this is {{Author.name}} on {{Case.case_number}}. <b>"
    browse("admin").send(PATH, {"kind": "preset", "name": "Greeting", "text": text})
    staff = browse("staff")
    (preset,) = tree(staff.get(f"/cases/{desk.case_id}")).xpath("//select[@name='preset']/option")
    assert preset.text == "Greeting"
    filled = use_preset(staff, desk, preset.get("value"), "")
    assert words(filled, "//textarea[@name='text']") == "Hello, this is Staff on 2026-7. <b>"


def test_a_preset_comes_below_what_was_typed_and_leaves_recipients_and_group_as_they_are(
    database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    desk.post(database, "admin", "client", "member")
    internal = AccessGroup(tenant_id=desk.tenant_id, name="Internal", may_see=["admin", "case_manager", "staff"])
    add(desk, internal)
    browse("admin").send(PATH, {"kind": "preset", "name": "Greeting", "text": "Hello"})
    ((preset,),) = run(desk, "select id from templates where tenant_id = :id", id=desk.tenant_id)
    chosen = {"recipients": [str(desk.people["member"])], "access_group": str(internal.id)}
    page = use_preset(browse("staff"), desk, str(preset), "Half a sentence", **chosen)
    assert words(page, "//textarea[@name='text']") == "Half a sentence Hello"
    assert tree(page).xpath("//input[@name='recipients'][@checked]/@value") == [str(desk.people["member"])]
    assert tree(page).xpath("//select[@name='access_group']/option[@selected]/@value") == [str(internal.id)]


def test_clients_are_not_offered_the_presets_of_the_staff(desk: World, browse: Callable[..., Browser]) -> None:
    browse("admin").send(PATH, {"kind": "preset", "name": "Greeting", "text": "A word for colleagues"})
    ((preset,),) = run(desk, "select id from templates where tenant_id = :id", id=desk.tenant_id)
    client = browse("client")
    assert "Greeting" not in client.get(f"/cases/{desk.case_id}").text
    answer = use_preset(client, desk, str(preset), "")
    assert (answer.status_code, "A word for colleagues" in answer.text) == (404, False)


def test_what_is_wrong_is_said_with_the_variables_and_what_was_typed_stays(
    desk: World, browse: Callable[..., Browser]
) -> None:
    admin = browse("admin")
    refused = admin.send(PATH, {"kind": "notice_intro", "text": "On {{Case.nummer}}"})
    assert refused.status_code == 422
    assert "{{Case.nummer}} is not known here. Known are: {{Case.case_number}}" in words(refused, "//*[@role='alert']")
    assert "On {{Case.nummer}}" in words(refused, "//textarea")
    assert admin.send(PATH, {"kind": "preset", "name": " ", "text": "x"}).status_code == 422
    assert "{{Case.email_address}} the email address of the case" in words(admin.get(PATH), "//dl")
    assert acts(desk) == []


@pytest.mark.parametrize("name", ["manager", "staff", "client"])
def test_nobody_but_an_admin_opens_or_saves_templates(desk: World, browse: Callable[..., Browser], name: str) -> None:
    person = browse(name)
    assert person.get(PATH).status_code == 403
    assert person.send(PATH, {"kind": "preset", "name": "a", "text": "b"}, on="/cases").status_code == 403


def test_a_preset_of_another_tenant_is_nobody_elses(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    browse("admin", other_desk).send(PATH, {"kind": "preset", "name": "Theirs", "text": "A secret"})
    (preset,) = run(desk, "select id from templates where tenant_id = :id", id=other_desk.tenant_id)
    page = use_preset(browse("staff"), desk, str(preset.id), "")
    assert page.status_code == 200
    assert "A secret" not in page.text
    assert "Theirs" not in page.text


def test_a_case_manager_hands_a_case_over_and_the_new_one_is_notified(
    desk: World, browse: Callable[..., Browser]
) -> None:
    page, path = f"/cases/{desk.case_id}", f"/cases/{desk.case_id}/manager"
    done = browse("manager").send(path, {"manager": str(desk.people["staff"])}, on=page)
    assert words(done, "//*[@role='status']") == "The case manager is set."
    assert words(done, "//dt[.='Case manager']/following-sibling::dd[1]") == "Staff"
    (letter,) = run(desk, "select kind, to_email from outbox where tenant_id = :id", id=desk.tenant_id)
    assert tuple(letter) == ("assignment", desk.email("staff"))
    for name in ("staff", "client"):
        refused = browse(name).send(path, {"manager": str(desk.people["admin"])}, on=page)
        assert refused.status_code == 403
    assert browse("admin").send(path, {"manager": str(desk.people["client"])}, on=page).status_code == 422


def test_a_preview_shows_the_text_on_the_newest_case_and_saves_nothing(
    desk: World, browse: Callable[..., Browser]
) -> None:
    admin = browse("admin")
    text = "{{Author.name}} on {{Case.case_number}} of {{Tenant.name}} <b>"
    page = admin.send(PATH, {"kind": "notice_footer", "text": text, "preview": "true"})
    assert page.status_code == 200
    assert words(page, "//*[@aria-label='Preview']").startswith("Preview, not saved yet: Admin on 2026-7 of ")
    assert words(page, "//*[@aria-label='Preview']").endswith(" <b>")
    assert text in words(page, "//textarea"), "what was typed stays"
    assert text not in words(admin.get(PATH), "//textarea")
    assert acts(desk) == []


def test_a_preview_of_a_text_that_is_wrong_says_what_is(desk: World, browse: Callable[..., Browser]) -> None:
    page = browse("admin").send(PATH, {"kind": "notice_intro", "text": "{{Case.nummer}}", "preview": "true"})
    assert page.status_code == 422
    assert "{{Case.nummer}} is not known here." in words(page, "//*[@role='alert']")
    assert not tree(page).xpath("//*[@aria-label='Preview']")


def test_each_variable_has_an_example_even_before_the_first_case(desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    assert "{{Case.case_number}} the number of the case: 2026-7" in words(admin.get(PATH), "//dl")
    for table, column in (("case_members", "case_id"), ("case_addresses", "case_id"), ("cases", "id")):
        run(desk, f"delete from {table} where {column} = :id", id=desk.case_id)  # constant names
    shown = words(admin.get(PATH), "//dl")
    assert "{{Case.title}} the title of the case: A leak in flat 9" in shown
    assert "{{Assignee.name}} the name of who the case was assigned to: Mara Field" in shown
