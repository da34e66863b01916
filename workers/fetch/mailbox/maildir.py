"""A Maildir as a source: mails are read from `new/` and, once in custody, moved to `cur/`."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from workers.fetch.content_key import header_of
from workers.fetch.mailbox.source import Fetched, Listed, OpenSource

#: Info suffix of a mail that was read (the Maildir format's flag S).
_SEEN = ":2,S"
#: Longest name of a file on most file systems, in octets.
_LONGEST_NAME = 255


class Maildir(OpenSource):
    """A folder with `new/`, `cur/` and `tmp/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def count(self) -> int:
        return sum(1 for _ in (self._folder / "new").iterdir())

    def listed(self, *, again: bool = False) -> Iterator[Listed]:
        """Yields the mails in `new/`; `again`, those in `cur/`, too. Raises `FileNotFoundError` if the folder
        is not a Maildir."""
        found: list[tuple[int, str, int]] = []
        for place in ("new", "cur") if again else ("new",):
            for path in (self._folder / place).iterdir():
                with contextlib.suppress(FileNotFoundError):
                    if not path.name.startswith(".") and path.is_file():
                        about = path.stat()
                        found.append((about.st_mtime_ns, path.name, about.st_size))
        for at, name, size in sorted(found):
            yield Listed(name, size, _time(at))

    def read(self, mails: Sequence[Listed], limit: int) -> dict[str, Fetched]:
        found: dict[str, Fetched] = {}
        for mail in mails:
            try:
                raw = self._head(mail, limit + 1)
            except FileNotFoundError:
                continue
            except OSError:
                self.unread |= {mail.ref}
                continue
            large = len(raw) > limit
            found[mail.ref] = Fetched(header_of(raw), max(mail.size or 0, len(raw))) if large else Fetched(raw)
        return found

    def acknowledge(self, mails: Sequence[Listed]) -> None:
        """Moves the mails to `cur/`, but for those that are gone already."""
        for mail in mails:
            with contextlib.suppress(FileNotFoundError):
                name = mail.ref.partition(":")[0] + _SEEN
                if len(os.fsencode(name)) > _LONGEST_NAME:
                    name = mail.ref
                (self._folder / "new" / mail.ref).rename(self._folder / "cur" / name)

    def close(self) -> None:
        """Does nothing: nothing is open."""

    def _head(self, mail: Listed, octets: int) -> bytes:
        with self._path(mail).open("rb") as file:
            return file.read(octets)

    def _path(self, mail: Listed) -> Path:
        path = self._folder / "new" / mail.ref
        return path if path.exists() else self._folder / "cur" / mail.ref


def _time(nanoseconds: int) -> datetime | None:
    """Returns when a file was changed; None for an invalid time: some tools set it to any date that a mail states."""
    try:
        return datetime.fromtimestamp(nanoseconds / 1_000_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
