"""Finds the case that a mail is about: the case that it posted on or was moved to, or that its address names.

For display and for forms only: `workers.validate` decides where a mail may post.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.addresses.tokens import AddressKind, Keys, read

#: The words of the evidence before the number of the case that a mistyped address may mean (`workers.validate`).
_LIKE = "case "

_FIND = text("""
select k.mail_id, c.id, c.number, c.title, c.open, p.name as manager, found.update_id
from unnest(cast(:mail_ids as uuid[]), cast(:case_ids as uuid[]), cast(:handles as text[]), cast(:numbers as text[]))
    k(mail_id, case_id, handle, number)
cross join lateral (
    select k.case_id, cast(null as uuid) as update_id where k.case_id is not null
    union all
    select u.case_id, u.id from update_recipients r join updates u on u.id = r.update_id where r.handle = k.handle
    union all
    select a.case_id, null from case_addresses a where a.handle = k.handle
    union all
    select s.id, null from cases s where s.number = k.number
) found
join cases c on c.id = found.case_id join users p on p.id = c.manager_id
""")


@dataclass(frozen=True)
class MeantCase:
    """A case, and the update whose reply address the mail was sent to, if it was sent to one."""

    id: UUID
    number: str
    title: str
    open: bool
    manager: str
    update_id: UUID | None = None


def find(connection: Connection, keys: Keys, tenant_id: UUID, mails: Sequence[Row[Any]]) -> Mapping[UUID, MeantCase]:
    """Returns the case of each mail, by the mail's id; a mail of which none is known is left out.

    The rows have `id`, `recipient`, `override`, `evidence`, and `case_id` of the case that the mail posted on. One
    statement, in the tenant's scope.
    """
    asked = [(mail.id, *_signs(keys, tenant_id, mail)) for mail in mails]
    asked = [row for row in asked if any(row[1:])]
    if not asked:
        return {}
    mail_ids, case_ids, handles, numbers = (list(column) for column in zip(*asked, strict=True))
    values = {"mail_ids": mail_ids, "case_ids": case_ids, "handles": handles, "numbers": numbers}
    return {
        row.mail_id: MeantCase(row.id, row.number, row.title, row.open, row.manager, row.update_id)
        for row in connection.execute(_FIND, values)
    }


def _signs(keys: Keys, tenant_id: UUID, mail: Row[Any]) -> tuple[UUID | None, str | None, str | None]:
    """Returns the strongest sign of the mail's case: its id, the handle of an address, or a case number."""
    if mail.case_id:
        return mail.case_id, None, None
    if moved := (mail.override or {}).get("case_id"):
        return UUID(moved), None, None
    address = read(keys, tenant_id, mail.recipient.rpartition("@")[0])
    if address and address.kind is not AddressKind.CANARY:
        return None, address.handle, None
    like = mail.evidence.get("did you mean", "")
    return None, None, like.removeprefix(_LIKE) if like.startswith(_LIKE) else None
