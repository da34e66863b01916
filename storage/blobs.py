"""The blob store: raw mail and files, on the local disk or in S3, Google Cloud Storage or Azure, by URL.

A key begins with the tenant's id and names the bytes by their SHA-256, so that the same bytes of one tenant lie
there once and nothing is shared between tenants.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID, uuid4

from obstore.exceptions import AlreadyExistsError
from obstore.store import ObjectStore, from_url

#: Puts to an object store that are on their way side by side.
_PUTS_AT_ONCE = 8


class BlobMissingError(Exception):
    """The blob store has no such blob, or its bytes are not the ones that were put."""


class Blobs:
    """Puts and gets whole blobs. `url` is a folder, or an `s3://`, `gs://` or `az://` URL."""

    def __init__(self, url: str) -> None:
        remote = "://" in url and not url.startswith("file://")
        self._store: _Store = _Bucket(from_url(url)) if remote else _Folder(Path(url.removeprefix("file://")))

    def put(self, tenant_id: UUID, kind: str, data: bytes) -> str:
        """Stores `data` durably and returns its key; `kind` is `raw`, `body` or `file`."""
        return self.put_all([(tenant_id, kind, data)])[0]

    def put_all(self, items: Sequence[tuple[UUID, str, bytes]]) -> list[str]:
        """Stores several, each with what `put` takes, and returns their keys; when it raises, some may be stored.

        On a local disk that takes a quarter less CPU than one after the other; each file has its fsync all the same.
        """
        if not items:
            return []
        keys = [blob_key(*item) for item in items]
        self._store.put_all({key: data for key, (_, _, data) in zip(keys, items, strict=True)})
        return keys

    def get(self, key: str) -> bytes:
        """The bytes under `key`, checked against their hash.

        Raises `BlobMissingError` when they are not there or not what was put.
        """
        try:
            data = self._store.get(key)
        except FileNotFoundError as error:
            raise BlobMissingError(f"the blob store has no {key}") from error
        if sha256(data).hexdigest() != key.rsplit("/", 1)[-1]:
            raise BlobMissingError(f"the bytes of {key} are not the ones that were put")
        return data


def blob_key(tenant_id: UUID, kind: str, data: bytes) -> str:
    """The key under which these bytes lie."""
    digest = sha256(data).hexdigest()
    return f"{tenant_id}/{kind}/{digest[:2]}/{digest}"


class _Store(Protocol):
    def put_all(self, blobs: Mapping[str, bytes]) -> None: ...
    def get(self, key: str) -> bytes: ...


class _Bucket:
    """An object store; its put is durable when it returns."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put_all(self, blobs: Mapping[str, bytes]) -> None:
        with ThreadPoolExecutor(min(len(blobs), _PUTS_AT_ONCE)) as pool:
            list(pool.map(self._put, blobs.items()))

    def _put(self, blob: tuple[str, bytes]) -> None:
        with suppress(AlreadyExistsError):
            self._store.put(*blob, mode="create")

    def get(self, key: str) -> bytes:
        return bytes(self._store.get(key).bytes())


class _Folder:
    """A folder on the local disk. By hand, not with obstore's LocalStore: that does not fsync, and its hops to another
    thread and back cost twice as much as the rest of the work."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._settled: set[Path] = set()
        root.mkdir(parents=True, exist_ok=True)

    def put_all(self, blobs: Mapping[str, bytes]) -> None:
        paths = {self._root / key: data for key, data in blobs.items()}
        self._write({path: data for path, data in paths.items() if not _has(path, data)})
        # a name is durable only when its folder is, whoever made it; a folder that we have not met may be new itself
        for folder in {path.parent for path in paths}:
            _fsync(folder)
            self._settle(folder)

    def get(self, key: str) -> bytes:
        return (self._root / key).read_bytes()

    def _write(self, blobs: Mapping[Path, bytes]) -> None:
        drafts: dict[Path, Path] = {}
        try:
            with ExitStack() as files:
                written = [files.enter_context(self._draft(path, drafts)) for path in blobs]
                for file, data in zip(written, blobs.values(), strict=True):
                    file.write(data)
                    file.flush()
                for file in written:
                    os.fsync(file.fileno())
            for path, draft in drafts.items():
                draft.rename(path)
        except BaseException:
            for draft in drafts.values():
                draft.unlink(missing_ok=True)
            raise

    def _draft(self, path: Path, drafts: dict[Path, Path]) -> BinaryIO:
        if path.parent not in self._settled:
            path.parent.mkdir(parents=True, exist_ok=True)
        drafts[path] = path.with_name(f"{path.name}.{uuid4().hex}")
        return drafts[path].open("xb")

    def _settle(self, folder: Path) -> None:
        while folder not in self._settled and folder != self._root:
            _fsync(folder.parent)
            self._settled.add(folder)
            folder = folder.parent


def _has(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return False


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
