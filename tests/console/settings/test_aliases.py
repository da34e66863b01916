"""Email aliases on a profile are confirmed only by a link in a mail."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from pydantic import SecretStr

from cases.outgoing import alias_link
from cases.outgoing.alias_link import VALID_SECONDS
from cases.people.aliases import MOST, MOST_LINKS, TAKEN
from cases.people.directory import find
from schemas.tables import now
from storage.database import Database
from tests.builders.rows import run
from tests.builders.world import KEYS, SECRETS, World
from tests.console.aliases import ALIAS, acts, add, confirm, counts_as, link
from tests.console.browser import Browser, field, tree, words


def test_an_alias_counts_from_the_moment_at_which_the_link_was_opened_and_confirmed(
    database: Database, desk: World, browse: Callable[..., Browser], stranger: Browser
) -> None:
    client = browse("client")
    assert add(client, desk, "client", "Ann@HOME.example") == 200
    assert run(
        desk, "select kind, to_email, state from outbox where tenant_id = :id order by id", id=desk.tenant_id
    ) == [
        ("alias", "Ann@home.example", "waiting"),
        ("security", desk.email("client"), "waiting"),
    ]
    token = link(desk, "client", "Ann@home.example")
    page = stranger.get("/aliases/confirm", token=token)
    assert "Ann@home.example shall count as email from Client at Tenant" in words(page)
    assert counts_as(database, desk, ALIAS) is None, "opening the link confirms nothing"
    assert "counts as email from Client" in confirm(stranger, token)
    assert counts_as(database, desk, ALIAS) == desk.people["client"]
    assert acts(desk) == [
        ("alias.asked", desk.people["client"], "Ann@home.example"),
        ("alias.confirmed", None, "Ann@home.example"),
    ]
    assert "Ann@home.example Confirmed" in words(client.get("/profile"))


def test_a_link_works_once(database: Database, desk: World, browse: Callable[..., Browser], stranger: Browser) -> None:
    client = browse("client")
    add(client, desk, "client")
    token = link(desk, "client")
    confirm(stranger, token)
    assert tree(stranger.get("/aliases/confirm", token=token)).xpath("//form") == [], "nothing is left to confirm"
    profile = f"/people/{desk.people['client']}"
    (alias,) = run(desk, "select id from email_aliases where tenant_id = :id", id=desk.tenant_id)
    client.send(f"{profile}/aliases/{alias.id}/remove", {}, on=profile)
    assert counts_as(database, desk, ALIAS) is None
    assert run(desk, "select id from outbox where tenant_id = :id and kind = 'alias'", id=desk.tenant_id) == []
    add(client, desk, "client")
    page = stranger.get("/aliases/confirm", token=token)
    assert (page.status_code, "removed since" in words(page)) == (404, True)
    assert counts_as(database, desk, ALIAS) is None


def test_a_link_that_is_old_or_was_changed_is_refused(
    desk: World, browse: Callable[..., Browser], stranger: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(browse("client"), desk, "client")
    token = link(desk, "client")
    assert stranger.get("/aliases/confirm", token=token).status_code == 200
    assert stranger.get("/aliases/confirm", token=token[:-2] + "xx").status_code == 404
    assert stranger.get("/aliases/confirm").status_code == 404
    written = int((now() - timedelta(seconds=VALID_SECONDS + 5)).timestamp())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: written)
    old = link(desk, "client")
    monkeypatch.undo()
    page = stranger.get("/aliases/confirm", token=old)
    assert (page.status_code, "too old" in words(page)) == (404, True)


def test_a_link_signed_with_a_secret_that_was_rotated_still_works(desk: World) -> None:
    token = alias_link.token(SECRETS, desk.tenant_id, desk.case_id)
    newer = (SecretStr("t" * 32), *SECRETS)
    assert alias_link.read(newer, token) == (desk.tenant_id, desk.case_id)
    assert alias_link.read(newer[:1], token) is None


def test_the_keys_of_reply_addresses_sign_no_links(desk: World) -> None:
    address_key = (SecretStr(KEYS[0][1].decode()),)
    assert alias_link.read(SECRETS, alias_link.token(address_key, desk.tenant_id, desk.case_id)) is None
    old = URLSafeTimedSerializer(KEYS[0][1], salt="casemail.alias", signer_kwargs={"digest_method": sha256})
    assert alias_link.read(SECRETS, str(old.dumps([desk.tenant_id.hex, desk.case_id.hex]))) is None


def test_nothing_is_confirmed_at_a_tenant_that_is_not_active(
    database: Database, desk: World, browse: Callable[..., Browser], stranger: Browser
) -> None:
    add(browse("client"), desk, "client")
    token = link(desk, "client")
    page = stranger.get("/aliases/confirm", token=token)
    run(desk, "update tenants set active = false where id = :id", id=desk.tenant_id)
    values = {"csrf": field(page, "csrf"), "token": token}
    assert stranger.http.post("/aliases/confirm", data=values).status_code == 404
    assert counts_as(database, desk, ALIAS) is None


def test_nobody_confirms_an_address_that_became_somebody_elses(
    database: Database, desk: World, browse: Callable[..., Browser], stranger: Browser
) -> None:
    add(browse("client"), desk, "client")
    add(browse("member"), desk, "member")
    tokens = [link(desk, name) for name in ("client", "member")]
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda token: confirm(browse("staff"), token), tokens))
    assert sorted(TAKEN in page for page in said) == [False, True]
    assert counts_as(database, desk, ALIAS) in {desk.people["client"], desk.people["member"]}


def test_the_address_of_a_user_can_not_become_an_alias_and_clients_do_not_learn_why(
    database: Database, desk: World, browse: Callable[..., Browser], stranger: Browser
) -> None:
    address = desk.email("member")
    staff = browse("staff")
    assert add(staff, desk, "staff", address.upper()) == 422
    assert add(browse("client"), desk, "client", address) == 200
    assert TAKEN in confirm(stranger, link(desk, "client", address))
    assert counts_as(database, desk, address) == desk.people["member"]


def test_an_alias_of_an_archived_user_is_an_archived_user(
    database: Database, desk: World, browse: Callable[..., Browser], stranger: Browser
) -> None:
    add(browse("client"), desk, "client")
    confirm(stranger, link(desk, "client"))
    run(desk, "update users set active = false where id = :id", id=desk.people["client"])
    with database.tenant(desk.tenant_id) as connection:
        person = find(connection, ALIAS)
    assert person is not None
    assert person.active is False


def test_an_alias_is_nobody_in_another_tenant(
    database: Database, desk: World, other_desk: World, browse: Callable[..., Browser], stranger: Browser
) -> None:
    add(browse("client"), desk, "client")
    confirm(stranger, link(desk, "client"))
    assert counts_as(database, other_desk, ALIAS) is None
    assert add(browse("client", other_desk), other_desk, "client") == 200
    confirm(stranger, link(other_desk, "client"))
    assert counts_as(database, other_desk, ALIAS) == other_desk.people["client"]


@pytest.mark.parametrize("email", ["", "ann", "Ann <ann@home.example>", "a@b.example, c@d.example", "ü@b.example"])
def test_what_is_not_one_plain_address_is_refused(desk: World, browse: Callable[..., Browser], email: str) -> None:
    assert add(browse("client"), desk, "client", email) == 422


def test_a_person_can_neither_collect_addresses_nor_flood_a_mailbox(
    desk: World, browse: Callable[..., Browser]
) -> None:
    client = browse("client")
    statuses = [add(client, desk, "client", f"a{number}@home.example") for number in range(MOST + 1)]
    assert statuses == [200] * MOST + [422]
    statuses = [add(client, desk, "client", "a0@home.example") for _ in range(MOST_LINKS - MOST + 1)]
    assert statuses == [200] * (MOST_LINKS - MOST) + [422]


def test_the_profile_tells_what_became_of_the_mail_with_the_link(desk: World, browse: Callable[..., Browser]) -> None:
    client = browse("client")
    add(client, desk, "client")
    assert "Not confirmed a link is on its way" in words(client.get("/profile"))
    error = "550 no such mailbox"
    run(desk, "update outbox set state = 'failed', error = :e where tenant_id = :id", e=error, id=desk.tenant_id)
    assert "the link could not be sent: 550 no such mailbox" in words(client.get("/profile"))


def test_15_an_address_of_a_case_is_nobodys_alias(desk: World, browse: Callable[..., Browser]) -> None:
    client, profile = browse("client"), f"/people/{desk.people['client']}"
    for email in (f"case-7@{desk.mail_domain}", f"x@sub.{desk.mail_domain.upper()}"):
        page = client.send(f"{profile}/aliases", {"email": email}, on=profile)
        assert "Addresses there are those of cases" in words(page, "//*[@role='alert']")
    assert run(desk, "select 1 from outbox where tenant_id = :id", id=desk.tenant_id) == []
    assert add(client, desk, "client", f"a@not{desk.mail_domain}") == 200
