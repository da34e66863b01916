"""Every reason for which a mail does not post, with its meaning for a person and what is done with the mail.

A newcomer adds a reason in one place: a member of `Reason` and its row in `REASONS`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Disposition(StrEnum):
    """What becomes of a mail that does not post."""

    FORWARD = "forward"  # to the tenant's Inbound Email Catch-All; held where the tenant has none
    HOLD = "hold"  # kept for a person to decide
    DROP = "drop"  # counted and visible in the inbound log, nothing else happens


class Reason(StrEnum):
    """Why a mail did not post; the value is stored in the ledger and shown as it is."""

    UNKNOWN_TENANT = "unknown_tenant"
    TENANT_INACTIVE = "tenant_inactive"
    REPLIES_OFF = "replies_off"
    UNKNOWN_ADDRESS = "unknown_address"
    MISTYPED_ADDRESS = "mistyped_address"
    EXPIRED_ADDRESS = "expired_address"
    DUPLICATE = "duplicate"
    LOOP = "loop"
    OWN_MAIL = "own_mail"
    AUTO_REPLY = "auto_reply"
    READ_RECEIPT = "read_receipt"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    LIST_MAIL = "list_mail"
    CALENDAR = "calendar"
    ENCRYPTED = "encrypted"
    AUTHOR_UNCLEAR = "author_unclear"
    AUTHOR_UNKNOWN = "author_unknown"
    AUTHOR_INACTIVE = "author_inactive"
    SENDER_NOT_PROVEN = "sender_not_proven"
    SENDER_NOT_CHECKED = "sender_not_checked"
    NOT_A_RECIPIENT = "not_a_recipient"
    NOT_ALLOWED = "not_allowed"
    NOT_RELATED = "not_related"
    REFUSED = "refused"
    OVER_LIMIT = "over_limit"
    UNREADABLE = "unreadable"
    INTERNAL_ERROR = "internal_error"
    STALLED = "stalled"
    FORWARD_FAILED = "forward_failed"


@dataclass(frozen=True)
class ReasonInfo:
    """One row of the table: the meaning in one line for a person, and the default disposition."""

    meaning: str
    disposition: Disposition


_F, _H, _D = Disposition.FORWARD, Disposition.HOLD, Disposition.DROP

REASONS: dict[Reason, ReasonInfo] = {
    Reason.UNKNOWN_TENANT: ReasonInfo("No recipient of the mail belongs to any tenant.", _H),
    Reason.TENANT_INACTIVE: ReasonInfo("The tenant is not active.", _H),
    Reason.REPLIES_OFF: ReasonInfo("Email update replies are switched off in General Case Settings.", _H),
    Reason.UNKNOWN_ADDRESS: ReasonInfo("The address is not one that casemail gave out.", _F),
    Reason.MISTYPED_ADDRESS: ReasonInfo("The address is not one that casemail gave out, but very like one.", _H),
    Reason.EXPIRED_ADDRESS: ReasonInfo("The address is too old: it does not work any more.", _F),
    Reason.DUPLICATE: ReasonInfo("The same mail came in before, or at another address of the case.", _D),
    Reason.LOOP: ReasonInfo("The mail has gone round in a loop.", _D),
    Reason.OWN_MAIL: ReasonInfo("The mail is one of casemail's own, come back.", _D),
    Reason.AUTO_REPLY: ReasonInfo("An automatic reply, such as an out-of-office note.", _D),
    Reason.READ_RECEIPT: ReasonInfo("A read receipt.", _D),
    Reason.BOUNCE: ReasonInfo("A delivery report: a mail could not be delivered.", _F),
    Reason.COMPLAINT: ReasonInfo("A spam complaint sent by a mail provider.", _F),
    Reason.LIST_MAIL: ReasonInfo("The mail comes from a mailing list.", _F),
    Reason.CALENDAR: ReasonInfo("An answer to a calendar invitation.", _F),
    Reason.ENCRYPTED: ReasonInfo("The mail is encrypted and can't be read here.", _H),
    Reason.AUTHOR_UNCLEAR: ReasonInfo("The From field does not name exactly one author beyond doubt.", _F),
    Reason.AUTHOR_UNKNOWN: ReasonInfo("The sender is not a user of this tenant.", _F),
    Reason.AUTHOR_INACTIVE: ReasonInfo("The sender's user account is archived.", _F),
    Reason.SENDER_NOT_PROVEN: ReasonInfo("Nothing proves that the mail comes from the domain of its author.", _H),
    Reason.SENDER_NOT_CHECKED: ReasonInfo("Whether the sender is genuine could not be found out.", _H),
    Reason.NOT_A_RECIPIENT: ReasonInfo("The sender was not sent the update that the mail answers.", _F),
    Reason.NOT_ALLOWED: ReasonInfo("The sender may not post on this case.", _F),
    Reason.NOT_RELATED: ReasonInfo("The mail is no answer to the update whose address it was sent to.", _H),
    Reason.REFUSED: ReasonInfo("The update form would refuse this text too.", _F),
    Reason.OVER_LIMIT: ReasonInfo("The mail is over a limit of size or structure.", _H),
    Reason.UNREADABLE: ReasonInfo("The mail could not be read.", _H),
    Reason.INTERNAL_ERROR: ReasonInfo("Something went wrong in casemail; the mail is safe.", _H),
    Reason.STALLED: ReasonInfo("The mail did not get through after several tries; it is safe.", _H),
    Reason.FORWARD_FAILED: ReasonInfo("The mail could not be forwarded to the Inbound Email Catch-All.", _H),
}
