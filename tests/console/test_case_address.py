"""The address of a case."""

import pytest

from cases import case_address
from storage.database import Database
from tests.console.browser import run
from tests.world import KEYS, World


def test_a_case_keeps_its_address_until_it_is_retired(database: Database, world: World) -> None:
    with database.tenant(world.tenant_id) as connection:
        first = case_address.current(connection, KEYS, world.case_id)
        assert case_address.current(connection, KEYS, world.case_id) == first
    run(world, "update case_addresses set retired_at = now() where case_id = :id", id=world.case_id)
    with database.tenant(world.tenant_id) as connection:
        assert case_address.current(connection, KEYS, world.case_id) != first


def test_a_case_of_another_tenant_has_no_address(database: Database, world: World, other_desk: World) -> None:
    with database.tenant(other_desk.tenant_id) as connection, pytest.raises(LookupError, match="has no case"):
        case_address.current(connection, KEYS, world.case_id)
