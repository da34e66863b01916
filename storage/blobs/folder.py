"""Blobs in a folder on the local disk: raw mails in packs, all other blobs in a file each."""

import os
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from schemas.errors import CasemailError
from storage.blobs import packs
from storage.blobs.packs import NewMail
from storage.blobs.places import Place, is_raw, new_pack

#: Bytes that are read at a time to compare a file.
_PIECE = 1 << 20

#: Modes of folders and files, whatever the umask: they contain people's mails.
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600

#: Length of the names of subfolders that only serve to keep folders small.
_FAN_OUT = 2


class BlobFolderError(CasemailError, OSError):
    """The folder of the blob store can't be used."""


class Folder:
    """A blob store in a folder on the local disk.

    obstore's LocalStore is not used: it does not fsync, and its thread switches cost twice as much as the rest of
    the work.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._settled: set[Path] = set()
        make(root)
        with suppress(PermissionError):  # a volume that another user owns
            root.chmod(_FOLDER_MODE)  # older versions left it open to all users, with all that is in it

    def put_all(self, blobs: Mapping[str, bytes], envelopes: Mapping[str, Sequence[bytes]]) -> Mapping[str, str]:
        """Stores all blobs durably. Returns the key of each; the key of a raw mail names its pack and its place there.

        Does not check whether a raw mail is stored already: the ledger makes sure that a mail enters once.
        """
        paths = {key: self.root / key for key in blobs}
        raw = {key: NewMail(blobs[key], envelopes.get(key, ())) for key in blobs if is_raw(key)}
        places = {key: key for key in blobs} | self._pack(raw)
        self._write(
            {path: blobs[key] for key, path in paths.items() if places[key] == key and not _has(path, blobs[key])}
        )
        # a file name is durable only if its folder is fsynced; a folder not known yet may itself be new in its parent
        for folder in {path.parent for path in paths.values()}:
            fsync(folder)
            self._settle(folder)
        return places

    def _pack(self, mails: Mapping[str, NewMail]) -> dict[str, str]:
        places: dict[str, str] = {}
        folders: dict[str, list[str]] = {}
        for key in mails:
            folders.setdefault(key.rpartition("/")[0], []).append(key)
        for folder, keys in folders.items():
            pack = new_pack(folder)
            offsets = packs.write(self.root / pack, [mails[key] for key in keys], self._new)
            for key, offset in zip(keys, offsets, strict=True):
                places[key] = str(Place(pack, offset, len(mails[key].content), key.rpartition("/")[2]))
        return places

    def get(self, key: str) -> bytes:
        """Returns the bytes of a blob. Raises FileNotFoundError if it is missing."""
        place = Place.of(key)
        if place is None:
            return (self.root / key).read_bytes()
        return packs.read(self.root / place.pack, place.offset, place.length)

    def delete(self, keys: Sequence[str]) -> None:
        """Deletes blobs; missing blobs are not an error."""
        folders: dict[Path, set[str]] = {}
        in_packs: dict[Path, list[int]] = {}
        for key in keys:
            place = Place.of(key)
            path = self.root / (place.pack if place else key)
            names = folders.setdefault(path.parent, set())
            if place is None:
                names.add(path.name)
            else:
                in_packs.setdefault(path, []).append(place.offset)
        for path, offsets in in_packs.items():
            with suppress(FileNotFoundError):
                packs.delete(path, offsets)
        for folder, names in folders.items():
            _delete_named(folder, names)
        self._tidy(folders.keys())

    def delete_under(self, starts: Sequence[str]) -> None:
        """Deletes all blobs whose keys begin with one of `starts`."""
        for start in starts:
            folder, _, name = start.rpartition("/")
            with suppress(FileNotFoundError):
                for path in (self.root / folder).iterdir():
                    if path.name.startswith(name):
                        path.unlink(missing_ok=True)
                self._tidy({self.root / folder})

    def check(self) -> None:
        """Raises `OSError` if the folder is gone or can't be written to. Does not make it: a mount may be missing."""
        if not self.root.is_dir():
            raise BlobFolderError(f"the folder of the blob store is not there: {self.root}")
        if not os.access(self.root, os.R_OK | os.W_OK | os.X_OK):
            raise BlobFolderError(f"the folder of the blob store can't be written to: {self.root}")

    def _tidy(self, folders: AbstractSet[Path]) -> None:
        """Makes deletions from these folders durable, and removes empty folders of batches and mails."""
        for folder in folders:
            with suppress(OSError):
                if len(folder.name) > _FAN_OUT:
                    folder.rmdir()
                    self._settled.discard(folder)
            if folder.is_dir():
                fsync(folder)
            elif folder.parent.is_dir():
                fsync(folder.parent)

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
        return self._new(drafts[path])

    def _new(self, path: Path) -> BinaryIO:
        try:
            return create(path)
        except FileNotFoundError:  # the folder is new, or was removed with its last blob
            self._settled.discard(path.parent)
            make(path.parent)
            return create(path)

    def _settle(self, folder: Path) -> None:
        while folder not in self._settled and folder != self.root:
            fsync(folder.parent)
            self._settled.add(folder)
            folder = folder.parent


def make(folder: Path) -> None:
    """Creates the folder and its missing parents, for this user only."""
    if not folder.is_dir():
        make(folder.parent)
        with suppress(FileExistsError):  # another process was quicker
            folder.mkdir(_FOLDER_MODE)
            folder.chmod(_FOLDER_MODE)


def create(path: Path) -> BinaryIO:
    """Creates a new file for this user only, and opens it.

    Raises FileExistsError, or FileNotFoundError if its folder is missing.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
    os.fchmod(descriptor, _FILE_MODE)  # with a umask of 0277 nobody could read it
    return os.fdopen(descriptor, "wb")


def append(path: Path, data: bytes) -> None:
    """Adds bytes durably to a file; a new file is for this user only, and its name is not yet durable."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
    with os.fdopen(descriptor, "ab", buffering=0) as file:
        file.write(data)
        os.fdatasync(descriptor)


def _delete_named(folder: Path, names: AbstractSet[str]) -> None:
    if not names:
        return
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            # also its draft, if the writer was killed
            if path.name in names or path.name.rpartition(".")[0] in names:
                path.unlink(missing_ok=True)


def _has(path: Path, data: bytes) -> bool:
    """Returns whether the file exists and holds `data`; reads it in pieces, to save memory."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != len(data):
                return False
            pieces = iter(partial(file.read, _PIECE), b"")
            return all(piece == data[at * _PIECE : (at + 1) * _PIECE] for at, piece in enumerate(pieces))
    except FileNotFoundError:
        return False


def fsync(path: Path) -> None:
    """Makes a file, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
