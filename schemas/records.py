"""The records that travel on Kafka, one kind per topic; frozen, versioned, under 256 KiB.

Raw mail, files and long texts stay in the blob store and travel as a key (claim check). A reader ignores fields
that it does not know, so that a newer writer can run next to it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from schemas.files import FileReason
from schemas.reasons import Reason


class Record(BaseModel):
    """What all records share."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Override(Record):
    """What a case worker decided of a mail that did not post: it is accepted, this once.

    `accepted_by` is the case worker. With `case_id` the mail posts a new update on that case, wherever it was sent to.
    """

    accepted_by: UUID
    case_id: UUID | None = None


class Custody(Record):
    """One mail that we have told its source we have.

    `raw` is the blob key of the bytes as they came; `size` is in bytes; `recipient` is the one envelope recipient
    that this ledger row stands for, `sender` the envelope sender (empty for `<>`). `run` and `override` are those of
    the ledger when the mail was let in: what comes of an earlier run ends nothing. `whole_size` is that of a mail of
    which only the header was taken, because it is too large; else 0. `heavy` is set when looking into its files takes
    more than a mail may take in its turn.
    """

    mail_id: UUID
    tenant_id: UUID
    raw: str
    size: int
    recipient: str
    sender: str
    received_at: datetime
    run: int = 0
    override: Override | None = None
    whole_size: int = 0
    heavy: bool = False


class FetchedMail(Record):
    """`inbound.parse`: a mail in custody, not yet read."""

    version: Literal[1] = 1
    custody: Custody


class CutKind(StrEnum):
    """What kind of text was cut from around the person's own words."""

    QUOTE = "quote"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"


class Cut(Record):
    """A piece that was cut: `before` is the offset in the kept text, in characters, at which it stood."""

    kind: CutKind
    before: int
    text: str
    confidence: float


class Body(Record):
    """The person's own words, and what was cut from around them."""

    text: str
    cut: tuple[Cut, ...] = ()


class AutomaticMail(StrEnum):
    """Mail that no person wrote as an answer; each value is also the `Reason` of that name."""

    AUTO_REPLY = Reason.AUTO_REPLY
    BOUNCE = Reason.BOUNCE
    COMPLAINT = Reason.COMPLAINT
    READ_RECEIPT = Reason.READ_RECEIPT
    LIST_MAIL = Reason.LIST_MAIL
    CALENDAR = Reason.CALENDAR
    OWN_MAIL = Reason.OWN_MAIL
    LOOP = Reason.LOOP
    ENCRYPTED = Reason.ENCRYPTED


class Shown(StrEnum):
    """Where a mail shows a picture that it brings; of several places the last of these counts.

    WORDS: among the person's own words. END: below them. CLOSING: where a signature is likely, but not sure: under a
    closing ("Regards"), above the lines of a visiting card, under the author's name. SIGNATURE: in one, or in a notice
    below. QUOTE: in a quote, cut or kept.
    """

    NOWHERE = ""
    WORDS = "words"
    END = "end"
    CLOSING = "closing"
    SIGNATURE = "signature"
    QUOTE = "quote"


class Attachment(Record):
    """A part of the mail that may be a file; `part` is its number among the leaves of the MIME tree, from 0.

    `size` is that of the decoded bytes. `inline` means Content-Disposition: inline or a Content-ID that the HTML
    refers to; `referred` means that the person's own (kept) words refer to it. `at` and `length` are where its bytes,
    still in their `transfer` encoding, lie in the raw mail; `at` is -1 where that isn't known. `disposition` is the
    one stated, "" for none; `within` is the subtype of the multipart around the part, "related" only where that has an
    HTML text; `defect` says why the decoded bytes are not surely those that were sent.
    """

    part: int
    name: str
    declared_type: str
    size: int
    inline: bool
    referred: bool
    content_id: str = ""
    at: int = -1
    length: int = 0
    transfer: str = ""
    disposition: str = ""
    within: str = ""
    shown: Shown = Shown.NOWHERE
    defect: str = ""


class Failure(Record):
    """One recipient whom a delivery report names: for good, or not yet (`permanent` false), and the server's words."""

    address: str
    permanent: bool
    words: str


class DeliveryReport(Record):
    """What a delivery report says; `own_mark` is the fingerprint in the mail that it quotes, not yet proven."""

    failures: tuple[Failure, ...]
    own_mark: str


class Verdict(StrEnum):
    """Whether a mail was proven to come from its author's domain."""

    PROVEN = "proven"
    NOT_PROVEN = "not proven"  # neither proven nor disowned
    UNKNOWN = "unknown"  # nothing was found out: no name server answered, or the edge says so
    DISOWNED = "disowned"  # it fails DMARC, and the domain's policy is quarantine or reject
    NOT_COVERED = "not covered"  # it is signed, but fields that the signature does not cover decide how it is read


class Proof(Record):
    """What came out when the sender of a mail was checked, and what that rests on.

    `signatures` are the DKIM signatures of a proven mail by which it is known if it is shown again: the SHA-256 of
    domain, selector and signature, in hexadecimal.
    """

    verdict: Verdict
    evidence: dict[str, str]
    signatures: tuple[str, ...] = ()


class ParsedMail(Record):
    """`inbound.validate`: what the mail says.

    `author` is the addr-spec of the one mailbox of the one From field, or empty, and then `author_problem` says why.
    The body lies in the blob store under `body_blob` when it is too long to travel. `own_mark` is the fingerprint with
    which the mail says that it is one of ours (`cases.outgoing.fingerprint`), not yet proven. `proof` is there once the
    sender was checked, which not every tenant wants.
    """

    version: Literal[1] = 1
    custody: Custody
    author: str
    author_name: str
    author_problem: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    message_id: str
    in_reply_to: str
    date: datetime | None
    machine: AutomaticMail | None
    machine_evidence: str
    own_mark: str = ""
    report: DeliveryReport | None = None
    body: Body | None
    body_blob: str
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]
    proof: Proof | None = None

    @property
    def is_unproven(self) -> bool:
        """Whether the sender was checked, and not found to be genuine."""
        return self.proof is not None and self.proof.verdict is not Verdict.PROVEN


class ProofOrder(Record):
    """`inbound.authenticate`: find out who really sent this mail; `may_wait` where that decides whether it posts.

    Without `must_know` it goes on as not verified when that can't be found out in the end; else it is held.
    `sealers` are the domains of the forwarders whose word the tenant takes for a mail that is not proven otherwise.
    """

    version: Literal[1] = 1
    parsed: ParsedMail
    may_wait: bool
    must_know: bool = True
    sealers: tuple[str, ...] = ()

    @property
    def custody(self) -> Custody:
        """The mail that this is about."""
        return self.parsed.custody


class Target(Record):
    """Where a mail posts, and as whom; `answers` is the update that it answers, if any, and `group` the access group
    that it must not leave; None for that of the update, or for the tenant's default.

    `unverified`: nothing proved that author, and so the mail has the rights of the least.
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
        """The mail that this is about."""
        return self.parsed.custody


class HeavyMail(ValidatedMail):
    """`inbound.heavy`: a mail that its author may post, whose files take long to look into."""


class StoredFile(Record):
    """A file in the blob store: `blob` is its key, `size` in bytes, `content_type` as found from its content.

    `thumbnail` is the key of a small picture of it, None where there is none.
    """

    name: str
    content_type: str
    size: int
    sha256: str
    blob: str
    thumbnail: str | None = None


class LeftOut(Record):
    """A part of the mail that did not become a file of the update, and why, in words for a person.

    `part` is its number as in `Attachment`; of the form, its place among the files that were sent. `reason` is None
    in records and updates that were written before there was one.
    """

    name: str
    why: str
    part: int
    reason: FileReason | None = None


class FilteredMail(Record):
    """`inbound.post`: a mail with its files chosen and stored."""

    version: Literal[1] = 1
    parsed: ParsedMail
    target: Target
    files: tuple[StoredFile, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def custody(self) -> Custody:
        """The mail that this is about."""
        return self.parsed.custody


class Rejection(Record):
    """`inbound.deadletter`: a business decision that the mail does not post, with its evidence.

    `author` and `subject` are what was read of them by then, for the inbound log. `by_person` is set when the mail was
    read and has no sign of a machine: only then its author may be told, in answer to `message_id`; and not when it
    `may_be_forged`: the tenant asks for proof of senders, even if only to watch, and there is none of this one.
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


class FetchOrder(Record):
    """`inbound.fetch`: fetch this source now; `lease` is the fencing number under which the scheduler gave it out."""

    version: Literal[1] = 1
    source_id: UUID
    lease: int


class FilesOrder(Record):
    """`inbound.files`: try those files of an update again that were left out because they could not be scanned."""

    version: Literal[1] = 1
    tenant_id: UUID
    update_id: UUID


class SendOrder(Record):
    """`outbox.send`: these rows of the outbox are due."""

    version: Literal[1] = 1
    tenant_id: UUID
    outbox_ids: tuple[UUID, ...]
