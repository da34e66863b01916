"""A person gets a letter, without a link, on each change of their account."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from cases.outgoing import alias_link
from tests.builders.rows import run
from tests.builders.world import SECRETS, World
from tests.console.browser import PASSWORD, Browser, Console


@pytest.fixture
def letters(letters_of: Callable[[World], list[EmailMessage]]) -> Callable[[World], list[tuple[str, str, str]]]:
    """Returns a function that sends all waiting mails; it returns subject, recipient and text of security letters."""

    def deliver(world: World) -> list[tuple[str, str, str]]:
        about = ("Your password was", "Your role", "An email address", "A log-in")
        found = [mail for mail in letters_of(world) if mail["Subject"].startswith(about)]
        return [(mail["Subject"], mail["To"], mail.get_content()) for mail in found]

    return deliver


def test_a_person_gets_a_letter_on_each_change_of_their_account(
    desk: World,
    browse: Callable[..., Browser],
    stranger: Browser,
    letters: Callable[[World], list[tuple[str, str, str]]],
) -> None:
    admin, client = browse("admin"), browse("client")
    profile = f"/people/{desk.people['client']}"
    client.send(f"{profile}/aliases", {"email": "me@home.example"}, on=profile)
    ((alias_id,),) = run(desk, "select id from email_aliases where tenant_id = :id", id=desk.tenant_id)
    token = alias_link.token(SECRETS, desk.tenant_id, alias_id)
    stranger.send("/aliases/confirm", {"token": token}, on=f"/aliases/confirm?token={token}")
    client.send("/profile/password", {"old": PASSWORD, "new": "another set of four words"}, on="/profile")
    admin.send(f"/settings/people/{desk.people['client']}", {"role": "case_manager"}, on="/settings/people")
    found = letters(desk)
    assert [subject for subject, *_ in found] == [
        "An email address was added at Tenant",
        "An email address was confirmed at Tenant",
        "Your password was set at Tenant",
        "Your role was changed at Tenant",
    ]
    assert {to for _, to, _ in found} == {desk.email("client")}
    assert "me@home.example was added" in found[0][2]
    assert "from client to case manager" in found[-1][2]
    assert not any("http" in words or "token" in words for *_, words in found), "nothing in it acts"


def test_a_log_in_from_a_new_device_is_mailed_but_not_one_from_a_known_device(
    console: Console,
    desk: World,
    browse: Callable[..., Browser],
    letters: Callable[[World], list[tuple[str, str, str]]],
) -> None:
    known = browse("client")
    known.log_out()
    known.log_in(desk, desk.email("client"))
    assert letters(desk) == [], "neither of the first one ever"
    thief = Browser(console.url, "203.0.113.66")
    for _ in range(3):
        thief.http.cookies.clear()
        thief.log_in(desk, desk.email("client"))
    ((subject, to, words),) = letters(desk)
    assert (subject, to) == ("A log-in from a new device at Tenant", desk.email("client"))
    assert "from the address 203.0.113.66" in words
    assert "http" not in words.replace("python-httpx", "")
    thief.http.close()


def test_a_refused_change_is_no_change_and_no_letter(
    desk: World, browse: Callable[..., Browser], letters: Callable[[World], list[tuple[str, str, str]]]
) -> None:
    client = browse("client")
    client.send("/profile/password", {"old": "wrong", "new": "another set of four words"}, on="/profile")
    assert letters(desk) == []
