"""Finds the users of a tenant by email address, and decides what their roles may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from cases.addresses.compare import email_key, without_sub_address
from schemas.tables import Role


@dataclass(frozen=True)
class Person:
    """The facts about a user that the rules need."""

    id: UUID
    name: str
    role: Role
    active: bool


# An address belongs to the user with that address; else to the user who confirmed it as an alias; else, if the tenant
# strips sub-addresses, to the user of the address without its sub-address. The best match comes last, and wins in
# `find_all`. The transaction's scope shows one tenant only.
_AUTHORS = text("""
select k.key, u.id, u.name, u.role, u.active
from tenants t join unnest(cast(:keys as text[]), cast(:wanted as text[]), cast(:stripped as boolean[]))
    k(key, wanted, stripped) on t.strip_sub_addresses or not k.stripped
cross join lateral (
    select id, false as alias from users where tenant_id = t.id and email_key = k.wanted
    union all
    select user_id, true from email_aliases where tenant_id = t.id and email_key = k.wanted and confirmed_at is not null
) found
join users u on u.id = found.id
order by k.stripped desc, found.alias desc
""")


def find(connection: Connection, address: str) -> Person | None:
    """Returns the user of this tenant with the address, as their own or a confirmed alias; None for a stranger."""
    return find_all(connection, [email_key(address)])[0]


def find_all(connection: Connection, keys: Sequence[str]) -> list[Person | None]:
    """Returns what `find` returns for each of several addresses, given by their `email_key`s, in one round trip."""
    # an unreadable author has the empty key, which must match no user
    asked = [(key, key, False) for key in keys if key]
    asked += [(key, bare, True) for key in keys if (bare := without_sub_address(key))]
    values = {
        "keys": [key for key, *_ in asked],
        "wanted": [wanted for _, wanted, _ in asked],
        "stripped": [stripped for *_, stripped in asked],
    }
    rows = connection.execute(_AUTHORS, values)
    found = {row.key: Person(row.id, row.name, Role(row.role), row.active) for row in rows}
    return [found.get(key) for key in keys]


def may_validate(role: Role) -> bool:
    """Returns whether users of this role may validate updates; their own updates need no validation."""
    return role in {Role.ADMIN, Role.CASE_MANAGER}


def may_post(role: Role, *, member: bool) -> bool:
    """Returns whether a user may post on a case: everybody who works for the tenant may, and a client as a member."""
    return member or role is not Role.CLIENT
