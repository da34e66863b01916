"""A reply address that was sent to one person, used by another: the one forwarded the update to the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.addresses.tokens import AddressKind, Keys, read
from cases.people import directory
from cases.people.directory import Person
from schemas.reasons import Reason
from schemas.records import Rejection
from schemas.tables import new_id, now

_SENT_TO = text("""
select r.handle, r.update_id, u.case_id, p.name, r.email
from update_recipients r join updates u on u.id = r.update_id join users p on p.id = r.user_id
where r.handle = any(:handles)
""")
_RIGHTS = text("""
select exists (select 1 from case_members where case_id = u.case_id and user_id = :user_id) as member,
    :role = any(g.may_see) as sees
from updates u join access_groups g on g.id = u.access_group_id where u.id = :update_id
""")
_LOG = text("""
insert into update_recipients (id, tenant_id, update_id, user_id, email, handle, logged_at)
values (:id, :tenant_id, :update_id, :user_id, :email, null, :at)
on conflict (update_id, user_id) do nothing
""")


@dataclass(frozen=True)
class ForwardedUpdate:
    """`sent_to` is the name of whoever the update `update_id` was sent to; `author` the user who answers it."""

    update_id: UUID
    case_id: UUID
    sent_to: str
    author: Person

    @property
    def words(self) -> str:
        """What happened, for a person."""
        return f"{self.sent_to} was sent the update, and forwarded it to {self.author.name}."


def find(connection: Connection, keys: Keys, tenant_id: UUID, recipient: str, author: str) -> ForwardedUpdate | None:
    """Who passed the update on to whom, going by the address that the mail was sent to and its author; None where it
    is no reply address of ours, or its author no user of this tenant."""
    person = directory.find(connection, author)
    handle = _handle(keys, tenant_id, recipient)
    row = connection.execute(_SENT_TO, {"handles": [handle]}).first() if person and handle else None
    return ForwardedUpdate(row.update_id, row.case_id, row.name, person) if row and person else None


_OWNER = text("""
select p.id, p.name, p.email from update_recipients r join users p on p.id = r.user_id
where r.handle = :handle and p.active
""")


def owner(connection: Connection, keys: Keys, tenant_id: UUID, recipient: str) -> Row[Any] | None:
    """The active user (`id`, `name`, `email`) whose own reply address a mail was sent to; None where there is none."""
    handle = _handle(keys, tenant_id, recipient)
    return connection.execute(_OWNER, {"handle": handle}).first() if handle else None


def evidence(connection: Connection, keys: Keys, rejections: Sequence[Rejection]) -> dict[UUID, dict[str, str]]:
    """What to tell of each mail whose author was not sent the update, by the mail's id."""
    handles = {
        one.custody.mail_id: _handle(keys, one.custody.tenant_id, one.custody.recipient)
        for one in rejections
        if one.reason is Reason.NOT_A_RECIPIENT
    }
    if not handles:
        return {}
    rows: dict[str, Row[Any]] = {
        row.handle: row for row in connection.execute(_SENT_TO, {"handles": list(handles.values())})
    }
    return {mail_id: {"was sent to": rows[handle].name} for mail_id, handle in handles.items() if handle in rows}


def make_recipient(connection: Connection, tenant_id: UUID, passed: ForwardedUpdate, email: str) -> str:
    """Writes the author into the update's log of recipients, at the address that they wrote from.

    Returns why not, in words; empty when it is done. The log says who has the update, it does not open the case:
    a client who is no member of it stays outside.
    """
    asked = {"update_id": passed.update_id, "user_id": passed.author.id, "role": passed.author.role}
    rights = connection.execute(_RIGHTS, asked).one()
    if not passed.author.active:
        return "The sender's user account is archived."
    if not directory.may_post(passed.author.role, member=rights.member):
        return "The sender may not post on this case: make them a member of the case first."
    if not rights.sees:
        return "The sender may not see updates of this access group."
    connection.execute(
        _LOG,
        {
            "id": new_id(),
            "tenant_id": tenant_id,
            "update_id": passed.update_id,
            "user_id": passed.author.id,
            "email": email,
            "at": now(),
        },
    )
    return ""


def _handle(keys: Keys, tenant_id: UUID, recipient: str) -> str:
    address = read(keys, tenant_id, recipient.rpartition("@")[0])
    return address.handle if address and address.kind is AddressKind.REPLY else ""
