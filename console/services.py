"""What the pages work with: settings, database, blob store; one of each for a process."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from cases.files.links import FileLinks
from cases.inbound.connection_report import Report
from cases.inbound.replay_preview import WhatIf
from cases.inbound.rule_report import Asked
from cases.outgoing.signed_links import derive
from cases.refusal import Refusal
from console.guards.afterwards import Afterwards
from console.guards.devices import Devices
from console.guards.hashing import Hashing
from console.guards.throttle import Throttle
from console.guards.turns import Turns
from schemas.settings import Settings
from storage.blobs.store import Blobs
from storage.database import open_database

#: Tells of a tenant's mail what a replay would make of it; None for a mail that is not there or has not ended.
WhatIfs = Callable[[UUID, UUID], WhatIf | None]
#: Adds to a tenant's update the left-out file with this number, for this user.
AddFile = Callable[[UUID, UUID, int, UUID], Refusal | None]

#: Tells what each rule says of a tenant's mail today; None for a mail that is not there or has lost its original.
Whys = Callable[[UUID, UUID], tuple[Asked, ...] | None]

#: Tests the connection of a source, which may take a minute; None for one that is not fetched.
SourceTests = Callable[[UUID], Report | None]


@dataclass(frozen=True)
class Offers:
    """What whoever knows the workers does for the console; a page leaves out what is not offered."""

    what_if: WhatIfs | None = None
    why: Whys | None = None
    add_file: AddFile | None = None
    test_source: SourceTests | None = None


NO_OFFERS = Offers()


class Services:
    """Opens nothing before it is used."""

    def __init__(self, settings: Settings, offers: Offers = NO_OFFERS) -> None:
        self.settings = settings
        self.offers = offers
        self.file_links = FileLinks(settings)
        self.database = open_database(settings)
        self.devices = Devices(settings)
        self.throttle = Throttle(self.database, derive(settings.secrets.session_secret, "throttle")[0])
        self.hashing = Hashing()
        # each its own: a flood of wrong passwords must not keep a letter from whoever forgot theirs
        self.refusals, self.letters = Afterwards(), Afterwards()
        #: Turns to have files looked into.
        self.looking = Turns()

    @cached_property
    def blobs(self) -> Blobs:
        """The blob store."""
        return Blobs(self.settings.blobs.url)

    def close(self) -> None:
        """Returns when all that was begun is done."""
        self.refusals.close()
        self.letters.close()
        self.hashing.close()
        self.database.close()


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


#: The services, as a parameter of an endpoint.
TheServices = Annotated[Services, Depends(_services)]
