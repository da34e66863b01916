"""A house that may fetch from servers of this machine."""

from pathlib import Path

import pytest

from workers.resources import House


@pytest.fixture
def fetching(house: House, ca_file: Path) -> House:
    """A house that may fetch from servers of this machine, as whoever runs casemail would have set it."""
    more = {"source_ca_file": ca_file, "source_private": True, "source_timeout": 10.0, "source_seconds": 60}
    return House(house.settings.model_copy(update=more), house.database, house.blobs)
