"""Stores an accepted file in the blob store; the same for the form and for mail."""

from uuid import UUID

from cases.files.examine import Examined
from schemas.records import StoredFile
from storage import stored_files
from storage.blobs.store import Blobs
from storage.database import Database


def store(
    database: Database, blobs: Blobs, tenant_id: UUID, name: str, content: bytes, examined: Examined
) -> StoredFile:
    """Stores a file and its thumbnail durably, before an update names them, and returns the record of the file.

    Equal bytes of a tenant are stored once.
    """
    keys = stored_files.put(database, blobs, tenant_id, [content, *filter(None, [examined.thumbnail])])
    return StoredFile(
        name=name,
        content_type=examined.content_type,
        size=len(content),
        sha256=examined.sha256,
        blob=keys[0],
        thumbnail=keys[1] if examined.thumbnail else None,
    )
