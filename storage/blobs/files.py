"""The blob store as plain files, for backup, restore and recovery: which are there, and their bytes.

A file is what lies under a name in the folder or bucket: a blob, or a pack of raw mails.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from storage.blobs import packs
from storage.blobs.bucket import Bucket, translated
from storage.blobs.folder import Folder, append, create, fsync, make
from storage.blobs.packs import PackedMail
from storage.blobs.places import RAW

#: Bytes that are read at a time.
_PIECE = 1 << 20
#: The name of a file that a killed process left unfinished.
_DRAFT = re.compile(r"\.[0-9a-f]{32}$")
#: The name of a pack; older raw mails have a file of their own, named by its SHA-256.
_PACK = re.compile(r"^[0-9a-f]{32}$")


@dataclass(frozen=True)
class BlobFile:
    """A file of the blob store: its name (with slashes), its bytes, and a stamp that changes when its bytes do."""

    name: str
    size: int
    stamp: str

    @property
    def is_raw(self) -> bool:
        """Whether it has raw mails: its name is `TENANT/raw/BATCH/NAME`."""
        return self.name.split("/")[1:2] == [RAW]

    @property
    def is_pack(self) -> bool:
        """Whether it is a pack of raw mails."""
        return self.is_raw and _PACK.match(self.name.rpartition("/")[2]) is not None


class Files(Protocol):
    """The files of a blob store. All methods raise `OSError` (`BlobStoreError`) if the store can't be read."""

    def walk(self, under: str = "") -> Iterator[BlobFile]:
        """Yields all files whose names begin with the folder `under`, the files of a folder in the order of names."""

    def folders(self, under: str = "") -> list[str]:
        """Returns the names of the folders in a folder, in their order."""

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yields the bytes of a file. Raises FileNotFoundError if it is missing."""

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Writes a file, in place of one of that name; its name is durable after `sync`."""

    def append(self, name: str, data: bytes) -> None:
        """Adds bytes durably to a file that only this process writes; a bucket gets a file of its own for them."""

    def sync(self) -> None:
        """Makes the names of all files that were put durable."""

    def mails(self, file: BlobFile) -> list[PackedMail]:
        """Returns the mails of a pack. Raises FileNotFoundError if it is missing."""


class FilesOfFolder:
    """The files of a blob store in a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def walk(self, under: str = "") -> Iterator[BlobFile]:
        """As in `Files`."""
        for path in _sorted(self._root / under):
            name = f"{under}/{path.name}" if under else path.name
            if path.is_dir(follow_symlinks=False):
                yield from self.walk(name)
            elif not _DRAFT.search(path.name):
                with suppress(FileNotFoundError):  # deleted meanwhile
                    found = path.stat()
                    yield BlobFile(name, found.st_size, str(found.st_mtime_ns))

    def folders(self, under: str = "") -> list[str]:
        """As in `Files`."""
        return [path.name for path in _sorted(self._root / under) if path.is_dir(follow_symlinks=False)]

    def pieces(self, name: str) -> Iterator[bytes]:
        """As in `Files`."""
        with (self._root / name).open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """As in `Files`."""
        path = self._root / name
        make(path.parent)
        draft = path.with_name(f"{path.name}.{uuid4().hex}")
        try:
            with create(draft) as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def append(self, name: str, data: bytes) -> None:
        """As in `Files`."""
        path = self._root / name
        is_new = not path.exists()
        if is_new:
            make(path.parent)
        append(path, data)
        if is_new:
            for folder in (path.parent, path.parent.parent, self._root):
                fsync(folder)

    def sync(self) -> None:
        """As in `Files`."""
        os.sync()  # all names at once: an fsync of each folder for each file would take longer than the files

    def mails(self, file: BlobFile) -> list[PackedMail]:
        """As in `Files`."""
        descriptor = os.open(self._root / file.name, os.O_RDONLY)
        try:
            return packs.mails(file.size, lambda length, offset: os.pread(descriptor, length, offset))
        finally:
            os.close(descriptor)


class FilesOfBucket:
    """The files of a blob store in an object store."""

    def __init__(self, bucket: Bucket) -> None:
        self._store = bucket.store

    def walk(self, under: str = "") -> Iterator[BlobFile]:
        """As in `Files`."""
        with translated():
            for page in self._store.list(prefix=under or None):
                for found in sorted(page, key=lambda each: each["path"]):
                    yield BlobFile(found["path"], found["size"], str(found["e_tag"] or found["last_modified"]))

    def folders(self, under: str = "") -> list[str]:
        """As in `Files`."""
        with translated():
            found = self._store.list_with_delimiter(prefix=under or None)
        return sorted(str(name).rstrip("/").rpartition("/")[2] for name in found["common_prefixes"])

    def pieces(self, name: str) -> Iterator[bytes]:
        """As in `Files`."""
        with translated():
            for piece in self._store.get(name).stream(min_chunk_size=_PIECE):
                yield bytes(piece)

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """As in `Files`."""
        with translated():
            self._store.put(name, iter(pieces))

    def append(self, name: str, data: bytes) -> None:
        """As in `Files`."""
        self.put(f"{name}-{uuid4().hex}", iter([data]))

    def sync(self) -> None:
        """As in `Files`: an object is durable when it is put."""

    def mails(self, file: BlobFile) -> list[PackedMail]:
        """As in `Files`."""
        data = b"".join(self.pieces(file.name))
        return packs.mails(len(data), lambda length, offset: data[offset : offset + length])


def files_of(store: object) -> Files:
    """Returns the files of a store of `Blobs`. Raises TypeError for one that has no files."""
    match store:
        case Folder():
            return FilesOfFolder(store.root)
        case Bucket():
            return FilesOfBucket(store)
    raise TypeError(f"{store!r} has no files")


def _sorted(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:  # deleted meanwhile
        return []
