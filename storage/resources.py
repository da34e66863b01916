"""What a process opens once and its work shares: settings, database, blob store."""

from dataclasses import dataclass

from schemas.settings import Settings
from storage.blobs.store import Blobs
from storage.database import Database, open_database


@dataclass(frozen=True)
class Resources:
    """What a stage, a page or a command may use besides its arguments."""

    settings: Settings
    database: Database
    blobs: Blobs


def open_resources(settings: Settings) -> Resources:
    """Opens the blob store and prepares the database; connects when first used."""
    return Resources(settings, open_database(settings), Blobs(settings.blobs.url))
