"""The mail domain of a tenant, which must not be one that people log in with anywhere.

Whoever has the address of a case reads what is mailed there. If other services take an address in that domain for one
of the staff, such a person can sign up there as one ("Ticket Trick", 2017).
"""

import re
from uuid import UUID

from sqlalchemy import Connection, text

from cases.addresses.compare import domain_key

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)+{_LABEL}", re.ASCII)

_LOG_INS = text("select count(*) from users where active and split_part(email_key, '@', -1) = :domain")
_GIVEN_OUT = text("""
select (select count(*) from update_recipients where handle is not null) + (select count(*) from case_addresses)
""")
_READ = text("select mail_domain from tenants where id = :id")
_SET = text("update tenants set mail_domain = :domain where id = :id")


def plain(domain: str) -> str:
    """The domain as it is stored, in lower-case ASCII; empty for what is none."""
    ascii_form = domain_key(domain.strip().removesuffix("."))
    return ascii_form if _DOMAIN.fullmatch(ascii_form) else ""


def log_ins(connection: Connection, domain: str) -> int:
    """How many active users of this tenant log in with an address in the domain."""
    return int(connection.execute(_LOG_INS, {"domain": domain}).scalar_one())


def given_out(connection: Connection) -> int:
    """How many reply and case addresses this tenant has given out, all of them in its mail domain."""
    return int(connection.execute(_GIVEN_OUT).scalar_one())


def read(connection: Connection, tenant_id: UUID) -> str:
    """The mail domain of the tenant."""
    return str(connection.execute(_READ, {"id": tenant_id}).scalar_one())


def change(connection: Connection, tenant_id: UUID, domain: str) -> None:
    """Gives the tenant the mail domain, as `plain` gives it."""
    connection.execute(_SET, {"id": tenant_id, "domain": domain})


def same_domain(sender: str, author: str) -> bool:
    """Whether an envelope sender is of the author's domain, or of one below it (as RFC 7489 section 3.1.2 aligns)."""
    own, domain = (address.rpartition("@")[2].lower() for address in (author, sender))
    return f".{domain}".endswith(f".{own}")
