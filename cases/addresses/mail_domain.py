"""The mail domain of a tenant. It must not be a domain of addresses with which people log in, here or elsewhere.

Anybody who sees a case can read the mail to its address. If another service takes every address in that domain for an
address of the staff, such a person can sign up there as staff ("Ticket Trick", 2017).
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
    """Returns the domain as it is stored, in lower-case ASCII; "" for a text that is not a domain."""
    ascii_form = domain_key(domain.strip().removesuffix("."))
    return ascii_form if _DOMAIN.fullmatch(ascii_form) else ""


def log_ins(connection: Connection, domain: str) -> int:
    """Returns how many active users of this tenant log in with an address in the domain."""
    return int(connection.execute(_LOG_INS, {"domain": domain}).scalar_one())


def given_out(connection: Connection) -> int:
    """Returns how many reply and case addresses this tenant has given out, all in its mail domain."""
    return int(connection.execute(_GIVEN_OUT).scalar_one())


def read(connection: Connection, tenant_id: UUID) -> str:
    """Returns the mail domain of the tenant."""
    return str(connection.execute(_READ, {"id": tenant_id}).scalar_one())


def change(connection: Connection, tenant_id: UUID, domain: str) -> None:
    """Sets the mail domain of the tenant, in the form that `plain` returns."""
    connection.execute(_SET, {"id": tenant_id, "domain": domain})


def same_domain(sender: str, author: str) -> bool:
    """Returns whether an envelope sender is in the author's domain or its subdomain (RFC 7489 section 3.1.2)."""
    own, domain = (address.rpartition("@")[2].lower() for address in (author, sender))
    return f".{domain}".endswith(f".{own}")
