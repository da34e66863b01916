"""A database of its own for each test of the checks: they are about what the whole cluster shares."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from ops.embedded import Postgres
from schemas.settings import Settings
from storage.migrations import upgrade
from tests.builders.world import make_settings
from tests.servers.own_database import OwnDatabase, made


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[OwnDatabase]:
    """Yields an empty database."""
    with made(postgres) as database:
        yield database


@pytest.fixture(scope="module")
def template(postgres: Postgres) -> Iterator[str]:
    """Yields the name of a migrated database, from which others are copied in no time."""
    with made(postgres) as database:
        upgrade(database.owner_url, database.url)
        yield str(make_url(database.url).database)


@pytest.fixture
def migrated_empty(postgres: Postgres, template: str) -> Iterator[OwnDatabase]:
    """Yields a migrated database without a tenant."""
    with made(postgres, template) as database:
        yield database


@pytest.fixture
def own(migrated_empty: OwnDatabase, tmp_path: Path) -> Settings:
    """Returns settings of a process of a new cluster; Kafka's address is not used."""
    return make_settings(migrated_empty.url, tmp_path).replace(owner_database_url=migrated_empty.owner_url)


def run(database: OwnDatabase, statement: str) -> None:
    """Runs a statement as the owner."""
    with database.owner().begin() as connection:
        connection.execute(text(statement))
