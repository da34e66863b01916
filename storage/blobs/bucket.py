"""Blobs in an object store: S3, Google Cloud Storage or Azure."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore, from_url

from schemas.errors import CasemailError
from storage.blobs import packs
from storage.blobs.packs import NewMail
from storage.blobs.places import Place, is_raw, new_pack

#: Most requests at the same time.
_AT_ONCE = 8
#: Seconds to connect, and for a request with its answer: obstore's own. If they were passed as its `client_options`, it
#: would ignore those of the environment, such as AWS_ALLOW_HTTP.
CONNECT_SECONDS, REQUEST_SECONDS = 5, 30
#: Seconds after which a request that failed is not tried again.
RETRY_SECONDS = 20


class BlobStoreError(CasemailError, ConnectionError):
    """The object store is away, or refuses the request. It may work later."""


def _open(url: str) -> ObjectStore:
    if url.startswith("memory:"):
        return from_url(url)
    # a stage has a minute, and is retried later anyway
    return from_url(url, retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=RETRY_SECONDS)})


@contextmanager
def translated() -> Iterator[None]:
    """Turns failures of the object store into `BlobStoreError`."""
    try:
        yield
    except BaseError as error:
        raise BlobStoreError(f"the blob store failed: {error}") from error


class Bucket:
    """A blob store in an object store. A put is durable when it returns."""

    def __init__(self, url: str) -> None:
        self.store = _open(url)

    def put_all(self, blobs: Mapping[str, bytes], envelopes: Mapping[str, Sequence[bytes]]) -> Mapping[str, str]:
        """Stores each blob under its key, and a raw mail in a pack of its own. Returns the keys."""
        places = {key: key for key in blobs}
        objects: dict[str, bytes] = {}
        for key, data in blobs.items():
            if is_raw(key):
                folder, _, digest = key.rpartition("/")
                place = Place(new_pack(folder), 0, len(data), digest)
                places[key] = str(place)
                objects[place.pack] = b"".join(packs.parts(NewMail(data, envelopes.get(key, ()))))
            else:
                objects[key] = data
        with ThreadPoolExecutor(min(len(objects), _AT_ONCE)) as pool:
            list(pool.map(self._put, objects.items()))
        return places

    def _put(self, blob: tuple[str, bytes]) -> None:
        with translated(), suppress(AlreadyExistsError):
            self.store.put(*blob, mode="create")

    def get(self, key: str) -> bytes:
        """Returns the bytes of a blob. Raises FileNotFoundError if it is missing."""
        place = Place.of(key)
        with translated():
            data = bytes(self.store.get(place.pack if place else key).bytes())
        if place is None:
            return data
        return packs.content_of(data[place.offset : place.offset + packs.HEAD_BYTES + place.length], key)

    def delete(self, keys: Sequence[str]) -> None:
        """Deletes blobs; missing blobs are not an error."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._delete, keys))

    def _delete(self, key: str) -> None:
        place = Place.of(key)
        with translated(), suppress(FileNotFoundError):
            self.store.delete(place.pack if place else key)

    def delete_under(self, starts: Sequence[str]) -> None:
        """Deletes all blobs whose keys begin with one of `starts`."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            self.delete([key for keys in pool.map(self._under, starts) for key in keys])

    def check(self) -> None:
        """Raises `BlobStoreError` if the object store does not answer, or refuses us."""
        with translated():
            next(iter(self.store.list(prefix="check", chunk_size=1)), None)

    def _under(self, start: str) -> list[str]:
        with translated():
            found = self.store.list(prefix=start.rpartition("/")[0]).collect()
        return [blob["path"] for blob in found if blob["path"].startswith(start)]
