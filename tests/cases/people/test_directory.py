"""Which user an address belongs to, and which users may post."""

import pytest

from cases.people.directory import find, may_post
from schemas.tables import Role
from storage.database import Database
from tests.builders.world import World


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
def test_clients_may_post_only_on_cases_of_which_they_are_members(role: Role, member: bool, allowed: bool) -> None:
    assert may_post(role, member=member) is allowed
