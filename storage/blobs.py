"""The blob store: raw mail and files, on the local disk or in S3, Google Cloud Storage or Azure, by URL.

A key begins with the tenant's id and names the bytes by their SHA-256, so that the same bytes of one tenant lie
there once and nothing is shared between tenants.
"""

import os
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url


class BlobMissingError(Exception):
    """The blob store has no such blob, or its bytes are not the ones that were put."""


class Blobs:
    """Puts and gets whole blobs. `url` is a folder, or an `s3://`, `gs://` or `az://` URL."""

    def __init__(self, url: str) -> None:
        self._root: Path | None = None
        self._settled: set[Path] = set()
        self._store: ObjectStore
        if "://" in url and not url.startswith("file://"):
            self._store = from_url(url)
        else:
            self._root = Path(url.removeprefix("file://"))
            self._root.mkdir(parents=True, exist_ok=True)
            self._store = LocalStore(self._root)

    def put(self, tenant_id: UUID, kind: str, data: bytes) -> str:
        """Stores `data` durably and returns its key; `kind` is `raw`, `body` or `file`."""
        digest = sha256(data).hexdigest()
        key = f"{tenant_id}/{kind}/{digest[:2]}/{digest}"
        try:
            self._store.put(key, data, mode="create")
        except AlreadyExistsError:
            if not self._torn(key, data):
                self._sync(key)
                return key
            self._store.put(key, data, mode="overwrite")
        self._sync(key)
        return key

    def get(self, key: str) -> bytes:
        """The bytes under `key`, checked against their hash.

        Raises `BlobMissingError` when they are not there or not what was put.
        """
        try:
            data = bytes(self._store.get(key).bytes())
        except FileNotFoundError as error:
            raise BlobMissingError(f"the blob store has no {key}") from error
        if sha256(data).hexdigest() != key.rsplit("/", 1)[-1]:
            raise BlobMissingError(f"the bytes of {key} are not the ones that were put")
        return data

    def _torn(self, key: str, data: bytes) -> bool:
        """Whether a power cut left other bytes under the name (the local put does not fsync)."""
        return self._root is not None and (self._root / key).read_bytes() != data

    def _sync(self, key: str) -> None:
        if self._root is None:
            return
        path = self._root / key
        _fsync(path)
        # a new name is durable only when its folder is; a folder that we have not met may be new itself
        _fsync(path.parent)
        folder = path.parent
        while folder not in self._settled and folder != self._root:
            _fsync(folder.parent)
            self._settled.add(folder)
            folder = folder.parent


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
