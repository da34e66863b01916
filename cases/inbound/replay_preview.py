"""What would become of a mail if it were replayed by the rules of today."""

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
    """A part of a mail that may be a file, of so many bytes; `why` is why it would not be one of the update, in words,
    empty where it would."""

    name: str
    size: int
    why: str = ""


@dataclass(frozen=True)
class Content:
    """What a mail says and brings, as far as it can be read: to whom else it was written, when (as its header says),
    its author's `words`, what would be `cut` from around them, and its files."""

    words: str = ""
    cut: tuple[Cut, ...] = ()
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    date: datetime | None = None
    files: tuple[SeenFile, ...] = ()

    @property
    def whole(self) -> str:
        """The words with all that would be cut, each piece where it stood."""
        words, cut = self.words, [piece.model_dump(mode="json") for piece in self.cut]
        for number in range(len(cut)):
            words, cut = put_back(words, cut, number)
        return words

    @property
    def cut_lines(self) -> int:
        """Lines that would be cut."""
        return sum(piece.text.count("\n") + 1 for piece in self.cut)


@dataclass(frozen=True)
class WhatIf:
    """How a mail ended, and how it would end now. `reason` is why it would not post, `evidence` what that rests on;
    `content` is what its author sent."""

    mail_id: UUID
    was: MailState
    was_reason: str
    now: MailState
    reason: Reason | None
    evidence: Mapping[str, str] = field(default_factory=dict)
    content: Content = Content()

    @property
    def changed(self) -> bool:
        """Whether it would end otherwise, or for another reason."""
        return (self.was, self.was_reason) != (self.now, self.reason or "")
