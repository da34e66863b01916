"""An update that its recipient forwarded to another person, who now answers from the recipient's reply address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.addresses.tokens import AddressKind, Keys, read
from cases.people import directory
from cases.people.directory import Person
from cases.refusal import Refusal
from schemas.reasons import Reason
from schemas.records import Rejection
from schemas.tables import new_id, now

_SENT_TO = text("""
select r.handle, r.update_id, p.name
from update_recipients r join users p on p.id = r.user_id
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

_OWNER = text("""
select p.id, p.name, p.email from update_recipients r join users p on p.id = r.user_id
where r.handle = :handle and p.active
""")


@dataclass(frozen=True)
class ForwardedUpdate:
    """`sent_to` is the name of the recipient of the update `update_id`; `author` is the user who answers it."""

    update_id: UUID
    sent_to: str
    author: Person

    @property
    def words(self) -> str:
        """A sentence for a person on who forwarded the update to whom."""
        return f"{self.sent_to} was sent the update, and forwarded it to {self.author.name}."


def find(connection: Connection, keys: Keys, tenant_id: UUID, recipient: str, author: str) -> ForwardedUpdate | None:
    """Finds the forwarded update behind a mail, by the reply address it was sent to and its author.

    Returns None when the address is not a reply address of ours, or the author is not a user of the tenant.
    """
    person = directory.find(connection, author)
    handle = _handle(keys, tenant_id, recipient)
    row = connection.execute(_SENT_TO, {"handles": [handle]}).first() if person and handle else None
    return ForwardedUpdate(row.update_id, row.name, person) if row and person else None


def owner(connection: Connection, keys: Keys, tenant_id: UUID, recipient: str) -> Row[Any] | None:
    """Returns the active user (`id`, `name`, `email`) to whose own reply address a mail was sent; None for nobody."""
    handle = _handle(keys, tenant_id, recipient)
    return connection.execute(_OWNER, {"handle": handle}).first() if handle else None


def evidence(connection: Connection, keys: Keys, rejections: Sequence[Rejection]) -> dict[UUID, dict[str, str]]:
    """Returns further evidence, by mail id, for mails from a user who is no recipient of the answered update: the name
    of the user to whom the reply address belongs."""
    handles = {
        rejection.custody.mail_id: _handle(keys, rejection.custody.tenant_id, rejection.custody.recipient)
        for rejection in rejections
        if rejection.reason is Reason.NOT_A_RECIPIENT
    }
    if not handles:
        return {}
    rows: dict[str, Row[Any]] = {
        row.handle: row for row in connection.execute(_SENT_TO, {"handles": list(handles.values())})
    }
    return {mail_id: {"was sent to": rows[handle].name} for mail_id, handle in handles.items() if handle in rows}


def check(connection: Connection, forwarded: ForwardedUpdate) -> Refusal | None:
    """Returns why the author can't become a recipient of the update; None if they can."""
    author = forwarded.author
    values = {"update_id": forwarded.update_id, "user_id": author.id, "role": author.role}
    rights = connection.execute(_RIGHTS, values).one()
    if not author.active:
        return Refusal("The sender's user account is archived.")
    if not directory.may_post(author.role, member=rights.member):
        return Refusal("The sender may not post on this case: make them a member of the case first.")
    if not rights.sees:
        return Refusal("The sender may not see updates of this access group.")
    return None


def make_recipient(connection: Connection, tenant_id: UUID, forwarded: ForwardedUpdate, email: str) -> None:
    """Adds the author to the recipient log of the update, with the address `email` that they wrote from.

    The caller has called `check`. The log says who has the update; it gives no access to the case: a client who is not
    a member of the case still can't open it.
    """
    connection.execute(
        _LOG,
        {
            "id": new_id(),
            "tenant_id": tenant_id,
            "update_id": forwarded.update_id,
            "user_id": forwarded.author.id,
            "email": email,
            "at": now(),
        },
    )


def _handle(keys: Keys, tenant_id: UUID, recipient: str) -> str:
    address = read(keys, tenant_id, recipient.rpartition("@")[0])
    return address.handle if address and address.kind is AddressKind.REPLY else ""
