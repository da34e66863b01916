"""Adds files with thumbnails to updates."""

from typing import Any
from uuid import UUID

from tests.builders.rows import add_file, add_update, run
from tests.builders.world import World
from tests.console.browser import Console

JPEG = b"\xff\xd8\xff\xe0 not much of a picture, but the bytes of one"


THUMB = b"\xff\xd8\xff\xe0 a small one"


def plant(
    console: Console, world: World, *, content_type: str = "image/jpeg", name: str = "a.jpg", **more: Any
) -> UUID:
    """Adds an update by staff with a file that has a thumbnail; returns the id of the file."""
    file, small = console.blobs().put_all([(world.tenant_id, "file", JPEG), (world.tenant_id, "file", THUMB)])
    file_id = add_file(world, add_update(world, "staff", "see file", **more), name, file, content_type)
    run(world, "update update_files set thumbnail = :small where id = :id", small=small, id=file_id)
    return file_id
