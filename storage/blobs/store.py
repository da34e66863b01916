"""The blob store: raw mail and files, on the local disk or in S3, Google Cloud Storage or Azure, by URL.

A key begins with the tenant's id, so that tenants share nothing, and ends with the SHA-256 of the bytes. Raw mails are
stored under their batch, and long bodies under their mail, so that they can be deleted without searching other mails.
Files of updates are stored under their hash, once for each tenant; storage/stored_files.py knows which are needed.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from uuid import UUID

from prometheus_client import Histogram

from schemas.errors import CasemailError
from storage.blobs.bucket import BlobStoreError, Bucket
from storage.blobs.files import Files, files_of
from storage.blobs.folder import Folder
from storage.labels import known

__all__ = ["BlobMissingError", "BlobStoreError", "Blobs", "blob_key", "of_batch", "of_mail"]

BLOB_SECONDS = known(
    Histogram(
        "casemail_blob_seconds",
        "Time to store, read or delete blobs; those that are stored or deleted together count once.",
        ["operation"],
        buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30),
    ),
    ("put", "get", "delete"),
)


#: The key of the mark: no tenant's, as it begins with no id.
_MARK = "cluster/mark/id"


class BlobMissingError(CasemailError):
    """The blob store has no such blob, or its bytes have changed."""


class Blobs:
    """Stores and returns whole blobs. `place` is a folder, an `s3://`, `gs://` or `az://` URL, or any other store.

    key = blobs.put(tenant_id, of_batch(batch_id), raw)
    blobs.get(key)
    """

    def __init__(self, place: "str | Store") -> None:
        self._store: Store = _store_at(place) if isinstance(place, str) else place

    @property
    def files(self) -> Files:
        """The store as plain files, for backup and recovery. Raises TypeError for a store that has none."""
        return files_of(self._store)

    def put(self, tenant_id: UUID, kind: str, data: bytes) -> str:
        """Stores `data` durably and returns its key. `kind` is `file`, or from `of_batch` or `of_mail`."""
        return self.put_all([(tenant_id, kind, data)])[0]

    def put_all(self, items: Sequence[tuple[UUID, str, bytes]], envelopes: Sequence[bytes] = ()) -> list[str]:
        """Stores several blobs, each with the arguments of `put`. Returns their keys; if it raises, some may be stored.

        `envelopes`, if given, has the envelope of each item, which must be a raw mail: it is stored beside the mail,
        and deleted with it. On a local disk, raw mails of a batch that are stored together are in one file
        (storage/blobs/packs.py).
        """
        if not items:
            return []
        keys = [blob_key(*item) for item in items]
        beside: dict[str, list[bytes]] = {}
        for key, envelope in zip(keys, envelopes, strict=bool(envelopes)):
            beside.setdefault(key, []).append(envelope)
        with BLOB_SECONDS.labels("put").time():
            places = self._store.put_all({key: data for key, (_, _, data) in zip(keys, items, strict=True)}, beside)
        return [places[key] for key in keys]

    def get(self, key: str) -> bytes:
        """Returns the bytes under `key`, checked against their hash.

        Raises `BlobMissingError` if they are missing or changed. Like all methods, raises `BlobStoreError` if an object
        store does not answer.
        """
        try:
            with BLOB_SECONDS.labels("get").time():
                data = self._store.get(key)
        except FileNotFoundError as error:
            raise BlobMissingError(f"the blob store has no {key}") from error
        if not key.endswith(sha256(data).hexdigest()):
            raise BlobMissingError(f"the bytes of {key} are not those that were stored")
        return data

    def check(self) -> None:
        """Raises `OSError` if blobs can't be stored: the folder is gone or can't be written to, or no store answers."""
        self._store.check()

    def mark(self, mark: UUID) -> None:
        """Marks this blob store durably as that of a cluster, instead of any mark before."""
        written = str(mark).encode()
        try:
            known = self._store.get(_MARK)
        except FileNotFoundError:
            known = written
        if known != written:
            self._store.delete([_MARK])  # a bucket replaces nothing
        self._store.put_all({_MARK: written}, {})

    def marked_for(self) -> UUID | None:
        """Returns the mark, None without one. Raises `BlobMissingError` for a mark that can't be read."""
        try:
            mark = self._store.get(_MARK)
        except FileNotFoundError:
            return None
        try:
            return UUID(mark.decode())
        except ValueError as error:
            raise BlobMissingError(f"{_MARK} in the blob store is no mark of a cluster") from error

    def unchecked(self, key: str) -> bytes:
        """Returns the bytes under `key`, whatever its hash. Raises FileNotFoundError if they are missing."""
        return self._store.get(key)

    def delete(self, keys: Sequence[str], under: Sequence[str] = ()) -> None:
        """Deletes blobs by key, and all blobs whose keys begin with one of `under`, such as `tenant/{of_mail(...)}`.

        Missing blobs are not an error.
        """
        with BLOB_SECONDS.labels("delete").time():
            self._store.delete(keys)
            self._store.delete_under(under)


def of_batch(batch_id: UUID) -> str:
    """Returns the kind of the raw mails of a batch."""
    return f"raw/{batch_id}"


def of_mail(mail_id: UUID, kind: str = "") -> str:
    """Returns the kind of blobs made from a mail, such as `body` or `file`; without `kind`, their common start."""
    return f"mail/{mail_id.hex[-2:]}/{mail_id}/{kind}"


def blob_key(tenant_id: UUID, kind: str, data: bytes) -> str:
    """Returns the key for these bytes. Raw mails get another key, since they are in packs (`places.Place`)."""
    digest = sha256(data).hexdigest()
    if kind.startswith("mail/"):
        return f"{tenant_id}/{kind}.{digest}"  # a single new folder for each mail, as every folder costs an fsync
    if "/" in kind:
        return f"{tenant_id}/{kind}/{digest}"
    return f"{tenant_id}/{kind}/{digest[:2]}/{digest}"


def _store_at(url: str) -> "Store":
    remote = "://" in url and not url.startswith("file://")
    return Bucket(url) if remote else Folder(Path(url.removeprefix("file://")))


class Store(Protocol):
    """A place where `Blobs` keeps bytes under keys."""

    def put_all(self, blobs: Mapping[str, bytes], envelopes: Mapping[str, Sequence[bytes]]) -> Mapping[str, str]: ...
    def get(self, key: str) -> bytes: ...
    def delete(self, keys: Sequence[str]) -> None: ...
    def delete_under(self, starts: Sequence[str]) -> None: ...
    def check(self) -> None: ...
