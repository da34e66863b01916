"""What would become of a mail if it were replayed by the rules of today."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from schemas.reasons import Reason
from schemas.tables import MailState


@dataclass(frozen=True)
class WhatIf:
    """How a mail ended, and how it would end now. `reason` is why it would not post, `evidence` what that rests on;
    `words` are those of its author, as far as they can be read."""

    mail_id: UUID
    was: MailState
    was_reason: str
    now: MailState
    reason: Reason | None
    evidence: Mapping[str, str] = field(default_factory=dict)
    words: str = ""

    @property
    def changed(self) -> bool:
        """Whether it would end otherwise, or for another reason."""
        return (self.was, self.was_reason) != (self.now, self.reason or "")
