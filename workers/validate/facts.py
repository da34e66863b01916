"""The facts that the rules decide on, read in the tenant's scope in two round trips."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from cases.addresses import Address, AddressKind, Keys, read
from cases.directory import Person, email_key
from schemas.records import ParsedMail
from schemas.tables import Role


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


_TENANT_AND_AUTHOR = text("""
select t.active as tenant_active, t.replies_on, u.id, u.name, u.role, u.active
from tenants t left join users u on u.tenant_id = t.id and u.email_key = :key
where t.id = :tenant_id
""")

_REPLY_PLACE = text("""
select u.case_id, r.update_id as answers, null::timestamptz as retired_at,
    exists (select 1 from update_recipients o where o.update_id = r.update_id and o.user_id = :author_id) as was_sent,
    exists (select 1 from case_members m where m.case_id = u.case_id and m.user_id = :author_id) as member
from update_recipients r join updates u on u.id = r.update_id
where r.handle = :handle
""")

_CASE_PLACE = text("""
select a.case_id, null::uuid as answers, a.retired_at, false as was_sent,
    exists (select 1 from case_members m where m.case_id = a.case_id and m.user_id = :author_id) as member
from case_addresses a
where a.handle = :handle
""")

_PLACE = {AddressKind.REPLY: _REPLY_PLACE, AddressKind.CASE: _CASE_PLACE}


def gather(connection: Connection, mail: ParsedMail, keys: Keys) -> Facts:
    """Reads the facts about `mail` from the database, in the scope of its tenant."""
    tenant_id = mail.custody.tenant_id
    row = connection.execute(_TENANT_AND_AUTHOR, {"key": email_key(mail.author) or None, "tenant_id": tenant_id}).one()
    author = Person(row.id, row.name, Role(row.role), row.active) if row.id else None
    address = read(keys, tenant_id, mail.custody.recipient.rpartition("@")[0])
    place = None
    if address is not None:
        found = connection.execute(
            _PLACE[address.kind], {"handle": address.handle, "author_id": author.id if author else None}
        ).first()
        place = Place(**found._mapping) if found else None
    return Facts(mail, row.tenant_active, row.replies_on, address, author, place)
