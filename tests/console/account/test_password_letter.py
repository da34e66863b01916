"""The link to set a password is mailed to people whom an admin adds, and to people who forgot their password."""

import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from cases.outgoing.password_link import MOST_A_DAY
from console.guards.throttle import FORGOT
from ops.demo.waiting import wait_until
from tests.builders.rows import ACTS, run
from tests.builders.world import World
from tests.console.browser import Browser, words

PASSWORD = "several words of mine"
_FLASH = "//*[@data-message]//p[1]"


@pytest.fixture
def post_office(letters_of: Callable[[World], list[EmailMessage]]) -> Callable[[World], list[str]]:
    """Returns a function that sends the tenant's waiting mails; it returns recipient and text of all mails so far."""

    def deliver(world: World) -> list[str]:
        found = letters_of(world)
        assert {mail["Subject"] for mail in found} == {"Set your password for Tenant"}
        return [f"to {mail['To']}\n{mail.get_content()}" for mail in found]

    return deliver


def waiting(world: World) -> int:
    return len(run(world, "select 1 from outbox where tenant_id = :id and kind = 'password'", id=world.tenant_id))


def set_password(browser: Browser, letter: str, password: str = PASSWORD) -> int:
    """Opens the link of a letter and sets a password; returns the status of the answer."""
    (token,) = re.findall(r"/password\?token=(\S+)", letter)
    page = browser.get("/password", token=token)
    if page.status_code != 200:
        return page.status_code
    form = {"token": token, "password": password}
    return browser.send("/password", form, on=f"/password?token={token}").status_code


def forgot(browser: Browser, slug: str, email: str) -> str:
    """Asks for a link on the page for forgotten passwords; returns the message that is shown."""
    return words(browser.send("/forgot", {"slug": slug, "email": email}), _FLASH)


def test_who_is_added_gets_a_letter_and_sets_a_password_by_it(
    browse: Callable[..., Browser], stranger: Browser, desk: World, post_office: Callable[[World], list[str]]
) -> None:
    admin, email = browse("admin"), f"nina.{desk.slug}@people.example"
    form = {"name": "Nina\u202e New", "email": email, "role": "client", "mails": "true"}
    page = admin.send("/settings/people/new", form, on="/settings/people")
    assert "A link to set a password is on its way" in words(page, _FLASH)
    assert "token" not in str(run(desk, "select content from outbox where tenant_id = :id", id=desk.tenant_id))
    (letter,) = post_office(desk)
    assert letter.startswith(f"to {email}\n")
    assert "you can log in at Tenant from now on" in letter
    assert f"/login?tenant={desk.slug}" in letter
    assert set_password(stranger, letter) == 200
    assert stranger.log_in(desk, email, PASSWORD).url.path == "/cases"
    assert set_password(stranger, letter) == 404


def test_who_forgot_the_password_has_a_link_mailed_and_the_old_one_counts_until_it_is_used(
    stranger: Browser, desk: World, post_office: Callable[[World], list[str]]
) -> None:
    assert "/forgot" in stranger.get("/login").text
    said = forgot(stranger, desk.slug.upper(), desk.email("client").upper())
    wait_until(lambda: waiting(desk) == 1, seconds=90, what="the letter")
    (letter,) = post_office(desk)
    assert letter.startswith(f"to {desk.email('client')}\n")
    assert "your password stays as it is" in letter
    assert stranger.log_in(desk, desk.email("client")).url.path == "/cases"
    stranger.log_out()
    assert set_password(stranger, letter) == 200
    assert stranger.log_in(desk, desk.email("client")).status_code == 401
    assert stranger.log_in(desk, desk.email("client"), PASSWORD).url.path == "/cases"
    acts = run(desk, f"select act, actor_id from {ACTS} order by id", id=desk.tenant_id)
    assert [(row.act, row.actor_id is None) for row in acts] == [
        ("user.password_mailed", True),
        ("user.password", False),
    ]
    assert "on its way to it" in said


def test_nobody_finds_out_who_has_an_account_and_nobody_else_gets_a_letter(
    stranger: Browser, desk: World, other_desk: World
) -> None:
    run(desk, "update users set active = false where id = :id", id=desk.people["staff"])
    strangers = (
        (desk.slug, desk.email("staff")),
        (desk.slug, "nobody@people.example"),
        (desk.slug, "no address"),
        (other_desk.slug, desk.email("client")),
        ("no-such-tenant", desk.email("client")),
    )
    said = {forgot(stranger, *person) for person in strangers}
    assert said == {forgot(stranger, desk.slug, desk.email("client"))}
    wait_until(lambda: waiting(desk) == 1, seconds=90, what="the letter of the only user who is asked for")
    assert waiting(other_desk) == 0


def test_nobody_is_showered_with_letters(stranger: Browser, browse: Callable[..., Browser], desk: World) -> None:
    for _ in range(FORGOT[-1].most):
        assert "on its way" in forgot(stranger, desk.slug, desk.email("client"))
    page = stranger.send("/forgot", {"slug": desk.slug, "email": desk.email("client")})
    assert page.status_code == 429
    wait_until(lambda: waiting(desk) == MOST_A_DAY, seconds=90, what="the letters of a day")
    admin, profile = browse("admin"), f"/people/{desk.people['client']}"
    said = [words(admin.send(f"{profile}/password-letter", {}, on=profile), _FLASH) for _ in range(MOST_A_DAY + 1)]
    assert said[0] == "A link to set a password is on its way to them.", "strangers take no letter from the admins"
    assert "enough for one day" in said[-1]
    assert waiting(desk) == 2 * MOST_A_DAY


def test_only_admins_have_links_mailed_and_only_to_active_people_of_their_own(
    browse: Callable[..., Browser], desk: World, other_desk: World
) -> None:
    admin, profile = browse("admin"), f"/people/{desk.people['client']}"
    assert "on its way" in words(admin.send(f"{profile}/password-letter", {}, on=profile), _FLASH)
    foreign = f"/people/{other_desk.people['client']}/password-letter"
    assert admin.send(foreign, {}, on=profile).status_code == 404
    run(desk, "update users set active = false where id = :id", id=desk.people["staff"])
    archived = f"/people/{desk.people['staff']}"
    assert "active" in words(admin.send(f"{archived}/password-letter", {}, on=archived), _FLASH)
    assert browse("manager").send(f"{profile}/password-letter", {}, on="/cases").status_code == 403
    assert (waiting(desk), waiting(other_desk)) == (1, 0)
