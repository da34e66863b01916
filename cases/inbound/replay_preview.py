"""The preview of a replay: how a mail would end by today's rules, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cases.updates.restore_text import put_back
from schemas.reasons import Reason
from schemas.records import Cut
from schemas.tables import MailState


@dataclass(frozen=True)
class SeenFile:
    """A part of a mail that may be a file; `size` is in bytes. `why` says why it would not become a file of the update,
    and is empty if it would."""

    name: str
    size: int
    why: str = ""


@dataclass(frozen=True)
class Content:
    """The readable content of a mail.

    `words` is the text of its author, and `cut` the pieces around it that would be cut. `to`, `cc` and `date` are from
    its header.
    """

    words: str = ""
    cut: tuple[Cut, ...] = ()
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    date: datetime | None = None
    files: tuple[SeenFile, ...] = ()

    @property
    def whole(self) -> str:
        """The words together with all pieces that would be cut, each at its place."""
        words, cut = self.words, [piece.model_dump(mode="json") for piece in self.cut]
        for number in range(len(cut)):
            words, cut = put_back(words, cut, number)
        return words

    @property
    def cut_lines(self) -> int:
        """The number of lines that would be cut."""
        return sum(piece.text.count("\n") + 1 for piece in self.cut)


@dataclass(frozen=True)
class WhatIf:
    """How a mail ended, and how it would end now. `reason` is why it would not post, with its `evidence`; `content` is
    what the author sent."""

    mail_id: UUID
    was: MailState
    was_reason: str
    now: MailState
    reason: Reason | None
    evidence: Mapping[str, str] = field(default_factory=dict)
    content: Content = Content()

    @property
    def changed(self) -> bool:
        """Whether it would end in another state, or for another reason."""
        return (self.was, self.was_reason) != (self.now, self.reason or "")
