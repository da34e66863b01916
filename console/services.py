"""What the pages work with: settings, database, blob store; one of each for a process."""

from collections.abc import Callable
from functools import cached_property
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from cases.adding import Added
from cases.file_links import FileLinks
from cases.whatif import WhatIf
from console.throttle import Throttle
from schemas.settings import Settings
from storage.blobs import Blobs
from storage.database import Database

#: Tells of a tenant's mail what a replay would make of it; None for a mail that is not there or has not ended.
WhatIfs = Callable[[UUID, UUID], WhatIf | None]
#: Adds to a tenant's update the left-out file with this number, for this user.
AddFile = Callable[[UUID, UUID, int, UUID], Added]


class Services:
    """Opens nothing before it is used. `what_if` and `add_file` are given by whoever knows the stages, and may be
    missing."""

    def __init__(self, settings: Settings, what_if: WhatIfs | None = None, add_file: AddFile | None = None) -> None:
        self.settings = settings
        self.what_if = what_if
        self.add_file = add_file
        self.file_links = FileLinks(settings)
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
