"""Settings > Erase a person's mails."""

from collections.abc import Callable

import pytest

from schemas.tables import MailState, Via, now
from tests.console.browser import ACTS, Browser, add_mail, add_update, run, words
from tests.world import World

PATH = "/settings/erasure"


def authors(world: World) -> set[str]:
    return {row.author for row in run(world, "select author from mails where tenant_id = :id", id=world.tenant_id)}


def test_an_admin_erases_the_mails_of_an_address_that_is_written_twice(
    desk: World, browse: Callable[..., Browser]
) -> None:
    email = desk.email("client")
    mail_id = add_mail(desk, MailState.POSTED, author=email, ended_at=now())
    update_id = add_update(desk, "client", "My words", via=Via.EMAIL, mail_id=mail_id)
    admin = browse("admin")
    refused = admin.send(PATH, {"email": email, "again": email + "x"})
    assert refused.status_code == 422
    assert "same email address in both fields" in words(refused, "//*[@role='alert']")
    assert authors(desk) == {email}
    page = admin.send(PATH, {"email": email, "again": email.upper(), "updates": "true"})
    assert words(page, "//*[@role='status']") == "Erased: 1 mails and 1 updates."
    assert authors(desk) == {""}
    assert "Erased on request." in words(admin.get(f"/cases/{desk.case_id}"), f"//*[@id='u-{update_id}']")
    (act,) = run(desk, f"select act, actor_id from {ACTS}", id=desk.tenant_id)
    assert act == ("mail.erased", desk.people["admin"])


@pytest.mark.parametrize("name", ["manager", "staff", "client"])
def test_nobody_but_an_admin_erases(desk: World, browse: Callable[..., Browser], name: str) -> None:
    email = desk.email("client")
    add_mail(desk, MailState.HELD, author=email, ended_at=now())
    person = browse(name)
    assert person.get(PATH).status_code == 403
    assert person.send(PATH, {"email": email, "again": email}, on="/cases").status_code == 403
    assert authors(desk) == {email}
