"""Custody: raw bytes durable in the blob store, then ledger rows committed; only then may a source be told."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy import text as sql

from cases.addresses import read
from schemas.tables import OPERATOR, now
from storage import ledger
from storage.blobs import of_batch
from storage.copies import RECIPIENT_BYTES
from storage.ledger import NewMail
from workers.house import House

#: Header fields that a hop or a delivery agent puts in front of a mail on its way (RFC 5321 section 4.4, RFC 8601,
#: RFC 8617 and the delivery agents' own): the same mail by another way differs only in these.
TRACE_FIELDS = (
    b"received",
    b"return-path",
    b"delivered-to",
    b"x-original-to",
    b"envelope-to",
    b"x-envelope-to",
    b"x-received",
    b"received-spf",
    b"authentication-results",
    b"arc-seal",
    b"arc-message-signature",
    b"arc-authentication-results",
)

_TRACE = re.compile(
    rb"^(?:" + b"|".join(TRACE_FIELDS) + rb")[ \t]*:[^\n]*\n(?:[ \t][^\n]*(?:\n|\Z))*", re.IGNORECASE | re.MULTILINE
)
#: Seconds for which the tenants' mail domains are remembered.
_DOMAINS_SECONDS = 10.0

_TENANTS = sql("select mail_domain, id from tenants where mail_domain <> ''")


@dataclass(frozen=True)
class Arrival:
    """A mail as it came, for one recipient. `source_ref` is the source's own id of it."""

    raw: bytes
    recipient: str
    sender: str
    source_ref: str


def content_key(raw: bytes, recipient: str) -> bytes:
    """What makes a mail the same mail: SHA-256 over the mail without its trace fields, then a part of that over the
    recipient. So the copies of one mail for several recipients stand together, and are told apart.

    Line ends don't count: a Maildir has LF where LMTP has CRLF.
    """
    text = raw.replace(b"\r\n", b"\n")
    header, blank, body = text.partition(b"\n\n")
    plain = _TRACE.sub(b"", header + b"\n") + blank + body
    whom = sha256(recipient.lower().encode("utf-8", "surrogateescape")).digest()[:RECIPIENT_BYTES]
    return sha256(plain).digest() + whom


class Custodian:
    """Takes mails into custody for any tenant, as the system role."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._domains: dict[str, list[UUID]] = {}
        self._read_at = float("-inf")

    def knows(self, recipient: str) -> bool:
        """Whether the others answer without a look into the database."""
        return _domain(recipient) in self._domains and time.monotonic() - self._read_at <= _DOMAINS_SECONDS

    def is_ours(self, recipient: str) -> bool:
        """Whether the address is in the mail domain of a tenant."""
        return bool(self._tenants_at(recipient))

    def gave_out(self, recipient: str) -> bool:
        """Whether we gave out that very address, for whichever tenant."""
        return self._tenant_by_tag(recipient) is not None

    def tenant_of(self, recipient: str) -> UUID | None:
        """The tenant that the address belongs to: the one in whose mail domain it is; where several share the domain,
        the one for which we gave it out, and no tenant when it is not one that we gave out."""
        tenants = self._tenants_at(recipient)
        return tenants[0] if len(tenants) == 1 else self._tenant_by_tag(recipient)

    def _tenant_by_tag(self, recipient: str) -> UUID | None:
        # the tag is bound to the tenant, so that no table has to tell of handles across tenants
        local, keys = recipient.rpartition("@")[0], self._house.settings.address_keys
        return next((one for one in self._tenants_at(recipient) if read(keys, one, local) is not None), None)

    def _tenants_at(self, recipient: str) -> list[UUID]:
        """The tenants whose mail domain the address is in; a domain that is not known is looked for afresh."""
        if not self.knows(recipient):
            domains: dict[str, list[UUID]] = {}
            with self._house.database.system() as connection:
                for row in connection.execute(_TENANTS):
                    domains.setdefault(row.mail_domain, []).append(row.id)
            self._domains = domains
            self._read_at = time.monotonic()
        return self._domains.get(_domain(recipient), [])

    def take(
        self,
        batch_id: UUID,
        arrivals: Sequence[Arrival],
        *,
        guard: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        """Takes all the mails into custody, or raises and takes none.

        A recipient of no tenant goes to the operator's held mail. `guard` is called first in the transaction; what
        it raises, such as a lost lease, stops the custody.
        """
        tenants = [self.tenant_of(arrival.recipient) or OPERATOR for arrival in arrivals]
        keys = self._house.blobs.put_all(
            [(tenant_id, of_batch(batch_id), arrival.raw) for tenant_id, arrival in zip(tenants, arrivals, strict=True)]
        )
        received_at = now()
        mails = [
            NewMail(
                tenant_id=tenant_id,
                content_key=content_key(arrival.raw, arrival.recipient),
                source_ref=arrival.source_ref,
                raw=key,
                size=len(arrival.raw),
                recipient=arrival.recipient,
                sender=arrival.sender,
                received_at=received_at,
            )
            for tenant_id, arrival, key in zip(tenants, arrivals, keys, strict=True)
        ]
        with self._house.database.system() as connection:
            guard(connection)
            ledger.take(connection, batch_id, mails)


def _domain(recipient: str) -> str:
    return recipient.rpartition("@")[2].lower().removesuffix(".")
