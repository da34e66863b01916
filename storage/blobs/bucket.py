"""Blobs in an object store: S3, Google Cloud Storage or Azure."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore, from_url

from schemas.errors import CasemailError

#: Most requests at the same time.
_AT_ONCE = 8


class BlobStoreError(CasemailError, ConnectionError):
    """The object store is away, or refuses the request. It may work later."""


def _open(url: str) -> ObjectStore:
    if url.startswith("memory:"):
        return from_url(url)
    # a stage has a minute, and is retried later anyway
    return from_url(url, retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)})


@contextmanager
def _translated() -> Iterator[None]:
    """Turns failures of the object store into `BlobStoreError`."""
    try:
        yield
    except BaseError as error:
        raise BlobStoreError(f"the blob store failed: {error}") from error


class Bucket:
    """A blob store in an object store. A put is durable when it returns."""

    def __init__(self, url: str) -> None:
        self._store = _open(url)

    def put_all(self, blobs: Mapping[str, bytes]) -> Mapping[str, str]:
        """Stores each blob under its key. Returns the keys."""
        with ThreadPoolExecutor(min(len(blobs), _AT_ONCE)) as pool:
            list(pool.map(self._put, blobs.items()))
        return {key: key for key in blobs}

    def _put(self, blob: tuple[str, bytes]) -> None:
        with _translated(), suppress(AlreadyExistsError):
            self._store.put(*blob, mode="create")

    def get(self, key: str) -> bytes:
        """Returns the bytes of a blob. Raises FileNotFoundError if it is missing."""
        with _translated():
            return bytes(self._store.get(key).bytes())

    def delete(self, keys: Sequence[str]) -> None:
        """Deletes blobs; missing blobs are not an error."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._delete, keys))

    def _delete(self, key: str) -> None:
        with _translated(), suppress(FileNotFoundError):
            self._store.delete(key)

    def delete_under(self, starts: Sequence[str]) -> None:
        """Deletes all blobs whose keys begin with one of `starts`."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            self.delete([key for keys in pool.map(self._under, starts) for key in keys])

    def _under(self, start: str) -> list[str]:
        with _translated():
            found = self._store.list(prefix=start.rpartition("/")[0]).collect()
        return [blob["path"] for blob in found if blob["path"].startswith(start)]
