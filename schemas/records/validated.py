"""Records after validation: a mail on its way to its update, or rejected."""

from typing import Literal
from uuid import UUID

from schemas.files import FileReason
from schemas.reasons import Reason
from schemas.records.custody import Custody, Record
from schemas.records.parsed import ParsedMail


class Target(Record):
    """Where a mail posts, and as whom.

    `answers` is the update that it answers, if any. `group` is the access group that may see it; None for that of the
    update, or for the tenant's default. `unverified` means that the author is not proven: the mail posts with the least
    rights.
    """

    case_id: UUID
    author_id: UUID
    answers: UUID | None
    group: UUID | None = None
    unverified: bool = False


class ValidatedMail(Record):
    """`inbound.attachments`: a mail that its author may post."""

    version: Literal[1] = 1
    parsed: ParsedMail
    target: Target

    @property
    def custody(self) -> Custody:
        """The mail of this record."""
        return self.parsed.custody


class HeavyMail(ValidatedMail):
    """`inbound.heavy`: a mail that its author may post, and whose files take long to read."""


class StoredFile(Record):
    """A file in the blob store: `blob` is its key, `size` is in bytes, `content_type` was detected from its content.

    `thumbnail` is the key of a small picture of it, or None.
    """

    name: str
    content_type: str
    size: int
    sha256: str
    blob: str
    thumbnail: str | None = None


class LeftOut(Record):
    """A part of the mail that did not become a file of the update; `why` is for people.

    `part` is its number as in `Attachment`; for the console's form, its place among the uploaded files. `reason` is
    None in records and updates of older versions.
    """

    name: str
    why: str
    part: int
    reason: FileReason | None = None


class FilteredMail(Record):
    """`inbound.post`: a mail whose files were chosen and stored."""

    version: Literal[1] = 1
    parsed: ParsedMail
    target: Target
    files: tuple[StoredFile, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def custody(self) -> Custody:
        """The mail of this record."""
        return self.parsed.custody


class Rejection(Record):
    """`inbound.deadletter`: the decision that a mail does not post, with its evidence.

    `author` and `subject` are for the inbound log, as far as they are known. `by_person` is set when the mail was
    parsed and shows no sign of a machine: only then its author may be notified, in answer to `message_id`. Not if it
    `may_be_forged`: the tenant wants senders checked, even if only to watch, and this one is not proven.
    """

    version: Literal[1] = 1
    custody: Custody
    reason: Reason
    evidence: dict[str, str]
    author: str = ""
    subject: str = ""
    message_id: str = ""
    by_person: bool = False
    may_be_forged: bool = False
