"""What a stage may use besides its record: settings, database and blob store, opened once per process."""

from dataclasses import dataclass

from schemas.settings import Settings
from storage.blobs.store import Blobs
from storage.database import Database, open_database


@dataclass(frozen=True)
class House:
    """The side effects that stages may have."""

    settings: Settings
    database: Database
    blobs: Blobs


def open_house(settings: Settings) -> House:
    """Opens the blob store and prepares the database; connects when first used."""
    return House(settings, open_database(settings), Blobs(settings.blob_url))
