"""An admin adds a person, and hands over the link with which that person sets a password."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from itsdangerous import TimestampSigner

from schemas.tables import now
from tests.builders.rows import ACTS, run
from tests.builders.world import World
from tests.console.browser import PASSWORD as OLD
from tests.console.browser import Browser, Console, tree, words

PASSWORD = "several words of mine"


def add(admin: Browser, name: str, email: str, role: str = "client") -> str:
    """Adds a person by the form; returns the path of the next page, or the problem that the form shows."""
    form = {"name": name, "email": email, "role": role}
    page = admin.send("/settings/people/new", form, on="/settings/people")
    return page.url.path if page.status_code == 200 else words(page, "//*[@id='refused']")


def link(admin: Browser, profile: str) -> str:
    """Makes a link; returns its path and query."""
    page = admin.send(f"{profile}/password-link", {}, on=profile)
    return words(page, "//*[@id='password-link']").partition("://")[2].partition("/")[2]


def use(browser: Browser, path: str, password: str = PASSWORD) -> int:
    """Sets a password on the page of the link; returns the status of the answer."""
    page = browser.get(f"/{path}")
    if page.status_code != 200:
        return page.status_code
    token = path.partition("token=")[2]
    return browser.send("/password", {"token": token, "password": password}, on=f"/{path}").status_code


def test_a_person_is_added_sets_a_password_by_the_link_and_logs_in(
    browse: Callable[..., Browser], stranger: Browser, desk: World
) -> None:
    admin = browse("admin")
    email = f"Nina.{desk.slug}@people.example"
    profile = add(admin, "Nina New", email)
    assert profile.startswith("/people/")
    assert stranger.log_in(desk, email, "").status_code == 401
    path = link(admin, profile)
    assert stranger.get(f"/{path}").status_code == 200, "opening it does not use it up"
    assert use(stranger, path) == 200
    assert stranger.log_in(desk, email, PASSWORD).url.path == "/cases"
    assert use(stranger, path) == 404
    acts = [row.act for row in run(desk, f"select act from {ACTS} order by id", id=desk.tenant_id)]
    assert acts == ["user.added", "user.password_link", "user.password"]


def test_with_a_new_password_older_links_and_sessions_end(
    browse: Callable[..., Browser], stranger: Browser, desk: World
) -> None:
    admin, client = browse("admin"), browse("client")
    profile = f"/people/{desk.people['client']}"
    older, newer = link(admin, profile), link(admin, profile)
    assert use(stranger, newer) == 200
    assert use(stranger, older) == 404
    assert client.get("/cases").url.path == "/login"


@pytest.mark.parametrize("password", ["short", "my name is client.{slug}"], ids=["short", "guessed"])
def test_a_weak_password_is_refused_with_words_and_the_link_still_works(
    browse: Callable[..., Browser], stranger: Browser, desk: World, password: str
) -> None:
    path = link(browse("admin"), f"/people/{desk.people['client']}")
    assert use(stranger, path, password.format(slug=desk.slug)) == 422
    assert use(stranger, path) == 200


def test_a_link_ends_after_three_days_and_with_its_person(
    browse: Callable[..., Browser], stranger: Browser, desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, profile = browse("admin"), f"/people/{desk.people['client']}"
    path = link(admin, profile)
    assert stranger.get(f"/{path[:-1]}").status_code == 404
    assert stranger.get("/password?token=x").status_code == 404
    admin.send(f"/settings{profile}", {"active": "false"}, on="/settings/people")
    assert use(stranger, path) == 404
    assert "password-link" not in admin.get(profile).text
    admin.send(f"/settings{profile}", {"active": "true"}, on="/settings/people")
    late = int((now() + timedelta(days=3, minutes=1)).timestamp())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: late)
    assert stranger.get(f"/{path}").status_code == 404


@pytest.mark.parametrize(
    ("name", "email", "why"),
    [
        ("", "a@x.example", "A name has"),
        ("N", "a b@x.example", "one plain email address"),
        ("N", "{client}", "belongs to a person"),
        ("N", "n@{ours}", "nobody's own"),
    ],
    ids=["no name", "no address", "taken", "a case address"],
)
def test_the_form_says_why_a_person_can_not_be_added_and_keeps_what_was_typed(
    browse: Callable[..., Browser], desk: World, name: str, email: str, why: str
) -> None:
    given = email.format(client=desk.email("client").upper(), ours=desk.mail_domain)
    admin = browse("admin")
    page = admin.send("/settings/people/new", {"name": name, "email": given, "role": "client"}, on="/settings/people")
    assert page.status_code == 422
    assert why in words(page, "//*[@id='refused']")
    assert tree(page).xpath("//form[@action='/settings/people/new']//input[@name='email']/@value") == [given]


@pytest.mark.parametrize("who", ["manager", "staff", "client"])
def test_only_admins_add_people_and_make_links(browse: Callable[..., Browser], desk: World, who: str) -> None:
    person = browse(who)
    form = {"name": "N", "email": "n@x.example", "role": "admin"}
    assert person.send("/settings/people/new", form, on="/cases").status_code == 403
    assert person.send(f"/people/{desk.people[who]}/password-link", {}, on="/cases").status_code == 403


def test_a_person_changes_their_own_password_with_the_old_one_and_is_logged_out_elsewhere(
    browse: Callable[..., Browser], stranger: Browser, desk: World
) -> None:
    here, elsewhere = browse("client"), browse("client")
    profile = f"/people/{desk.people['client']}"

    def change(old: str, new: str) -> str:
        return words(here.send("/profile/password", {"old": old, "new": new}, on=profile), "//*[@data-message]//p[1]")

    assert "not your present password" in change("another one entirely", PASSWORD)
    assert "at least 15 characters" in change(OLD, "short")
    assert elsewhere.get("/cases").url.path == "/cases"
    assert "Your password is changed." in change(OLD, PASSWORD)
    assert here.get("/cases").url.path == "/cases"
    assert elsewhere.get("/cases").url.path == "/login"
    assert stranger.log_in(desk, desk.email("client"), PASSWORD).url.path == "/cases"


def test_who_guesses_the_present_password_must_wait(browse: Callable[..., Browser], desk: World) -> None:
    client, profile = browse("client"), f"/people/{desk.people['client']}"
    for _ in range(30):
        page = client.send("/profile/password", {"old": "guess", "new": PASSWORD}, on=profile)
        if "Too many tries" in words(page, "//*[@data-message]//p[1]"):
            break
    assert "Too many tries" in words(page, "//*[@data-message]//p[1]")


def test_an_admin_makes_no_link_for_people_of_another_tenant(
    browse: Callable[..., Browser], other_desk: World, console: Console
) -> None:
    profile = f"/people/{other_desk.people['client']}"
    page = browse("admin").send(f"{profile}/password-link", {}, on="/settings/people")
    assert page.status_code == 404
    assert "/password?token" not in page.text
