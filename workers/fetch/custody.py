"""Custody: stores the raw bytes in the blob store, then commits the ledger rows. Only then is a mail acknowledged.

The envelope is stored beside the raw bytes, in the same write: `casemail recover` can write the rows again from it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from cases.addresses.tokens import read
from schemas.records import StoredEnvelope
from schemas.tables import OPERATOR, new_id, now
from storage import senders, tenants
from storage.blobs.store import of_batch
from storage.ledger import entries
from storage.ledger.entries import NewMail
from storage.resources import Resources
from workers import mail_log
from workers.fetch.content_key import content_key
from workers.fetch.disk_space import DiskSpace

#: Largest size of a mail that is stored, in bytes: PostgreSQL's bigint; some sources state any number.
_LARGEST = 2**63 - 1
#: Longest address, or id given by a source, that is stored, in characters: RFC 5321 lets a path have 256 octets.
_LONGEST = 500
#: Seconds for which the tenants' mail domains are cached.
_DOMAINS_SECONDS = 10.0


@dataclass(frozen=True)
class Arrival:
    """A mail as it arrived, for one recipient; `source_ref` is the source's own id of it.

    Of a mail over `Settings.limits.mail` only the header is taken: `raw` is then what `header_of` returns, or the
    header as the source gives it (IMAP's BODY.PEEK[HEADER]), and `whole_size` is the size of the whole mail in bytes
    (IMAP's RFC822.SIZE). Such a mail ends as the tenant chose for `Reason.TOO_LARGE`, and the tenant's receipts inform
    its author. For a mail that is taken whole, `whole_size` is 0.

    `said` is what a provider reported about the sender outside of the mail, written as in Authentication-Results.
    """

    raw: bytes
    recipient: str
    sender: str
    source_ref: str
    whole_size: int = 0
    said: str = ""


class CustodyService:
    """Takes mails into custody, as the system role.

    With the `tenant_id` of a tenant's source, all mails are taken for that tenant, whatever their recipient. Without,
    each mail is taken for the tenant of its recipient. `source_id` is the source of the mails, for their envelopes.

        CustodyService(resources).take(batch_id, [Arrival(raw, "case-7@mail.example", "ann@client.example", "1")])
    """

    def __init__(self, resources: Resources, tenant_id: UUID | None = None, *, source_id: UUID | None = None) -> None:
        self.source_id = source_id
        self._resources = resources
        self._tenant_id = tenant_id
        self._disk = DiskSpace(resources.settings)
        self._domains: dict[str, list[UUID]] = {}
        self._read_at = float("-inf")

    def knows(self, recipient: str) -> bool:
        """Returns whether the cached domains can answer for this recipient, without the database."""
        return _domain(recipient) in self._domains and time.monotonic() - self._read_at <= _DOMAINS_SECONDS

    def is_ours(self, recipient: str, since: float | None = None) -> bool:
        """Returns whether the address is in the mail domain of a tenant; in a service for one tenant, of that tenant.

        For an unknown domain, the domains are read again, unless they were read after `since` (time.monotonic). A
        caller that checks many addresses passes the time when it began: a mail may name thousands."""
        return bool(self._tenants_at(recipient, since))

    def gave_out(self, recipient: str, since: float | None = None) -> bool:
        """Returns whether we gave out this very address, for a tenant that these mails may go to; `since` as in
        `is_ours`."""
        return self._tenant_by_tag(recipient, since) is not None

    def tenant_of(self, recipient: str, since: float | None = None) -> UUID | None:
        """Returns the tenant of this service; without one, the tenant whose mail domain the address is in. If several
        tenants share the domain, returns the tenant that the address was given out for, else None. `since` as in
        `is_ours`."""
        if self._tenant_id is not None:
            return self._tenant_id
        found = self._tenants_at(recipient, since)
        return found[0] if len(found) == 1 else self._tenant_by_tag(recipient, since)

    def _tenant_by_tag(self, recipient: str, since: float | None) -> UUID | None:
        # the address's tag is bound to the tenant, so no table of addresses across tenants is needed
        local, keys = recipient.rpartition("@")[0], self._resources.settings.secrets.address_keys
        return next((tenant for tenant in self._tenants_at(recipient, since) if read(keys, tenant, local)), None)

    def _tenants_at(self, recipient: str, since: float | None) -> list[UUID]:
        """Returns the tenants whose mail domain the address is in."""
        if not self.knows(recipient) and not (since is not None and self._read_at >= since):
            with self._resources.database.system() as connection:
                self._domains = tenants.mail_domains(connection)
            self._read_at = time.monotonic()
        found = self._domains.get(_domain(recipient), [])
        return found if self._tenant_id is None else [tenant for tenant in found if tenant == self._tenant_id]

    def take(
        self,
        batch_id: UUID,
        arrivals: Sequence[Arrival],
        *,
        guard: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        """Takes all the mails into custody, or raises and takes none of them.

        Mail for an address of no tenant goes to the operator's held mail. `guard` is called first in the transaction;
        an error that it raises, such as a lost lease, prevents custody. Raises `NoRoomError` when the disk is nearly
        full.
        """
        self._disk.check()
        since = begun = time.monotonic()
        owners = [self.tenant_of(arrival.recipient, since) or OPERATOR for arrival in arrivals]
        received_at = now()
        envelopes = [self._envelope(arrival, received_at) for arrival in arrivals]
        keys = self._resources.blobs.put_all(
            [(tenant_id, of_batch(batch_id), arrival.raw) for tenant_id, arrival in zip(owners, arrivals, strict=True)],
            [envelope.dump() for envelope in envelopes],
        )
        mails = [
            NewMail(
                id=envelope.mail_id,
                tenant_id=tenant_id,
                content_key=envelope.content_key,
                source_ref=envelope.source_ref,
                raw=key,
                size=len(arrival.raw),
                recipient=envelope.recipient,
                sender=envelope.sender,
                received_at=received_at,
                whole_size=envelope.whole_size,
            )
            for tenant_id, arrival, envelope, key in zip(owners, arrivals, envelopes, keys, strict=True)
        ]
        with self._resources.database.system() as connection:
            guard(connection)
            duplicates = entries.take(connection, batch_id, mails)
            if any(arrival.said for arrival in arrivals):
                rows = zip(mails, arrivals, strict=True)
                reported = [(mail.id, mail.tenant_id, arrival.said) for mail, arrival in rows if arrival.said]
                senders.note_said(connection, reported)
        shown = [(mail.id, mail.tenant_id, mail.size) for mail in mails]
        mail_log.entered(batch_id, shown, duplicates, round((time.monotonic() - begun) * 1000, 1))

    def _envelope(self, arrival: Arrival, received_at: datetime) -> StoredEnvelope:
        return StoredEnvelope(
            mail_id=new_id(),
            content_key=content_key(arrival.raw, arrival.recipient, arrival.sender, arrival.whole_size),
            recipient=_storable(arrival.recipient),
            sender=_storable(arrival.sender),
            received_at=received_at,
            source_id=self.source_id,
            source_ref=_storable(arrival.source_ref),
            whole_size=min(arrival.whole_size, _LARGEST),
            said=arrival.said,
        )


def _storable(value: str) -> str:
    """Returns a text that PostgreSQL can store and index: short, without NUL and lone surrogates.

    A mail may contain anything. That must not keep out the mail, and the mails that came with it, for good.
    """
    return value[:_LONGEST].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _domain(recipient: str) -> str:
    return recipient.rpartition("@")[2].lower().removesuffix(".")
