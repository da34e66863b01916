"""Custody: raw bytes durable in the blob store, then ledger rows committed; only then may a source be told."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy import text as sql

from cases.addresses.tokens import read
from schemas.tables import OPERATOR, now
from storage import senders
from storage.blobs.store import of_batch
from storage.ledger import entries
from storage.ledger.entries import NewMail
from storage.resources import Resources
from workers.fetch.content_key import content_key
from workers.fetch.disk_space import DiskSpace

#: What a source may call the size of a mail at most, in bytes: PostgreSQL's bigint; some say anything.
_LARGEST = 2**63 - 1
#: Most characters of an address, or of a source's own id, that are kept: RFC 5321 lets a path have 256 octets.
_LONGEST = 500
#: Seconds for which the tenants' mail domains are remembered.
_DOMAINS_SECONDS = 10.0

_TENANTS = sql("select mail_domain, id from tenants where mail_domain <> ''")


@dataclass(frozen=True)
class Arrival:
    """A mail as it came, for one recipient. `source_ref` is the source's own id of it.

    Of a mail over `Settings.limits.mail` only the header is taken: `raw` is then what `header_of` gives, or the
    header as the source gives it without the rest (IMAP's BODY.PEEK[HEADER]), and `whole_size` the size of the whole
    mail in bytes (IMAP's RFC822.SIZE). Such a mail ends as the tenant chose for `Reason.TOO_LARGE`, and who wrote it
    is told by the tenant's receipts. Of a mail that is whole, `whole_size` is 0.

    `said` is what a provider found of the sender and reported outside of the mail, as Authentication-Results writes it.
    """

    raw: bytes
    recipient: str
    sender: str
    source_ref: str
    whole_size: int = 0
    said: str = ""


class CustodyService:
    """Takes mails into custody as the system role.

    `tenant_id` is that of a source that belongs to a tenant: all is taken for that tenant alone, whatever address
    stands in it. Without one, each mail is taken for the tenant of its recipient.
    """

    def __init__(self, resources: Resources, tenant_id: UUID | None = None) -> None:
        self._house = resources
        self._tenant_id = tenant_id
        self._room = DiskSpace(resources.settings)
        self._domains: dict[str, list[UUID]] = {}
        self._read_at = float("-inf")

    def knows(self, recipient: str) -> bool:
        """Whether the others answer without a look into the database."""
        return _domain(recipient) in self._domains and time.monotonic() - self._read_at <= _DOMAINS_SECONDS

    def is_ours(self, recipient: str, since: float | None = None) -> bool:
        """Whether the address is in the mail domain of a tenant that this takes mail for.

        A domain that is not known is looked for afresh; of many addresses at once for the first alone, when `since` is
        when they began to be looked at (time.monotonic): a mail may name thousands.
        """
        return bool(self._tenants_at(recipient, since))

    def gave_out(self, recipient: str, since: float | None = None) -> bool:
        """Whether we gave out that very address, for a tenant that this takes mail for; `since` as in `is_ours`."""
        return self._tenant_by_tag(recipient, since) is not None

    def tenant_of(self, recipient: str, since: float | None = None) -> UUID | None:
        """The tenant that the address belongs to: the one in whose mail domain it is; where several share the domain,
        the one for which we gave it out, and no tenant when it is not one that we gave out. `since` as in `is_ours`."""
        if self._tenant_id is not None:
            return self._tenant_id
        tenants = self._tenants_at(recipient, since)
        return tenants[0] if len(tenants) == 1 else self._tenant_by_tag(recipient, since)

    def _tenant_by_tag(self, recipient: str, since: float | None) -> UUID | None:
        # the tag is bound to the tenant, so that no table has to tell of handles across tenants
        local, keys = recipient.rpartition("@")[0], self._house.settings.secrets.address_keys
        return next((one for one in self._tenants_at(recipient, since) if read(keys, one, local) is not None), None)

    def _tenants_at(self, recipient: str, since: float | None) -> list[UUID]:
        """The tenants whose mail domain the address is in."""
        if not self.knows(recipient) and not (since is not None and self._read_at >= since):
            domains: dict[str, list[UUID]] = {}
            with self._house.database.system() as connection:
                for row in connection.execute(_TENANTS):
                    domains.setdefault(row.mail_domain, []).append(row.id)
            self._domains = domains
            self._read_at = time.monotonic()
        found = self._domains.get(_domain(recipient), [])
        return found if self._tenant_id is None else [one for one in found if one == self._tenant_id]

    def take(
        self,
        batch_id: UUID,
        arrivals: Sequence[Arrival],
        *,
        guard: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        """Takes all the mails into custody, or raises and takes none.

        A recipient of no tenant goes to the operator's held mail. `guard` is called first in the transaction; what
        it raises, such as a lost lease, stops the custody. Raises `NoRoomError` when the disk is nearly full.
        """
        self._room.check()
        since = time.monotonic()
        tenants = [self.tenant_of(arrival.recipient, since) or OPERATOR for arrival in arrivals]
        keys = self._house.blobs.put_all(
            [(tenant_id, of_batch(batch_id), arrival.raw) for tenant_id, arrival in zip(tenants, arrivals, strict=True)]
        )
        received_at = now()
        mails = [
            NewMail(
                tenant_id=tenant_id,
                content_key=content_key(arrival.raw, arrival.recipient, arrival.sender, arrival.whole_size),
                source_ref=_storable(arrival.source_ref),
                raw=key,
                size=len(arrival.raw),
                recipient=_storable(arrival.recipient),
                sender=_storable(arrival.sender),
                received_at=received_at,
                whole_size=min(arrival.whole_size, _LARGEST),
            )
            for tenant_id, arrival, key in zip(tenants, arrivals, keys, strict=True)
        ]
        with self._house.database.system() as connection:
            guard(connection)
            ids = entries.take(connection, batch_id, mails)
            if any(arrival.said for arrival in arrivals):
                rows = zip(ids, tenants, arrivals, strict=True)
                senders.note_said(connection, [(id_, tenant, one.said) for id_, tenant, one in rows if one.said])


def _storable(value: str) -> str:
    """A text as PostgreSQL takes it, without NUL and lone surrogates, and short enough for an index: what a mail or its
    sender says may be anything, and must not keep it, and those that came with it, out for good."""
    return value[:_LONGEST].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _domain(recipient: str) -> str:
    return recipient.rpartition("@")[2].lower().removesuffix(".")
