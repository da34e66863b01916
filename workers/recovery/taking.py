"""Takes in raw mails that the ledger does not know, with their kept envelopes, as they arrived."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from cases.addresses.tokens import AddressKind
from cases.addresses.tokens import read as read_address
from schemas.records import StoredEnvelope
from schemas.tables import OPERATOR, derived_id, now
from storage import recovered_rows, senders
from storage.ledger import recovery
from storage.ledger.entries import NewMail
from storage.resources import Resources
from workers.fetch.content_key import content_key
from workers.recovery import store
from workers.recovery.report import Report
from workers.recovery.store import RawMail


@dataclass(frozen=True)
class _Lost:
    """A mail to take in: its raw mail and envelope. Without a kept envelope, the recipient is empty."""

    raw: RawMail
    envelope: StoredEnvelope
    is_kept: bool


def take(
    resources: Resources, tenant_id: UUID, unknown: Sequence[RawMail], tenants: set[UUID], report: Report, *, dry: bool
) -> None:
    """Takes in the unknown raw mails of a tenant, the oldest first, and notes in the report what became of each.

    A mail whose tenant the database does not know, or that has no envelope, goes to the operator's held mail. An answer
    to an update that is not there yet is left while other mails are on their way: the update may be among them.
    """
    owner = tenant_id if tenant_id in tenants else OPERATOR
    lost: list[_Lost] = []
    for mail in unknown:
        lost += _lost(resources, mail, tenant_id, report, dry=dry)
    later = _answers_to_unknown(resources, owner, lost)
    if not _may_come(resources, owner, len(lost) - len(later)):
        later = set()
    wanted = [each for each in lost if each.envelope.mail_id not in later]
    report.deferred += len(later)
    for batch_id, group in groupby(sorted(wanted, key=_order), key=lambda each: each.raw.batch_id):
        _take_batch(resources, owner, batch_id, list(group), report, dry=dry)


def _order(lost: _Lost) -> tuple[UUID, datetime]:
    return lost.raw.batch_id, lost.envelope.received_at


def _lost(resources: Resources, mail: RawMail, tenant_id: UUID, report: Report, *, dry: bool) -> Iterator[_Lost]:
    """Yields the mails that a raw mail is to be taken in for. One whose rows lost their original is deleted again."""
    if not mail.envelopes:
        yield from _without_envelope(resources, mail, tenant_id, report)
        return
    with resources.database.system() as connection:
        known = recovery.known(connection, [envelope.mail_id for envelope in mail.envelopes])
    new = [envelope for envelope in mail.envelopes if envelope.mail_id not in known]
    if not new and all(known.values()):
        report.deleted += 1
        if not dry and (found := store.read(resources.blobs, mail)):
            resources.blobs.delete([found[0]])
    elif not new:
        report.note(f"left, as its mail has another original: {mail.start}")
    for envelope in new:
        yield _Lost(mail, envelope, is_kept=True)


def _without_envelope(resources: Resources, mail: RawMail, tenant_id: UUID, report: Report) -> Iterator[_Lost]:
    found = store.read(resources.blobs, mail)
    if found is None:
        report.note(f"damaged, and left: {mail.start}")
        return
    key = content_key(found[1], "", "unknown")
    with resources.database.system() as connection:
        if recovery.has_copy(connection, tenant_id, key) or recovery.has_copy(connection, OPERATOR, key):
            report.note(f"left, without an envelope: another delivery of it is in the ledger: {mail.start}")
            return
    mail_id = derived_id(mail.batch_id, mail.start)
    report.note(f"without an envelope, to the operator's held mail: {mail_id} {mail.start}")
    yield _Lost(mail, StoredEnvelope(mail_id, key, "", "unknown", now(), None, mail_id.hex), is_kept=False)


def _answers_to_unknown(resources: Resources, owner: UUID, lost: Sequence[_Lost]) -> set[UUID]:
    """Returns the mails at reply addresses that we gave out, and whose row the database does not have."""
    keys = resources.settings.secrets.address_keys
    handles: dict[UUID, str] = {}
    for each in lost:
        address = read_address(keys, owner, each.envelope.recipient.rpartition("@")[0])
        if address is not None and address.kind is AddressKind.REPLY:
            handles[each.envelope.mail_id] = address.handle
    if not handles:
        return set()
    with resources.database.tenant(owner) as connection:
        known = recovered_rows.handles(connection, set(handles.values()))
    return {mail_id for mail_id, handle in handles.items() if handle not in known}


def _may_come(resources: Resources, owner: UUID, now_taken: int) -> bool:
    """Returns whether mails are on their way, or now begin it, from which missing updates may come."""
    with resources.database.system() as connection:
        return now_taken > 0 or recovery.has_open(connection, owner)


def _take_batch(
    resources: Resources, owner: UUID, batch_id: UUID, lost: Sequence[_Lost], report: Report, *, dry: bool
) -> None:
    mails: list[NewMail] = []
    said: list[tuple[UUID, UUID, str]] = []
    for each in lost:
        found = store.read(resources.blobs, each.raw)
        if found is None:
            report.note(f"damaged, and left: {each.raw.start}")
            continue
        tenant_id = owner if each.is_kept else OPERATOR
        envelope = each.envelope
        report.taken += 1
        report.for_operator += tenant_id == OPERATOR
        if owner == OPERATOR != each.raw.tenant_id:
            report.note(f"its tenant {each.raw.tenant_id} is unknown: {envelope.mail_id} to {envelope.recipient}")
        mails.append(_new_mail(tenant_id, envelope, *found))
        if envelope.said:
            said.append((envelope.mail_id, tenant_id, envelope.said))
    if mails and not dry:
        source_id = next((each.envelope.source_id for each in lost if each.envelope.source_id), None)
        with resources.database.system() as connection:
            recovery.take(connection, batch_id, source_id, min(mail.received_at for mail in mails), mails)
            if said:
                senders.note_said(connection, said)


def _new_mail(tenant_id: UUID, envelope: StoredEnvelope, key: str, raw: bytes) -> NewMail:
    return NewMail(
        id=envelope.mail_id,
        tenant_id=tenant_id,
        content_key=envelope.content_key,
        source_ref=envelope.source_ref,
        raw=key,
        size=len(raw),
        recipient=envelope.recipient,
        sender=envelope.sender,
        received_at=envelope.received_at,
        whole_size=envelope.whole_size,
    )
