"""A house that may fetch from servers of this machine."""

from pathlib import Path

import pytest

from storage.resources import Resources


@pytest.fixture
def fetching(resources: Resources, ca_file: Path) -> Resources:
    """A house that may fetch from servers of this machine, as whoever runs casemail would have set it."""
    more = {"source_ca_file": ca_file, "source_private": True, "source_timeout": 10.0, "source_seconds": 60}
    return Resources(resources.settings.replace(**more), resources.database, resources.blobs)
