"""A parsed mail, and its parts."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from schemas.reasons import Reason
from schemas.records.custody import Custody, Record


class CutKind(StrEnum):
    """Why a text around the author's own words was cut."""

    QUOTE = "quote"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"


class Cut(Record):
    """A text that was cut. It stood `before` the character of the kept text at this offset.

    `sign` says in words by what it was found, if not by the look of the mail alone.
    """

    kind: CutKind
    before: int
    text: str
    confidence: float
    sign: str = ""


class Body(Record):
    """The author's own words, and the texts that were cut from around them.

    `quoted`: the first and the last line, counted from 0, of each quote in `text` that the HTML or an update shows.
    """

    text: str
    cut: tuple[Cut, ...] = ()
    quoted: tuple[tuple[int, int], ...] = ()


class AutomaticMail(StrEnum):
    """Kinds of mail that no person wrote as an answer. Each is also a `Reason` of the same name."""

    AUTO_REPLY = Reason.AUTO_REPLY
    MAYBE_AUTOMATIC = Reason.MAYBE_AUTOMATIC
    BOUNCE = Reason.BOUNCE
    COMPLAINT = Reason.COMPLAINT
    READ_RECEIPT = Reason.READ_RECEIPT
    LIST_MAIL = Reason.LIST_MAIL
    CALENDAR = Reason.CALENDAR
    REACTION = Reason.REACTION
    OWN_MAIL = Reason.OWN_MAIL
    LOOP = Reason.LOOP
    ENCRYPTED = Reason.ENCRYPTED


class Shown(StrEnum):
    """Where a mail shows one of its pictures. If it shows it in several places, the last of these values counts.

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

    `size` is the number of decoded bytes. `inline` means Content-Disposition: inline, or a Content-ID that the HTML
    refers to. `referred` means that the author's own (kept) words refer to it. `at` and `length` locate its bytes in
    the raw mail, still in their `transfer` encoding; `at` is -1 if unknown. `disposition` is the stated disposition, or
    "". `within` is the subtype of the multipart around the part; "related" only if the multipart has an HTML text.
    `defect` says why the decoded bytes may differ from the bytes that were sent.
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
    """A recipient whom a mail did not reach: for good if `permanent`, else not yet. `words` are the mail server's."""

    address: str
    permanent: bool
    words: str


class DeliveryReport(Record):
    """The content of a delivery report. `own_mark` is the fingerprint in the quoted mail, not yet verified."""

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

    `signatures` serve to recognize a proven mail that is sent again: for each of its DKIM signatures, the SHA-256 of
    domain, selector and signature, in hexadecimal.
    """

    verdict: Verdict
    evidence: dict[str, str]
    signatures: tuple[str, ...] = ()


class ParsedMail(Record):
    """`inbound.validate`: the content of a mail.

    `author` is the addr-spec of the only mailbox in the only From field. Otherwise it is empty, and `author_problem`
    says why. A body that is too long for a record is in the blob store under `body_blob`. `own_mark`
    is the fingerprint that marks a mail as sent by casemail (`cases.outgoing.fingerprint`), not yet verified. `proof`
    is set once the sender was checked; each tenant may switch that on.
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
