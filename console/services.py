"""What the pages share in one process: resources, limits, background work, and what the workers do for the console."""

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

#: Connection tests at a time: each keeps a thread waiting for a remote server.
MOST_CONNECTION_TESTS = 4

#: Returns what a replay would make of a tenant's mail; None if there is no such mail, or it has not ended.
WhatIfs = Callable[[UUID, UUID], WhatIf | None]
#: Returns what each rule says of a tenant's mail today; None if there is no such mail, or its original is deleted.
Whys = Callable[[UUID, UUID], tuple[Asked, ...] | None]
#: Adds to a tenant's update the left-out file with this number, for this user, or returns why not.
AddFile = Callable[[UUID, UUID, int, UUID], Refusal | None]
#: Tests the connection of a source, which may take a minute; None for a source that is not fetched.
SourceTests = Callable[[UUID], Report | None]


@dataclass(frozen=True)
class Offers:
    """What the workers do for the console, handed in by `ops`; a page leaves out what is None."""

    what_if: WhatIfs | None = None
    why: Whys | None = None
    add_file: AddFile | None = None
    test_source: SourceTests | None = None


NO_OFFERS = Offers()


class Services:
    """What pages use besides their requests."""

    def __init__(self, resources: Resources, offers: Offers = NO_OFFERS) -> None:
        self._resources = resources
        self.offers = offers
        settings = resources.settings
        self.file_links = FileLinks(settings)
        self.devices = Devices(settings)
        self.throttle = Throttle(resources.database, derive(settings.secrets.session_secret, "throttle")[0])
        self.hashing = Hashing()
        # separate queues: a flood of wrong passwords must not delay the letters to people who forgot theirs
        self.refusals, self.letters = BackgroundWork(), BackgroundWork()
        #: Turns to have uploaded files examined.
        self.examinations = Turns()
        self.connection_tests = Slots(MOST_CONNECTION_TESTS)

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
        """Returns when all work that was begun is done."""
        self.refusals.close()
        self.letters.close()
        self.hashing.close()
        self.database.close()


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


#: The services, as a parameter of an endpoint.
TheServices = Annotated[Services, Depends(_services)]
