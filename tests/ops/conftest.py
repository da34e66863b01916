"""Fixtures that the tests of the commands share."""

import pytest

from schemas.settings import Settings
from tests.builders.command import command_settings


@pytest.fixture
def env(settings: Settings) -> dict[str, str]:
    """Returns the settings of `resources` by their names without prefix, for another process."""
    return command_settings(settings)
