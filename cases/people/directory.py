"""Who is who: how addresses are compared, and who may post on a case."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import idna
from sqlalchemy import Connection, text

from schemas.tables import Role

# dot-atom "@" domain (RFC 5321 section 4.1.2), in ASCII: every mail server takes it
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.ASCII)
_LONGEST_LOCAL_PART, _LONGEST_ADDRESS = 64, 254


def email_key(address: str) -> str:
    """The form in which addresses are compared: one written rule.

    The domain in ASCII (IDNA 2008) and lower case, the local part with its ASCII letters in lower case; nothing else
    is folded: no dots, no sub-addresses, no look-alikes. An address that is not one gives the empty string.
    """
    local, _, written = address.strip().rpartition("@")
    domain = domain_key(written)
    if not local or not domain:
        return ""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in local) + "@" + domain


def domain_key(domain: str) -> str:
    """The domain in ASCII and lower case; a look-alike of one is not the domain it looks like, but the empty string."""
    # the Kelvin sign is not the letter k, though it is one in lower case
    lower = "".join(c.lower() if c.isascii() or not c.lower().isascii() else c for c in domain)
    try:
        # IDNA 2008 without mapping (RFC 5891)
        return lower if lower.isascii() else idna.encode(lower).decode("ascii")
    except idna.IDNAError:
        return ""


def plain_address(wanted: str) -> str | None:
    """The address with its domain in lower-case ASCII; empty for none; None for what is not one plain address."""
    if not wanted:
        return ""
    local = wanted.rpartition("@")[0]
    domain = email_key(wanted).rpartition("@")[2]
    fits = len(local) <= _LONGEST_LOCAL_PART and len(local) + 1 + len(domain) <= _LONGEST_ADDRESS
    if not fits or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return None
    return f"{local}@{domain}"


@dataclass(frozen=True)
class Person:
    """A user, as far as the rules ask."""

    id: UUID
    name: str
    role: Role
    active: bool


# An address is whose own it is; else who has confirmed it as an alias; else, where the tenant wants that, whose it is
# without its sub-address. The nearest match comes last. The scope of the transaction shows one tenant.
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


def without_sub_address(key: str) -> str:
    """The `email_key` of the mailbox behind a sub-address: of `ann+home@x`, `ann@x` (RFC 5233 section 1).

    Empty when it has none, and for a quoted local part, in which a plus need not mean that.
    """
    local, _, domain = key.rpartition("@")
    user, plus, _ = local.partition("+")
    return f"{user}@{domain}" if user and plus and '"' not in local else ""


def find(connection: Connection, address: str) -> Person | None:
    """The user of this tenant who has the address, as their own or as a confirmed alias; None for a stranger."""
    return find_all(connection, [email_key(address)])[0]


def find_all(connection: Connection, keys: Sequence[str]) -> list[Person | None]:
    """The user of each of several addresses, given by their `email_key`s; in one round trip."""
    # an author that could not be read has the empty key, which must be nobody's
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
    """Whether somebody's own updates need nobody's validation, and they may validate those of others."""
    return role in {Role.ADMIN, Role.CASE_MANAGER}


def may_post(role: Role, *, member: bool) -> bool:
    """Whether somebody may post on a case: everybody who works for the tenant, and clients who are members of it."""
    return member or role is not Role.CLIENT
