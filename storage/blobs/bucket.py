"""Blobs in an object store: S3, Google Cloud Storage or Azure."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore, from_url

from schemas.errors import CasemailError

#: Requests that are on their way side by side.
_AT_ONCE = 8


class BlobStoreError(CasemailError, ConnectionError):
    """The object store did not do what was asked for: it is away, or refuses us. Trying again later can help."""


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


class Bucket:
    """An object store; its put is durable when it returns."""

    def __init__(self, url: str) -> None:
        self._store = _open(url)

    def put_all(self, blobs: Mapping[str, bytes]) -> Mapping[str, str]:
        """Each lies under the key that it is given with."""
        with ThreadPoolExecutor(min(len(blobs), _AT_ONCE)) as pool:
            list(pool.map(self._put, blobs.items()))
        return {key: key for key in blobs}

    def _put(self, blob: tuple[str, bytes]) -> None:
        with _told(), suppress(AlreadyExistsError):
            self._store.put(*blob, mode="create")

    def get(self, key: str) -> bytes:
        """Raises FileNotFoundError when it is not there."""
        with _told():
            return bytes(self._store.get(key).bytes())

    def delete(self, keys: Sequence[str]) -> None:
        """What is not there is no error."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._delete, keys))

    def _delete(self, key: str) -> None:
        with _told(), suppress(FileNotFoundError):
            self._store.delete(key)

    def delete_under(self, starts: Sequence[str]) -> None:
        """Deletes all whose keys begin so."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            self.delete([key for keys in pool.map(self._under, starts) for key in keys])

    def _under(self, start: str) -> list[str]:
        with _told():
            found = self._store.list(prefix=start.rpartition("/")[0]).collect()
        return [blob["path"] for blob in found if blob["path"].startswith(start)]
