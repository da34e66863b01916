"""What the pages work with: settings, database, blob store; one of each for a process."""

from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from console.throttle import Throttle
from schemas.settings import Settings
from storage.blobs import Blobs
from storage.database import Database


class Services:
    """Opens nothing before it is used."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url)
        self.log_in_throttle = Throttle()

    @cached_property
    def blobs(self) -> Blobs:
        """The blob store."""
        return Blobs(self.settings.blob_url)


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


#: The services, as a parameter of an endpoint.
TheServices = Annotated[Services, Depends(_services)]
