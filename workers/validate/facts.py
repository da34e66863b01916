"""Defines the facts about a mail that the rules use."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.addresses.tokens import Address
from cases.inbound.destinations import Destination
from cases.inbound.rate_limit import RateLimit
from cases.outgoing.notices import Notice
from cases.people.directory import Person
from schemas.records import ParsedMail
from schemas.tables import Authentication


@dataclass(frozen=True)
class Facts:
    """The facts about one mail that rules may use, as of the time `at`.

    `destination`: the case, and the update if any, that its address names; or the case `attached_to`, to which a person
    attached the mail. `meant_cases`: if the address is mistyped, the numbers of cases with a similar address.
    `mails_of_sender`, `mails_of_author`: counted as in `cases.inbound.rate_limit`. `recipients`: the number of
    addresses at which this delivery of the mail came in. `answers`: the update that the mail answers, if any. `groups`:
    the access group that limits who sees the answer; several groups if none of them is narrow enough. `sealers`: the
    forwarders that the tenant trusts (ARC). `answer_score`: the lowest score of an answer (`answer_score.py`). `sent`:
    notices that the author was sent on the case, that of the answered update first.
    `posts_also`: the reasons for which the tenant chose to post a mail all the same.

    `copies`: the facts of the other copies of the mail in this delivery, and of copies in other deliveries that have
    posted. Copies in other deliveries that have not posted are left out, as a mail may be damaged on its way. Only set
    for a copy: `posted` (it has become an update), `posted_unverified` (its author was not proven), `under_way` (it
    may still post) and `same_delivery` (it is of this delivery). `erased`: the id of a copy that was erased.
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
    posts_also: frozenset[str] = frozenset()
    answer_score: int = 1
    sent: tuple[Notice, ...] = ()
