"""The facts that the rules decide on, read for several mails at once in their tenant's scope."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from cases.addresses import Address, AddressKind, Keys, read
from cases.directory import Person, email_key, find_all
from schemas.records import ParsedMail


@dataclass(frozen=True)
class Place:
    """What the address names. `answers` is the update whose reply address it is; `was_sent` whether the author is
    in the log of that update's recipients; `member` whether they are a member of the case."""

    case_id: UUID
    answers: UUID | None
    retired_at: datetime | None
    was_sent: bool
    member: bool


@dataclass(frozen=True)
class Facts:
    """All that the rules may ask about one mail."""

    mail: ParsedMail
    tenant_active: bool
    replies_on: bool
    address: Address | None
    author: Person | None
    place: Place | None


_TENANT = text("select active, replies_on from tenants where id = :tenant_id")

_REPLY_PLACES = text("""
select k.handle, k.author_id, u.case_id, r.update_id as answers, null::timestamptz as retired_at,
    exists (select 1 from update_recipients o where o.update_id = r.update_id and o.user_id = k.author_id) as was_sent,
    exists (select 1 from case_members m where m.case_id = u.case_id and m.user_id = k.author_id) as member
from unnest(cast(:handles as text[]), cast(:author_ids as uuid[])) k(handle, author_id)
join update_recipients r on r.handle = k.handle join updates u on u.id = r.update_id
""")

_CASE_PLACES = text("""
select k.handle, k.author_id, a.case_id, null::uuid as answers, a.retired_at, false as was_sent,
    exists (select 1 from case_members m where m.case_id = a.case_id and m.user_id = k.author_id) as member
from unnest(cast(:handles as text[]), cast(:author_ids as uuid[])) k(handle, author_id)
join case_addresses a on a.handle = k.handle
""")

_PLACES = {AddressKind.REPLY: _REPLY_PLACES, AddressKind.CASE: _CASE_PLACES}

#: What a place is asked for with: the kind and the handle of the address, and the author's id.
_Question = tuple[AddressKind, str, UUID | None]


def gather(connection: Connection, mails: Sequence[ParsedMail], keys: Keys) -> list[Facts]:
    """Reads the facts about mails of one tenant from the database, in its scope."""
    tenant_id = mails[0].custody.tenant_id
    tenant = connection.execute(_TENANT, {"tenant_id": tenant_id}).one()
    authors = find_all(connection, [email_key(mail.author) for mail in mails])
    addresses = [read(keys, tenant_id, mail.custody.recipient.rpartition("@")[0]) for mail in mails]
    questions = [_question(address, author) for address, author in zip(addresses, authors, strict=True)]
    places = _places(connection, {question for question in questions if question is not None})
    return [
        Facts(mail, tenant.active, tenant.replies_on, address, author, places.get(question) if question else None)
        for mail, address, author, question in zip(mails, addresses, authors, questions, strict=True)
    ]


def _question(address: Address | None, author: Person | None) -> _Question | None:
    return (address.kind, address.handle, author.id if author else None) if address else None


def _places(connection: Connection, questions: AbstractSet[_Question]) -> dict[_Question, Place]:
    places: dict[_Question, Place] = {}
    for kind, statement in _PLACES.items():
        asked = [question for question in questions if question[0] is kind]
        if asked:
            values = {"handles": [handle for _, handle, _ in asked], "author_ids": [author for *_, author in asked]}
            for row in connection.execute(statement, values):
                place = Place(row.case_id, row.answers, row.retired_at, row.was_sent, row.member)
                places[kind, row.handle, row.author_id] = place
    return places
