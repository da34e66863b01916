"""A PostgreSQL of its own for the tests of backup, which replace its database."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ops.embedded import Postgres
from schemas.settings import Settings
from storage.blobs.store import Blobs
from storage.database import Database
from storage.migrations import upgrade
from storage.resources import Resources
from tests.builders.world import World, make_settings, make_world


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("postgres")) as started:
        upgrade(started.owner_url, started.url)
        yield started


@pytest.fixture
def world(server: Postgres) -> World:
    """Returns a new tenant; a test before may have left an empty database."""
    upgrade(server.owner_url, server.url)
    return make_world(server.owner_url)


@pytest.fixture
def settings(server: Postgres, tmp_path: Path) -> Settings:
    return make_settings(server.url, tmp_path).replace(owner_database_url=server.owner_url)


@pytest.fixture
def resources(settings: Settings) -> Iterator[Resources]:
    with closing(Database(settings.database.url)) as database:
        yield Resources(settings, database, Blobs(settings.blobs.url))
