"""Fixtures: the API as a real server, and an application with a token that may do everything."""

from collections.abc import Iterator

import pytest

from ops.embedded import Postgres
from storage.database import Database
from tests.api.client import Api, Client, serve, token_for
from tests.builders.world import World, make_settings, make_world
from tests.console.conftest import browse, console, desk

__all__ = ["api", "browse", "console", "desk", "host", "other"]


@pytest.fixture(scope="session")
def api(migrated: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Runs an API for all tests."""
    settings = make_settings(migrated.url, tmp_path_factory.mktemp("api"))
    with serve(settings.replace(mail_size_limit=1_000_000, api_requests=100_000)) as running:
        yield running


@pytest.fixture
def host(api: Api, database: Database, world: World) -> Iterator[Client]:
    """Yields a client of the tenant `world`, whose token was created by its admin."""
    client = Client(api, token_for(database, world, by=world.people["admin"]))
    yield client
    client.http.close()


@pytest.fixture
def other(api: Api, database: Database, migrated: Postgres) -> Iterator[Client]:
    """Yields a client of another tenant."""
    client = Client(api, token_for(database, make_world(migrated.owner_url)))
    yield client
    client.http.close()
