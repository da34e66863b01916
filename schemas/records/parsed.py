"""A parsed mail, and its parts."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from schemas.reasons import Reason
from schemas.records.custody import Custody, Record


class CutKind(StrEnum):
    """The kind of a text that was cut from around the author's own words."""

    QUOTE = "quote"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"


class Cut(Record):
    """A text that was cut; `before` is its former place, as an offset in the kept text in characters."""

    kind: CutKind
    before: int
    text: str
    confidence: float


class Body(Record):
    """The author's own words, and the texts that were cut from around them."""

    text: str
    cut: tuple[Cut, ...] = ()


class AutomaticMail(StrEnum):
    """Kinds of mail that no person wrote as an answer; each is also the `Reason` of that name."""

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
    """Where a mail shows one of its pictures; if in several places, the last of these values counts.

    WORDS: among the author's own words. END: below them. CLOSING: where a signature is likely, but not certain: under a
    closing ("Regards"), above the lines of a visiting card, under the author's name. SIGNATURE: in a signature, or in a
    notice below it. QUOTE: in a quote, cut or kept.
    """

    NOWHERE = ""
    WORDS = "words"
    END = "end"
    CLOSING = "closing"
    SIGNATURE = "signature"
    QUOTE = "quote"


class Attachment(Record):
    """A part of the mail that may be a file; `part` is its number among the leaves of the MIME tree, from 0.

    `size` is that of the decoded bytes. `inline` means Content-Disposition: inline, or a Content-ID that the HTML
    refers to; `referred` means that the author's own (kept) words refer to it. `at` and `length` locate its bytes in
    the raw mail, still in their `transfer` encoding; `at` is -1 if unknown. `disposition` is the stated one, or "".
    `within` is the subtype of the multipart around the part, "related" only if that has an HTML text. `defect` says why
    the decoded bytes may differ from those that were sent.
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
    """A recipient in a delivery report: not reached, for good or (`permanent` is false) not yet; the server's words."""

    address: str
    permanent: bool
    words: str


class DeliveryReport(Record):
    """The content of a delivery report; `own_mark` is the fingerprint in the mail that it quotes, not yet verified."""

    failures: tuple[Failure, ...]
    own_mark: str


class Verdict(StrEnum):
    """Whether a mail was proven to come from its author's domain."""

    PROVEN = "proven"
    NOT_PROVEN = "not proven"  # neither proven nor disowned
    UNKNOWN = "unknown"  # the check failed: no name server answered, or the receiving mail server says so
    DISOWNED = "disowned"  # it fails DMARC, and the domain's policy is quarantine or reject
    NOT_COVERED = "not covered"  # it is signed, but the signature leaves out fields that change how the mail is read


class Proof(Record):
    """The result of checking a mail's sender, and its evidence.

    `signatures` identify a proven mail if it is replayed: the SHA-256 of domain, selector and signature of each of its
    DKIM signatures, in hexadecimal.
    """

    verdict: Verdict
    evidence: dict[str, str]
    signatures: tuple[str, ...] = ()


class ParsedMail(Record):
    """`inbound.validate`: the content of a mail.

    `author` is the addr-spec of the one mailbox in the one From field; if there is no such mailbox it is empty, and
    `author_problem` says why. A body that is too long for a record is in the blob store under `body_blob`. `own_mark`
    is the fingerprint that marks a mail as sent by casemail (`cases.outgoing.fingerprint`), not yet verified. `proof`
    is set once the sender was checked, which each tenant may switch on.
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
        """Whether the sender was checked, and not proven."""
        return self.proof is not None and self.proof.verdict is not Verdict.PROVEN
