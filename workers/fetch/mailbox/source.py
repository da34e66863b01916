"""The interface of every source that is fetched; `open.open_source` opens one."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from workers.fetch.mailbox.transport import Meter


@dataclass(frozen=True)
class Listed:
    """A mail at a source: `ref` is the source's own id, never used for another mail there; `size` is in bytes; `at` is
    when it arrived there. Size and time are as the server states them, None where it does not."""

    ref: str
    size: int | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Fetched:
    """A mail that was read. If it is over the limit, `raw` is its header alone, and `whole_size` the size of all."""

    raw: bytes
    whole_size: int = 0


class OpenSource(ABC):
    """A source, open for one fetch. Every method may raise `SourceError`, or `OSError` if the source is a folder."""

    #: Limits on what its server sends; None for a folder.
    meter: Meter | None = None
    #: The number of mails that exist but could not be listed; known when all other mails were listed.
    unlisted = 0
    #: The refs of mails that exist but could not be read.
    unread: frozenset[str] = frozenset()

    @property
    def stays(self) -> bool:
        """Whether a mail is still listed after it was acknowledged, so that we must remember that we have it."""
        return False

    @property
    def dated(self) -> bool:
        """Whether the source states when a mail arrived."""
        return True

    @abstractmethod
    def count(self) -> int:
        """Returns the number of mails there."""

    def mark(self) -> dict[str, int]:
        """Returns numbers that change when a mail is added or removed; empty where the source has no such numbers."""
        return {}

    @abstractmethod
    def listed(self, *, again: bool = False) -> Iterator[Listed]:
        """Yields the mails there, oldest first; `again` includes mails that were taken before and can still be read."""

    def was_before(self, mail: Listed, mark: dict[str, int]) -> bool:  # noqa: ARG002  # for sources without marks
        """Returns whether the mail was there when `mark` was made; True where that is unknown."""
        return True

    @abstractmethod
    def read(self, mails: Sequence[Listed], limit: int) -> dict[str, Fetched]:
        """Returns the mails by `ref`; of a mail over `limit` bytes the header. Missing mails are left out."""

    @abstractmethod
    def acknowledge(self, mails: Sequence[Listed]) -> None:
        """Acknowledges mails in custody that were listed in this session: flags, moves, deletes or leaves them."""

    def reopen(self) -> None:  # noqa: B027  # a folder needs no connection
        """Connects again after an error; mails listed before can still be read."""

    @abstractmethod
    def close(self) -> None:
        """Ends the session; a POP3 server deletes acknowledged mails only now."""

    def abandon(self) -> None:
        """Drops the session after an error."""
        self.close()
