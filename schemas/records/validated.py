"""The records of a mail after validation: on its way to an update, or rejected."""

from typing import Literal
from uuid import UUID

from schemas.files import FileReason
from schemas.reasons import Reason
from schemas.records.custody import Custody, Record
from schemas.records.parsed import ParsedMail


class Target(Record):
    """The case that a mail posts on, and the author of the update.

    `answers` is the update that the mail answers, if any. `group` is the access group to post in; None for the group of
    the answered update, or for the tenant's default group. `unverified` means that the author is not proven: the mail
    posts with the fewest rights.
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

    `part` is its number as in `Attachment`; for a file of the console's form, its place among the uploaded files.
    `reason` is None in records and updates that older versions wrote.
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

    `author` and `subject` are for the inbound log; empty if not known. `by_person` is set when the mail was parsed and
    shows no sign of a machine: only then may its author be notified, in answer to `message_id`. The author is not
    notified if the mail `may_be_forged`: the tenant has senders checked, even if only to watch, and this sender is not
    proven. `never_drop` is set for automatic mail that may have words of a person who could post: it is held where the
    tenant's choice for the reason is to drop it.
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
    never_drop: bool = False
