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
from workers.validate import pace as paces
from workers.validate.pace import MAILS_OF_SENDERS, Pace


@dataclass(frozen=True)
class Place:
    """What the address names, or the case that a case worker has chosen. `answers` is the update whose reply address
    it is; `was_sent` whether the author is in the log of that update's recipients; `member` whether they are a member
    of the case."""

    case_id: UUID
    answers: UUID | None
    retired_at: datetime | None
    was_sent: bool
    member: bool


@dataclass(frozen=True)
class Facts:
    """All that the rules may ask about one mail. `mails_of_sender` is explained in `pace`."""

    mail: ParsedMail
    tenant_active: bool
    replies_on: bool
    address: Address | None
    author: Person | None
    place: Place | None
    mails_of_sender: int
    pace: Pace


_TENANT = text(f"""
select active, replies_on, {MAILS_OF_SENDERS} as mails_of_senders from tenants t where id = :tenant_id
""")  # noqa: S608  # only a constant of ours is put in

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

# a case worker has attached the mail to a case: it posts there, wherever it was sent to
_CHOSEN_PLACES = text("""
select k.mail_id, c.id as case_id,
    exists (select 1 from case_members m where m.case_id = c.id and m.user_id = k.author_id) as member
from unnest(cast(:mail_ids as uuid[]), cast(:case_ids as uuid[]), cast(:author_ids as uuid[]))
    k(mail_id, case_id, author_id)
join cases c on c.id = k.case_id
""")

_PLACES = {AddressKind.REPLY: _REPLY_PLACES, AddressKind.CASE: _CASE_PLACES}

#: What a place is asked for with: the kind and the handle of the address, and the author's id.
_Question = tuple[AddressKind, str, UUID | None]


def gather(connection: Connection, mails: Sequence[ParsedMail], keys: Keys, pace: Pace) -> list[Facts]:
    """Reads the facts about mails of one tenant from the database, in its scope."""
    tenant_id = mails[0].custody.tenant_id
    tenant = connection.execute(_TENANT, {"tenant_id": tenant_id, **paces.values(mails, pace)}).one()
    authors = find_all(connection, [email_key(mail.author) for mail in mails])
    addresses = [read(keys, tenant_id, mail.custody.recipient.rpartition("@")[0]) for mail in mails]
    questions = [_question(address, author) for address, author in zip(addresses, authors, strict=True)]
    places = _places(connection, {question for question in questions if question is not None})
    found = [places.get(question) if question else None for question in questions]
    chosen = _chosen(connection, mails, authors)
    return [
        Facts(
            mail,
            tenant.active,
            tenant.replies_on,
            address,
            author,
            chosen.get(mail.custody.mail_id, place),
            count,
            pace,
        )
        for mail, address, author, place, count in zip(
            mails, addresses, authors, found, tenant.mails_of_senders, strict=True
        )
    ]


def _chosen(
    connection: Connection, mails: Sequence[ParsedMail], authors: Sequence[Person | None]
) -> dict[UUID, Place | None]:
    """Of the mails that are attached to a case, that case, by the mail's id; None where there is none."""
    attached = [
        (mail.custody.mail_id, mail.custody.override.case_id, author.id if author else None)
        for mail, author in zip(mails, authors, strict=True)
        if mail.custody.override and mail.custody.override.case_id
    ]
    if not attached:
        return {}
    mail_ids, case_ids, author_ids = zip(*attached, strict=True)
    values = {"mail_ids": list(mail_ids), "case_ids": list(case_ids), "author_ids": list(author_ids)}
    found = connection.execute(_CHOSEN_PLACES, values)
    places = {row.mail_id: Place(row.case_id, None, None, was_sent=False, member=row.member) for row in found}
    return dict.fromkeys(mail_ids) | places


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
