"""The facts about one mail that the rules decide on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.addresses.tokens import Address
from cases.inbound.destinations import Destination
from cases.inbound.rate_limit import RateLimit
from cases.people.directory import Person
from schemas.records import ParsedMail
from schemas.tables import Authentication


@dataclass(frozen=True)
class Facts:
    """All that the rules may ask about one mail, as of the time `at`.

    `destination`: what its address names, or the case that a person attached it to, `attached_to`. `meant_cases`: the
    numbers of cases with an address like its mistyped one. `mails_of_sender` and `mails_of_author` are counted as
    `cases.inbound.rate_limit` says. `recipients`: the number of addresses at which this delivery of the mail came in.
    `answers`: the update that the mail answers, if any; `groups`: the access group that the answer must not leave, or
    several if none of them will do. `sealers`: the forwarders that the tenant trusts. `answer_score`: the least score
    of an answer (`answer_score.py`).

    `copies`: the facts of this delivery's other copies of the mail, and of other deliveries' copies that have posted;
    other deliveries count for nothing else, as a mail may be damaged on its way. Only for a copy: `posted` (it has
    become an update), `posted_unverified` (nothing proved who wrote it), `under_way` (it may still post) and
    `same_delivery` (it came with this mail). `erased`: a copy that was erased.
    """

    mail: ParsedMail
    at: datetime
    tenant_active: bool
    replies_on: bool
    authentication: Authentication
    address: Address | None
    author: Person | None
    destination: Destination | None
    mails_of_sender: int
    mails_of_author: int
    rate_limit: RateLimit
    meant_cases: tuple[str, ...] = ()
    recipients: int = 1
    copies: tuple["Facts", ...] = ()
    posted: bool = False
    posted_unverified: bool = False
    under_way: bool = True
    same_delivery: bool = True
    erased: UUID | None = None
    attached_to: UUID | None = None
    answers: UUID | None = None
    groups: frozenset[UUID] = frozenset()
    sealers: tuple[str, ...] = ()
    answer_score: int = 1
