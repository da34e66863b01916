"""How addresses are compared, and who may post."""

import pytest

from cases.addresses.compare import email_key, without_sub_address
from cases.people.directory import find, may_post
from schemas.tables import Role
from storage.database import Database
from tests.builders.world import World


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann@Example.ORG", "ann@example.org"),
        (" ann@example.org ", "ann@example.org"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_these_are_the_same_address(one: str, other: str) -> None:
    assert email_key(one) == email_key(other) != ""


@pytest.mark.parametrize(
    "other",
    [
        "a.nn@example.org",
        "ann+cases@example.org",
        "ann@example.org.evil.example",
        "\u0430nn@example.org",  # Cyrillic a
        "ann@\uff45xample.org",  # full-width e
        "\u212ann@example.org",  # Kelvin sign
        "\u0131@example.org",
        "",
        "ann",
        "@example.org",
    ],
)
def test_these_are_not_the_same_address(other: str) -> None:
    assert email_key(other) != email_key("ann@example.org")
    assert email_key(other) != email_key("knn@example.org")


@pytest.mark.parametrize(
    "domain", ["\u212aey.example", "b\u00fc\u212a.example", "\uff4bey.example", "k\u0435y.example"]
)
def test_a_domain_that_looks_like_another_is_not_that_one(domain: str) -> None:
    assert email_key(f"ann@{domain}") not in {"ann@key.example", email_key("ann@b\u00fck.example")}


def test_a_letter_that_is_an_ascii_one_only_in_lower_case_makes_no_domain() -> None:
    assert email_key("ann@\u212aey.example") == email_key("ann@b\u00fc\u212a.example") == ""


@pytest.mark.parametrize(
    ("key", "bare"),
    [
        ("ann+home@x.example", "ann@x.example"),
        ("ann+a+b@x.example", "ann@x.example"),
        ("ann@x.example", ""),
        ("+ann@x.example", ""),
        ('"ann+home"@x.example', ""),
        ("ann@x+y.example", ""),
        ("", ""),
    ],
)
def test_a_sub_address_is_what_follows_the_plus_of_the_local_part(key: str, bare: str) -> None:
    assert without_sub_address(key) == bare


def test_a_person_is_found_by_address_in_their_own_tenant_only(
    database: Database, world: World, request: pytest.FixtureRequest
) -> None:
    with database.tenant(world.tenant_id) as connection:
        person = find(connection, world.email("client").upper())
        assert person is not None
        assert person.id == world.people["client"]
        assert find(connection, "stranger@people.example") is None


@pytest.mark.parametrize(
    ("role", "member", "allowed"),
    [(Role.CLIENT, False, False), (Role.CLIENT, True, True), (Role.STAFF, False, True), (Role.ADMIN, False, True)],
)
def test_clients_post_only_on_their_own_cases(role: Role, member: bool, allowed: bool) -> None:
    assert may_post(role, member=member) is allowed
