"""Signed links to the files of updates."""

from uuid import UUID

import httpx

from cases.files.links import FileLinks, Purpose
from tests.builders.world import World
from tests.console.browser import Console


def link(console: Console, world: World, purpose: Purpose, file_id: UUID, name: str) -> str:
    """Returns the path of a signed link for this person."""
    url = FileLinks(console.settings).write(purpose, world.tenant_id, file_id, world.people[name])
    return httpx.URL(url).raw_path.decode()
