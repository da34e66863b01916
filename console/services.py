"""The objects that the pages share: resources, limits, background work, and functions that the workers provide."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from cases.files.links import FileLinks
from cases.inbound.connection_report import Report
from cases.inbound.replay_preview import WhatIf
from cases.inbound.rule_report import Asked
from cases.outgoing.signed_links import derive
from cases.refusal import Refusal
from console.guards.background import BackgroundWork
from console.guards.devices import Devices
from console.guards.hashing import Hashing
from console.guards.slots import Slots
from console.guards.throttle import Throttle
from console.guards.turns import Turns
from schemas.settings import Settings
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources

#: Most connection tests at a time: during each, a thread waits for a remote server.
MOST_CONNECTION_TESTS = 4

#: Returns the result that a replay of a tenant's mail would have; None if there is no such mail, or it has not ended.
WhatIfs = Callable[[UUID, UUID], WhatIf | None]
#: Returns each rule's verdict on a tenant's mail today; None if there is no such mail, or its original is deleted.
Whys = Callable[[UUID, UUID], tuple[Asked, ...] | None]
#: Adds the left-out file with this number to a tenant's update, for this user; or returns why not.
AddFile = Callable[[UUID, UUID, int, UUID], Refusal | None]
#: Tests the connection of a source, which may take a minute; None for a source that is not fetched.
SourceTests = Callable[[UUID], Report | None]


@dataclass(frozen=True)
class Offers:
    """The workers' functions for the console, which `ops` passes in; pages don't offer what is None."""

    what_if: WhatIfs | None = None
    why: Whys | None = None
    add_file: AddFile | None = None
    test_source: SourceTests | None = None


NO_OFFERS = Offers()


class Services:
    """The objects that pages use besides their requests."""

    def __init__(self, resources: Resources, offers: Offers = NO_OFFERS) -> None:
        self._resources = resources
        self.offers = offers
        settings = resources.settings
        self.file_links = FileLinks(settings)
        self.devices = Devices(settings)
        self.throttle = Throttle(resources.database, derive(settings.secrets.session_secret, "throttle")[0])
        self.hashing = Hashing()
        # separate queues: a flood of wrong passwords must not delay letters to people who forgot their password
        self.refusals, self.letters = BackgroundWork(), BackgroundWork()
        #: Turns of requests to examine their uploaded files.
        self.examinations = Turns()
        self.connection_tests = Slots(MOST_CONNECTION_TESTS)

    @property
    def resources(self) -> Resources:
        """Database, blob store and settings, for functions of `cases` that need them together."""
        return self._resources

    @property
    def settings(self) -> Settings:
        """The settings of the process."""
        return self._resources.settings

    @property
    def database(self) -> Database:
        """The database, which connects when first used."""
        return self._resources.database

    @property
    def blobs(self) -> Blobs:
        """The blob store."""
        return self._resources.blobs

    def close(self) -> None:
        """Waits for the background work, and closes the database."""
        self.refusals.close()
        self.letters.close()
        self.hashing.close()
        self.database.close()


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


#: The services, as a parameter of an endpoint.
TheServices = Annotated[Services, Depends(_services)]
