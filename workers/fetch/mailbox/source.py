"""What every source that is fetched can do, whatever its make; `open_source` opens one."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.tables import OldMails, SourceKind
from workers.fetch.mailbox.transport import Meter


@dataclass(frozen=True)
class SourceRow:
    """A source as its row says; `secret` is sealed."""

    id: UUID
    tenant_id: UUID | None
    kind: SourceKind
    name: str
    location: str
    recipient_fields: str
    period_seconds: int
    options: dict[str, Any]
    secret: bytes | None
    state: dict[str, Any]
    old_mails: OldMails
    since: datetime | None
    last_success_at: datetime | None

    @property
    def declared(self) -> list[str]:
        """The header fields that its edge writes the recipient in."""
        return [name.strip() for name in self.recipient_fields.split(",") if name.strip()]


@dataclass(frozen=True)
class Listed:
    """A mail that is at a source: the source's own id, which no other mail of it ever has; its size in bytes; when it
    came. Both are the server's word, None where it gives none."""

    ref: str
    size: int | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Fetched:
    """A mail that was read; where it is over the limit `raw` is its header alone, and `whole_size` that of the mail."""

    raw: bytes
    whole_size: int = 0


class OpenSource(ABC):
    """A source, open for one fetch. Every method may raise `SourceError` or, of what lies here, `OSError`."""

    #: Limits on what its server sends; None where there is no server.
    meter: Meter | None = None
    #: Mails that are there and could not be listed, known once all others were.
    unlisted = 0
    #: The ids of those that are here and could not be read.
    unread: frozenset[str] = frozenset()

    @property
    def stays(self) -> bool:
        """Whether a mail is still listed after it was acknowledged, so that we must note that we have it."""
        return False

    @property
    def dated(self) -> bool:
        """Whether it tells when a mail came."""
        return True

    @abstractmethod
    def count(self) -> int:
        """How many mails are there."""

    def mark(self) -> dict[str, int]:
        """Figures that differ after anything has come or gone; empty where there are none to be had."""
        return {}

    @abstractmethod
    def listed(self, *, again: bool = False) -> Iterator[Listed]:
        """The mails that are there, oldest first; `again` with those that were taken before and can still be read."""

    def was_before(self, mail: Listed, mark: dict[str, int]) -> bool:  # noqa: ARG002  # for those that have no marks
        """Whether the mail was there when `mark` was made, as far as can be told."""
        return True

    @abstractmethod
    def read(self, mails: Sequence[Listed], limit: int) -> dict[str, Fetched]:
        """Reads the mails, by their `ref`; of one over `limit` bytes the header. One that is gone is left out."""

    @abstractmethod
    def acknowledge(self, mails: Sequence[Listed]) -> None:
        """Tells the source that we have these mails, which were read in this session and are in custody."""

    def reopen(self) -> None:  # noqa: B027  # what lies here needs no connection
        """Connects anew after something went wrong; what was listed can still be read."""

    @abstractmethod
    def close(self) -> None:
        """Ends the session; for some sources, what was acknowledged is done only now."""

    def abandon(self) -> None:
        """Drops the session after something went wrong."""
        self.close()
