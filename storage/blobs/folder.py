"""Blobs in a folder on the local disk: raw mails in packs, all others in a file each."""

import os
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from storage.blobs import packs

#: Octets of a file that are read at a time to see whether it is whole.
_PIECE = 1 << 20

#: Modes of folders and files, whatever the umask: they hold what people wrote.
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600

#: Length of the names of folders that only spread the others out.
_FAN_OUT = 2

#: The name of the folder of a tenant that has a folder for the raw mails of each batch.
_RAW = "raw"


class Folder:
    """A folder on the local disk. By hand, not with obstore's LocalStore: that does not fsync, and its hops to another
    thread and back cost twice as much as the rest of the work."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._settled: set[Path] = set()
        _make(root)
        with suppress(PermissionError):  # a volume of somebody else, who gave us what they chose to
            root.chmod(_FOLDER_MODE)  # one of an older casemail was open to all, and with it what lies in it

    def put_all(self, blobs: Mapping[str, bytes]) -> Mapping[str, str]:
        """Stores all durably, and says under which key each lies: that of a raw mail names its pack, and its place.

        What is raw is not looked for among what lies there: the same mail enters once by its ledger row alone.
        """
        paths = {key: self._root / key for key in blobs}
        raw = [key for key, path in paths.items() if path.parent.parent.name == _RAW]
        places = {key: key for key in blobs} | self._pack(raw, blobs)
        self._write(
            {path: blobs[key] for key, path in paths.items() if places[key] == key and not _has(path, blobs[key])}
        )
        # a name is durable only when its folder is, whoever made it; a folder that we have not met may be new itself
        for folder in {path.parent for path in paths.values()}:
            _fsync(folder)
            self._settle(folder)
        return places

    def _pack(self, keys: Sequence[str], blobs: Mapping[str, bytes]) -> dict[str, str]:
        places: dict[str, str] = {}
        folders: dict[str, list[str]] = {}
        for key in keys:
            folders.setdefault(key.rpartition("/")[0], []).append(key)
        for folder, mails in folders.items():
            pack = f"{folder}/{uuid4().hex}"
            offsets = packs.write(self._root / pack, [blobs[key] for key in mails], self._new)
            for key, offset in zip(mails, offsets, strict=True):
                places[key] = f"{pack}@{offset}+{len(blobs[key])}.{key.rpartition('/')[2]}"
        return places

    def get(self, key: str) -> bytes:
        """Raises FileNotFoundError when it is not there."""
        path, offset, length = self._place(key)
        return path.read_bytes() if offset is None else packs.read(path, offset, length)

    def _place(self, key: str) -> tuple[Path, int | None, int]:
        """Where the blob lies, and for one in a pack its offset and its length there."""
        path, in_pack, place = key.partition("@")
        if not in_pack:
            return self._root / key, None, 0
        offset, _, length = place.partition(".")[0].partition("+")
        return self._root / path, int(offset), int(length)

    def delete(self, keys: Sequence[str]) -> None:
        """What is not there is no error."""
        folders: dict[Path, set[str]] = {}
        in_packs: dict[Path, list[int]] = {}
        for key in keys:
            path, offset, _ = self._place(key)
            names = folders.setdefault(path.parent, set())
            if offset is None:
                names.add(path.name)
            else:
                in_packs.setdefault(path, []).append(offset)
        for path, offsets in in_packs.items():
            with suppress(FileNotFoundError):
                packs.delete(path, offsets)
        for folder, names in folders.items():
            _delete_named(folder, names)
        self._tidy(folders.keys())

    def delete_under(self, starts: Sequence[str]) -> None:
        """Deletes all whose keys begin so."""
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
        return self._new(drafts[path])

    def _new(self, path: Path) -> BinaryIO:
        try:
            return _create(path)
        except FileNotFoundError:  # the folder is new, or went with the last of its blobs
            self._settled.discard(path.parent)
            _make(path.parent)
            return _create(path)

    def _settle(self, folder: Path) -> None:
        while folder not in self._settled and folder != self._root:
            _fsync(folder.parent)
            self._settled.add(folder)
            folder = folder.parent


def _make(folder: Path) -> None:
    """Makes the folder, and those above it that are missing, for us alone."""
    if not folder.is_dir():
        _make(folder.parent)
        with suppress(FileExistsError):  # somebody else was quicker
            folder.mkdir(_FOLDER_MODE)
            folder.chmod(_FOLDER_MODE)


def _create(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
    os.fchmod(descriptor, _FILE_MODE)  # a umask of 0277 would let us write it and nobody read it
    return os.fdopen(descriptor, "wb")


def _delete_named(folder: Path, names: AbstractSet[str]) -> None:
    if not names:
        return
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            # a draft of it, too, whose writer was killed
            if path.name in names or path.name.rpartition(".")[0] in names:
                path.unlink(missing_ok=True)


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
