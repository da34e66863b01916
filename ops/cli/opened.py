"""Opens database and blob store for a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from schemas.settings import load
from storage.resources import Resources, open_resources


@contextmanager
def opened() -> Iterator[Resources]:
    """Reads the settings and yields settings, database and blob store; closes the database. Raises `SettingsError`."""
    resources = open_resources(load())
    try:
        yield resources
    finally:
        resources.database.close()
