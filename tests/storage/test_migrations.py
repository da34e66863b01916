"""The migrations make the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from ops.embedded import Postgres
from storage.migrations import upgrade
from tests.world import World


def test_the_migrated_schema_is_the_one_of_the_models(world: World) -> None:
    with world.owner().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrating_twice_changes_nothing(migrated: Postgres) -> None:
    upgrade(migrated.owner_url, migrated.url)
