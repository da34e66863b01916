"""The raw mails of a batch in the blob store, with their envelopes."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from schemas.records import StoredEnvelope
from storage.blobs.files import BlobFile
from storage.blobs.places import RAW, Place
from storage.blobs.store import Blobs, of_batch


@dataclass(frozen=True)
class RawMail:
    """A raw mail: `start` is the beginning of its key, up to the hash. An old raw mail has a file by itself: its
    `start` is its key, and it has no `place` in a pack."""

    tenant_id: UUID
    batch_id: UUID
    start: str
    envelopes: tuple[StoredEnvelope, ...]
    place: Place | None


def start_of(key: str) -> str:
    """Returns the beginning of the key of a raw mail, which `RawMail.start` has."""
    return key.partition(".")[0] if Place.of(key) else key


def tenants(blobs: Blobs) -> Iterator[UUID]:
    """Yields the tenants of whom the store has anything."""
    yield from _ids(blobs.files.folders())


def batches(blobs: Blobs, tenant_id: UUID) -> list[UUID]:
    """Returns the batches of which the store has raw mails of the tenant, the oldest first."""
    return list(_ids(blobs.files.folders(f"{tenant_id}/{RAW}")))


def mails(blobs: Blobs, tenant_id: UUID, batch_id: UUID) -> Iterator[RawMail]:
    """Yields the raw mails of a batch of the tenant."""
    for file in blobs.files.walk(f"{tenant_id}/{of_batch(batch_id)}"):
        if file.is_pack:
            yield from _in_pack(blobs, file, tenant_id, batch_id)
        else:
            yield RawMail(tenant_id, batch_id, file.name, (), None)


def read(blobs: Blobs, mail: RawMail) -> tuple[str, bytes] | None:
    """Returns key and bytes of a raw mail; None if they can't be read, or are not those that were stored."""
    if mail.place is None:
        raw = b"".join(blobs.files.pieces(mail.start))
        return (mail.start, raw) if mail.start.endswith(sha256(raw).hexdigest()) else None
    raw = blobs.unchecked(str(mail.place))
    return f"{mail.start}.{sha256(raw).hexdigest()}", raw


def _in_pack(blobs: Blobs, file: BlobFile, tenant_id: UUID, batch_id: UUID) -> Iterator[RawMail]:
    try:
        packed = blobs.files.mails(file)
    except FileNotFoundError:  # deleted meanwhile
        return
    for mail in packed:
        place = Place(file.name, mail.offset, mail.length, "")
        yield RawMail(tenant_id, batch_id, start_of(str(place)), tuple(_envelopes(mail.envelopes)), place)


def _envelopes(found: tuple[bytes, ...]) -> Iterator[StoredEnvelope]:
    for data in found:
        try:
            yield StoredEnvelope.load(data)
        except ValueError:  # damaged: the mail is like one without an envelope
            continue


def _ids(names: list[str]) -> Iterator[UUID]:
    for name in names:
        try:
            yield UUID(name)
        except ValueError:
            continue
