"""Fixtures of the storage tests."""

import pytest
from sqlalchemy import text

from tests.builders.world import World


@pytest.fixture
def nothing_on_its_way(world: World) -> None:
    """Ends the mails that other test files left unfinished, because admission works on all tenants together."""
    with world.owner().begin() as connection:
        connection.execute(
            text("update mails set state = 'held', ended_at = now() where state in ('waiting', 'moving', 'forwarding')")
        )
        connection.execute(text("update batches set closed_at = now(), finished_at = now() where finished_at is null"))
