"""The blob store: raw mail and files, on the local disk or in S3, Google Cloud Storage or Azure, by URL.

A key begins with the tenant's id and names the bytes by their SHA-256: nothing is shared between tenants. Raw mail lies
under its batch, long bodies under their mail, so that they can be deleted without a look at all other mails; files of
updates lie under their content alone, once for each tenant, and storage/files.py knows which are needed.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID, uuid4

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore, from_url

#: Requests to an object store that are on their way side by side.
_AT_ONCE = 8

#: Octets of a file that are read at a time to see whether it is whole.
_PIECE = 1 << 20

#: Length of the names of folders that only spread the others out.
_FAN_OUT = 2


class BlobMissingError(Exception):
    """The blob store has no such blob, or its bytes are not the ones that were put."""


class BlobStoreError(ConnectionError):
    """The object store did not do what was asked for: it is away, or refuses us. Trying again later can help."""


class Blobs:
    """Puts and gets whole blobs. `url` is a folder, or an `s3://`, `gs://` or `az://` URL."""

    def __init__(self, url: str) -> None:
        remote = "://" in url and not url.startswith("file://")
        self._store: _Store = _Bucket(_open(url)) if remote else _Folder(Path(url.removeprefix("file://")))

    def put(self, tenant_id: UUID, kind: str, data: bytes) -> str:
        """Stores `data` durably and returns its key; `kind` is `file`, or what `of_batch` or `of_mail` give."""
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

        Raises `BlobMissingError` when they are not there or not what was put, as others of this class `BlobStoreError`
        when an object store does not answer.
        """
        try:
            data = self._store.get(key)
        except FileNotFoundError as error:
            raise BlobMissingError(f"the blob store has no {key}") from error
        if not key.endswith(sha256(data).hexdigest()):
            raise BlobMissingError(f"the bytes of {key} are not the ones that were put")
        return data

    def delete(self, keys: Sequence[str], under: Sequence[str] = ()) -> None:
        """Deletes blobs, and all those of mails: `under` has the tenant and what `of_mail` gives, as `tenant/of_mail`.

        What is not there is no error.
        """
        self._store.delete(keys)
        self._store.delete_under(under)


def of_batch(batch_id: UUID) -> str:
    """The kind of the raw mails of a batch."""
    return f"raw/{batch_id}"


def of_mail(mail_id: UUID, kind: str = "") -> str:
    """The kind of what was made of one mail, such as `body` or `file`; without `kind`, of all that was made of it."""
    return f"mail/{mail_id.hex[-2:]}/{mail_id}/{kind}"


def blob_key(tenant_id: UUID, kind: str, data: bytes) -> str:
    """The key under which these bytes lie."""
    digest = sha256(data).hexdigest()
    if kind.startswith("mail/"):
        return f"{tenant_id}/{kind}.{digest}"  # one new folder a mail, or each more would cost an fsync
    if "/" in kind:
        return f"{tenant_id}/{kind}/{digest}"
    return f"{tenant_id}/{kind}/{digest[:2]}/{digest}"


class _Store(Protocol):
    def put_all(self, blobs: Mapping[str, bytes]) -> None: ...
    def get(self, key: str) -> bytes: ...
    def delete(self, keys: Sequence[str]) -> None: ...
    def delete_under(self, starts: Sequence[str]) -> None: ...


def _open(url: str) -> ObjectStore:
    if url.startswith("memory:"):
        return from_url(url)
    # a stage has a minute, and is tried again later anyhow
    return from_url(url, retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)})


@contextmanager
def _told() -> Iterator[None]:
    """Tells failures of the object store as what they are to us."""
    try:
        yield
    except BaseError as error:
        raise BlobStoreError(f"the blob store failed: {error}") from error


class _Bucket:
    """An object store; its put is durable when it returns."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put_all(self, blobs: Mapping[str, bytes]) -> None:
        with ThreadPoolExecutor(min(len(blobs), _AT_ONCE)) as pool:
            list(pool.map(self._put, blobs.items()))

    def _put(self, blob: tuple[str, bytes]) -> None:
        with _told(), suppress(AlreadyExistsError):
            self._store.put(*blob, mode="create")

    def get(self, key: str) -> bytes:
        with _told():
            return bytes(self._store.get(key).bytes())

    def delete(self, keys: Sequence[str]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._delete, keys))

    def _delete(self, key: str) -> None:
        with _told(), suppress(FileNotFoundError):
            self._store.delete(key)

    def delete_under(self, starts: Sequence[str]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            self.delete([key for keys in pool.map(self._under, starts) for key in keys])

    def _under(self, start: str) -> list[str]:
        with _told():
            found = self._store.list(prefix=start.rpartition("/")[0]).collect()
        return [blob["path"] for blob in found if blob["path"].startswith(start)]


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

    def delete(self, keys: Sequence[str]) -> None:
        folders: dict[Path, set[str]] = {}
        for key in keys:
            path = self._root / key
            folders.setdefault(path.parent, set()).add(path.name)
        for folder, names in folders.items():
            with suppress(FileNotFoundError):
                for path in folder.iterdir():
                    # a draft of it, too, whose writer was killed
                    if path.name in names or path.name.rpartition(".")[0] in names:
                        path.unlink(missing_ok=True)
        self._tidy(folders.keys())

    def delete_under(self, starts: Sequence[str]) -> None:
        for start in starts:
            folder, _, name = start.rpartition("/")
            with suppress(FileNotFoundError):
                for path in (self._root / folder).iterdir():
                    if path.name.startswith(name):
                        path.unlink(missing_ok=True)
                self._tidy({self._root / folder})

    def _tidy(self, folders: AbstractSet[Path]) -> None:
        """Makes deletions from these folders durable; that of a batch or a mail goes with the last of its blobs."""
        for folder in folders:
            with suppress(OSError):
                if len(folder.name) > _FAN_OUT:
                    folder.rmdir()
                    self._settled.discard(folder)
            if folder.is_dir():
                _fsync(folder)
            elif folder.parent.is_dir():
                _fsync(folder.parent)

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
        drafts[path] = path.with_name(f"{path.name}.{uuid4().hex}")
        try:
            return drafts[path].open("xb")
        except FileNotFoundError:  # the folder is new, or went with the last of its blobs
            self._settled.discard(path.parent)
            path.parent.mkdir(parents=True, exist_ok=True)
            return drafts[path].open("xb")

    def _settle(self, folder: Path) -> None:
        while folder not in self._settled and folder != self._root:
            _fsync(folder.parent)
            self._settled.add(folder)
            folder = folder.parent


def _has(path: Path, data: bytes) -> bool:
    """Whether the file is there and whole, read in pieces: the bytes are in memory once already."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != len(data):
                return False
            pieces = iter(partial(file.read, _PIECE), b"")
            return all(piece == data[at * _PIECE : (at + 1) * _PIECE] for at, piece in enumerate(pieces))
    except FileNotFoundError:
        return False


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
