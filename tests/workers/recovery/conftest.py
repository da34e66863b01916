"""An own PostgreSQL, emptied before each test: a recovery looks at all tenants of a database."""

import pytest
from sqlalchemy import insert, text

from ops.embedded import Postgres
from schemas.tables import OPERATOR, Tenant, core
from tests.builders.world import World, make_world
from tests.ops.backup.conftest import resources, server, settings

__all__ = ["resources", "server", "settings", "world"]


@pytest.fixture
def world(server: Postgres) -> World:
    """Returns the only tenant besides the operator."""
    made = make_world(server.owner_url)
    with made.owner().begin() as connection:
        connection.execute(text("truncate tenants, sources, batches cascade"))
        operator = Tenant(id=OPERATOR, slug="operator", name="Mail for no tenant", mail_domain="")
        connection.execute(insert(core(Tenant)), operator.model_dump())
    return make_world(server.owner_url)
