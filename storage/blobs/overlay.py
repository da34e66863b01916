"""A store for `Blobs` that keeps new blobs in memory, and reads all other blobs from another store."""

from collections.abc import Callable, Mapping, Sequence


class Overlay:
    """Never changes the store below; `below` reads the bytes under a key there."""

    def __init__(self, below: Callable[[str], bytes]) -> None:
        self._below = below
        self._put: dict[str, bytes] = {}

    def put_all(self, blobs: Mapping[str, bytes], _envelopes: Mapping[str, Sequence[bytes]]) -> Mapping[str, str]:
        """Keeps the blobs in memory, each under its own key."""
        self._put.update(blobs)
        return {key: key for key in blobs}

    def get(self, key: str) -> bytes:
        """Returns the bytes under `key`, from memory or from the store below."""
        return self._put[key] if key in self._put else self._below(key)

    def check(self) -> None:
        """Does nothing: memory can always be written to."""

    def delete(self, keys: Sequence[str]) -> None:
        """Deletes blobs from memory; the store below keeps its blobs."""
        for key in keys:
            self._put.pop(key, None)

    def delete_under(self, starts: Sequence[str]) -> None:
        """Deletes from memory the blobs whose keys begin with one of `starts`."""
        self.delete([key for key in self._put if key.startswith(tuple(starts))])
