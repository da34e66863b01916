"""Who is who: how addresses are compared, and who may post on a case."""

from dataclasses import dataclass
from uuid import UUID

import idna
from sqlalchemy import Connection, text

from schemas.tables import Role


def email_key(address: str) -> str:
    """The form in which addresses are compared: one written rule.

    The domain in ASCII (IDNA 2008) and lower case, the local part with its ASCII letters in lower case; nothing else
    is folded: no dots, no sub-addresses, no look-alikes. An address that is not one gives the empty string.
    """
    local, _, domain = address.strip().rpartition("@")
    try:
        # IDNA 2008 without mapping (RFC 5891): a look-alike domain is an error here, not the domain it looks like
        domain = domain.lower() if domain.isascii() else idna.encode(domain.lower()).decode("ascii")
    except idna.IDNAError:
        return ""
    if not local or not domain:
        return ""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in local) + "@" + domain


@dataclass(frozen=True)
class Person:
    """A user, as far as the rules ask."""

    id: UUID
    name: str
    role: Role
    active: bool


_FIND = text("select id, name, role, active from users where email_key = :key")


def find(connection: Connection, address: str) -> Person | None:
    """The user of this tenant who has the address; None for a stranger."""
    row = connection.execute(_FIND, {"key": email_key(address)}).first()
    return Person(row.id, row.name, Role(row.role), row.active) if row else None


def may_post(role: Role, *, member: bool) -> bool:
    """Whether somebody may post on a case: everybody who works for the tenant, and clients who are members of it."""
    return member or role is not Role.CLIENT
