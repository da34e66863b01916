"""What the pages work with: settings, database, blob store; one of each for a process."""

from collections.abc import Callable
from functools import cached_property
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from cases.sources import Report
from cases.whatif import WhatIf
from console.throttle import Throttle
from schemas.settings import Settings
from storage.blobs import Blobs
from storage.database import Database

#: Tells of a tenant's mail what a replay would make of it; None for a mail that is not there or has not ended.
WhatIfs = Callable[[UUID, UUID], WhatIf | None]
#: Tests the connection of a source, which may take a minute; None for one that is not fetched.
SourceTests = Callable[[UUID], Report | None]


class Services:
    """Opens nothing before it is used. `what_if` and `test_source` are given by whoever knows the stages, and may be
    missing."""

    def __init__(
        self, settings: Settings, what_if: WhatIfs | None = None, test_source: SourceTests | None = None
    ) -> None:
        self.settings = settings
        self.what_if = what_if
        self.test_source = test_source
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
