"""Settings > General Case Settings > Case Updates."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from cases.addresses.compare import plain_address
from cases.outgoing import catch_all_letter
from ops.embedded.process import free_port
from schemas.reasons import Reason
from schemas.tables import MailState
from storage.resources import open_resources
from tests.builders.rows import ACTS, add_mail, run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from tests.console.outbox import send_waiting

PATH = "/settings/general"
TEST = f"{PATH}/catch-all-test"


def saved(world: World) -> tuple[Any, ...]:
    rows = run(world, "select replies_on, catch_all from tenants where id = :id", id=world.tenant_id)
    return tuple(rows[0])


def test_an_admin_switches_replies_off_and_on_and_sets_the_catch_all(
    desk: World, browse: Callable[..., Browser]
) -> None:
    admin = browse("admin")
    page = admin.send(PATH, {"catch_all": " Help.Desk@Example.ORG "})
    assert words(page, "//*[@role='status']") == "The settings are saved."
    assert saved(desk) == (False, "Help.Desk@example.org")
    assert tree(page).xpath("//input[@name='replies_on'][@checked]") == []
    admin.send(PATH, {"replies_on": "true", "catch_all": ""})
    assert saved(desk) == (True, "")


@pytest.mark.parametrize("name", ["manager", "staff", "client"])
def test_nobody_but_an_admin_opens_or_saves_the_settings(
    desk: World, browse: Callable[..., Browser], name: str
) -> None:
    person = browse(name)
    assert person.get(PATH).status_code == 403
    assert person.send(PATH, {"catch_all": "a@example.org"}, on="/cases").status_code == 403
    assert saved(desk) == (True, "")
    assert "Settings" not in words(person.get("/cases"), "//nav")


@pytest.mark.parametrize("domain", ["{own}", "sub.{own}", "{other}"])
def test_a_catch_all_that_casemail_itself_receives_is_refused(
    desk: World, other_desk: World, browse: Callable[..., Browser], domain: str
) -> None:
    wanted = "all@" + domain.format(own=desk.mail_domain.upper(), other=other_desk.mail_domain)
    page = browse("admin").send(PATH, {"catch_all": wanted})
    assert page.status_code == 422
    assert "every forwarded email would come back" in words(page, "//*[@role='alert']")
    assert tree(page).xpath("//input[@name='catch_all']/@value") == [wanted]
    assert tree(page).xpath("//input[@name='replies_on'][@checked]") == [], "what was chosen stays chosen"
    assert saved(desk) == (True, "")


@pytest.mark.parametrize(
    "wanted",
    [
        "helpdesk",
        "a@b@c.example",
        "a@b.example, c@d.example",
        "A <a@b.example>",
        "a b@c.example",
        "a@",
        "@b.example",
        "a@-b.example",
        "a@b..example",
        "a@[127.0.0.1]",
        ".a@b.example",
        "ü@b.example",
        "a@b.example\nBcc: c@d.example",
        "a" * 65 + "@b.example",
        "a@" + "b" * 64 + ".example",
    ],
)
def test_what_is_not_one_plain_address_is_refused(wanted: str) -> None:
    assert plain_address(wanted) is None


@pytest.mark.parametrize(
    ("wanted", "stored"),
    [
        ("", ""),
        ("Case+mail@Example.org", "Case+mail@example.org"),
        ("post@bücher.example", "post@xn--bcher-kva.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_a_plain_address_is_stored_with_its_domain_in_ascii(wanted: str, stored: str) -> None:
    assert plain_address(wanted) == stored


def test_a_refused_address_is_said_at_the_form(desk: World, browse: Callable[..., Browser]) -> None:
    page = browse("admin").send(PATH, {"catch_all": "all of us"})
    assert "Write one plain email address" in words(page, "//*[@role='alert']")
    assert saved(desk) == (True, "")


def test_the_page_tells_how_many_mails_are_held_because_replies_were_off(
    desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    admin = browse("admin")
    assert "No email is held for this." in words(admin.get(PATH))
    add_mail(desk, MailState.HELD, reason=Reason.REPLIES_OFF)
    add_mail(desk, MailState.HELD, reason=Reason.REPLIES_OFF)
    add_mail(desk, MailState.HELD, reason=Reason.UNREADABLE)
    add_mail(other_desk, MailState.HELD, reason=Reason.REPLIES_OFF)
    assert "2 emails are held because replies were off." in words(admin.get(PATH))


def test_an_admin_chooses_whether_authors_get_receipts(desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    page = admin.send(PATH, {"catch_all": "", "replies_on": "true", "receipts": "problems"})
    assert tree(page).xpath("//select[@name='receipts']/option[@selected]/@value") == ["problems"]
    (row,) = run(desk, f"select act, details from {ACTS}", id=desk.tenant_id)
    assert (row.act, row.details["receipts"]) == ("settings.changed", "problems")
    assert admin.send(PATH, {"catch_all": "", "receipts": "sometimes"}).status_code == 400


def test_15_an_admin_is_warned_when_people_log_in_with_the_domain_of_the_case_addresses(
    desk: World, browse: Callable[..., Browser]
) -> None:
    admin = browse("admin")
    assert words(admin.get(PATH), "//*[@role='alert']") == ""
    email = f"ann@{desk.mail_domain}"
    run(desk, "update users set email = :to, email_key = :to where id = :id", to=email, id=desk.people["staff"])
    alert = words(admin.get(PATH), "//*[@role='alert']")
    assert f"1 of your people logs in with an address in {desk.mail_domain}" in alert
    assert f"such as cases.{desk.mail_domain}" in alert


def test_an_admin_sets_what_is_asked_of_the_text_of_an_update(desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    query = "select most_text, text_required from tenants where id = :id"
    assert run(desk, query, id=desk.tenant_id) == [(50_000, False)]
    page = admin.send(PATH, {"most_text": "2000", "text_required": "true"})
    assert run(desk, query, id=desk.tenant_id) == [(2_000, True)]
    assert tree(page).xpath("//input[@name='most_text']/@value") == ["2000"]
    assert tree(page).xpath("//input[@name='text_required'][@checked]")
    for wrong in ("99", "50001", "many"):
        assert admin.send(PATH, {"most_text": wrong}).status_code == 400
    form = tree(admin.get(f"/cases/{desk.case_id}")).xpath("//textarea[@id='text']")[0]
    assert form.get("required") is not None
    assert "at most 2,000 characters" in words(admin.get(f"/cases/{desk.case_id}"), "//form[contains(@class, 'post')]")


def test_a_refused_page_keeps_all_that_was_chosen(desk: World, browse: Callable[..., Browser]) -> None:
    values = {"catch_all": "no address", "while_off": "forward", "receipts": "always", "most_text": "777"}
    page = browse("admin").send(PATH, {**values, "text_required": "true", "closed_cases": "reopen"})
    assert page.status_code == 422
    chosen = tree(page).xpath("//select/option[@selected]/@value")
    assert chosen == ["forward", "always", "reopen"]
    assert tree(page).xpath("//input[@name='most_text']/@value") == ["777"]
    assert len(tree(page).xpath("//input[@name='text_required'][@checked]")) == 1


def test_beside_a_catch_all_that_refuses_mail_is_an_alert_with_a_link_to_the_mails(
    desk: World, browse: Callable[..., Browser]
) -> None:
    admin = browse("admin")
    assert not tree(admin.get(PATH)).xpath("//*[@role='alert']")
    mail_id = add_mail(desk, MailState.HELD, reason=Reason.FORWARD_FAILED)
    page = admin.get(PATH)
    assert words(page, "//*[@role='alert']").startswith("1 email could not be forwarded and is held")
    (link,) = tree(page).xpath("//*[@role='alert']//a/@href")
    assert tree(admin.get(link)).xpath("//li[@data-mail]//a[@class='open']/@href") == [
        f"/inbound/{mail_id}?reason=forward_failed"
    ]


def test_an_admin_has_a_test_mail_sent_to_the_catch_all_and_sees_what_became_of_it(
    desk: World, browse: Callable[..., Browser], console: Console, letters_of: Callable[[World], list[EmailMessage]]
) -> None:
    admin = browse("admin")
    admin.send(PATH, {"replies_on": "true", "catch_all": ""})
    assert "catch-all-test" not in words(admin.get(PATH), "//button[@form]/@form")
    assert "There is no Inbound Email Catch-All" in words(admin.send(TEST, {}, on=PATH), "//*[@data-message]//p[1]")
    admin.send(PATH, {"replies_on": "true", "catch_all": "desk@elsewhere.example"})
    assert "on its way" in words(admin.send(TEST, {}, on=PATH), "//*[@id='tested']")
    nowhere = console.settings.replace(smtp_port=free_port())
    resources = open_resources(nowhere)
    send_waiting(resources, desk)
    resources.database.close()
    assert "could not be sent yet" in words(admin.get(PATH), "//*[@id='tested']")
    admin.send(TEST, {}, on=PATH)
    mail = letters_of(desk)[-1]
    assert (mail["To"], mail["Subject"]) == ("desk@elsewhere.example", "Test of the Inbound Email Catch-All of Tenant")
    assert "Admin asks whether this address receives" in mail.get_content()
    assert "to desk@elsewhere.example, was taken" in words(admin.get(PATH), "//*[@id='tested']")


def test_nobody_is_showered_with_tests_of_the_catch_all(desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    admin.send(PATH, {"replies_on": "true", "catch_all": "desk@elsewhere.example"})
    for _ in range(catch_all_letter.MOST):
        assert "on its way" in words(admin.send(TEST, {}, on=PATH), "//*[@data-message]//p[1]")
    assert "enough for one hour" in words(admin.send(TEST, {}, on=PATH), "//*[@data-message]//p[1]")
    assert len(run(desk, "select 1 from outbox where tenant_id = :id and kind = 'test'", id=desk.tenant_id)) == 10
    assert browse("manager").send(TEST, {}, on="/cases").status_code == 403


def test_admins_see_on_every_page_that_email_replies_are_off(desk: World, browse: Callable[..., Browser]) -> None:
    admin, off = browse("admin"), "Email replies are off"
    for path in ("/inbound", "/settings/files"):
        assert off not in words(admin.get(path))
    run(desk, "update tenants set replies_on = false where id = :id", id=desk.tenant_id)
    for path in ("/inbound", "/settings/files"):
        page = admin.get(path)
        assert off in words(page)
        assert tree(page).xpath("//aside[@aria-label='Email replies']//a/@href") == [PATH]
    assert off not in words(browse("manager").get("/inbound"))
