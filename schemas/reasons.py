"""Every reason why a mail does not post, with its meaning for people and its disposition.

To add a reason, add a member of `Reason` and its row in `REASONS`. Longer than other files, as it is a table.
"""

from dataclasses import dataclass
from enum import StrEnum


class Disposition(StrEnum):
    """What is done with a mail that does not post."""

    FORWARD = "forward"  # to the tenant's Inbound Email Catch-All; held if the tenant has none
    HOLD = "hold"  # kept for a person to decide
    DROP = "drop"  # only counted, and shown in the inbound log
    POST = "post"  # as an update: the tenant takes what the reason stands for as an answer


class Reason(StrEnum):
    """Why a mail did not post; the value is stored in the ledger, and shown."""

    UNKNOWN_TENANT = "unknown_tenant"
    CANARY = "canary"
    TENANT_INACTIVE = "tenant_inactive"
    REPLIES_OFF = "replies_off"
    UNKNOWN_ADDRESS = "unknown_address"
    MISTYPED_ADDRESS = "mistyped_address"
    EXPIRED_ADDRESS = "expired_address"
    DUPLICATE = "duplicate"
    LOOP = "loop"
    OWN_MAIL = "own_mail"
    AUTO_REPLY = "auto_reply"
    MAYBE_AUTOMATIC = "maybe_automatic"
    READ_RECEIPT = "read_receipt"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    LIST_MAIL = "list_mail"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    CALENDAR = "calendar"
    REACTION = "reaction"
    ENCRYPTED = "encrypted"
    AUTHOR_UNCLEAR = "author_unclear"
    AUTHOR_UNKNOWN = "author_unknown"
    AUTHOR_INACTIVE = "author_inactive"
    SENDER_NOT_PROVEN = "sender_not_proven"
    SENDER_NOT_CHECKED = "sender_not_checked"
    SENDER_DISOWNED = "sender_disowned"
    NOT_COVERED = "not_covered"
    SIGNATURE_REUSED = "signature_reused"
    UNVERIFIED_IN_PRIVATE = "unverified_in_private"
    NOT_A_RECIPIENT = "not_a_recipient"
    NOT_ALLOWED = "not_allowed"
    GROUP_NOT_ALLOWED = "group_not_allowed"
    NOT_RELATED = "not_related"
    REFUSED = "refused"
    FILES_NOT_SCANNED = "files_not_scanned"
    OVER_LIMIT = "over_limit"
    UNREADABLE = "unreadable"
    INTERNAL_ERROR = "internal_error"
    STALLED = "stalled"
    ORIGINAL_MISSING = "original_missing"
    FORWARD_FAILED = "forward_failed"
    DISCARDED = "discarded"
    ERASED = "erased"


@dataclass(frozen=True)
class ReasonInfo:
    """One row of `REASONS`: its meaning for people, in one line; the default disposition, and why it is the default.

    `also` lists the other dispositions that a tenant may choose. Drop is allowed only if the mail can't contain words
    of a person whom the tenant knows, and never if casemail is at fault. Forward is allowed only if the mail is
    certainly not one of our own forwards that came back. Post is offered only for mail that a person sent.
    `overrulable` means that a case worker may accept such a mail anyway: the reason is a judgement, and does not
    concern anybody's identity or rights.
    """

    meaning: str
    disposition: Disposition
    why: str = ""
    also: tuple[Disposition, ...] = ()
    overrulable: bool = False

    @property
    def choices(self) -> tuple[Disposition, ...]:
        """The dispositions that a tenant may choose, the default first."""
        return (self.disposition, *self.also)


_F, _H, _D, _P = Disposition.FORWARD, Disposition.HOLD, Disposition.DROP, Disposition.POST

REASONS: dict[Reason, ReasonInfo] = {
    Reason.UNKNOWN_TENANT: ReasonInfo(
        "No recipient of the mail belongs to any tenant.", _H, "It belongs to no tenant: the operator looks at it."
    ),
    Reason.CANARY: ReasonInfo(
        "A mail of casemail's own that shows that incoming mail works.", _D, "It has done what it was sent for."
    ),
    Reason.TENANT_INACTIVE: ReasonInfo(
        "The tenant is not active.", _H, "Nothing leaves for a tenant that is not active, and nothing is lost."
    ),
    Reason.REPLIES_OFF: ReasonInfo(
        "Email update replies are switched off in General Case Settings.",
        _H,
        "Off is a pause: when replies are on again, these mails go on by themselves.",
        (_F, _D),
    ),
    Reason.UNKNOWN_ADDRESS: ReasonInfo(
        "The address is not one that casemail gave out.", _F, "A person may have mistyped it.", (_H, _D)
    ),
    Reason.MISTYPED_ADDRESS: ReasonInfo(
        "The address is not one that casemail gave out, but very similar.",
        _H,
        "A person can tell which case was meant.",
        (_F,),
    ),
    Reason.EXPIRED_ADDRESS: ReasonInfo(
        "The address is too old: it does not work any more.",
        _F,
        "A person wrote it, and may wait for an answer.",
        (_H,),
        overrulable=True,
    ),
    Reason.DUPLICATE: ReasonInfo(
        "The same mail came in before, or at another address of the case.", _D, "Its first copy is processed."
    ),
    Reason.LOOP: ReasonInfo("The mail is in a mail loop.", _D, "To forward it would keep the loop going.", (_H,)),
    Reason.OWN_MAIL: ReasonInfo(
        "The mail is one of casemail's own that came back.", _D, "To forward it would begin a loop.", (_H,)
    ),
    Reason.AUTO_REPLY: ReasonInfo(
        "An automatic reply, such as an out-of-office note.", _D, "Nobody wrote it.", (_F, _H), overrulable=True
    ),
    Reason.MAYBE_AUTOMATIC: ReasonInfo(
        "It may be an automatic reply: the mail has signs of a program, but no proof.",
        _H,
        "A person may have written it; a case worker can accept it.",
        (_F,),
        overrulable=True,
    ),
    Reason.READ_RECEIPT: ReasonInfo("A read receipt.", _D, "Nobody wrote it.", (_F, _H), overrulable=True),
    Reason.BOUNCE: ReasonInfo(
        "A delivery report: a mail could not be delivered.", _F, "The address of a person must be corrected.", (_H, _D)
    ),
    Reason.COMPLAINT: ReasonInfo(
        "A spam complaint sent by a mail provider.", _F, "A person does not want these emails.", (_H, _D)
    ),
    Reason.LIST_MAIL: ReasonInfo(
        "The mail comes from a mailing list.", _F, "A person may wait for an answer.", (_H, _D), overrulable=True
    ),
    Reason.TOO_MANY: ReasonInfo(
        "The sender wrote more mails in a short time than people do.",
        _H,
        "A program may be in a loop, and a person's mails are not lost.",
        overrulable=True,
    ),
    Reason.TOO_LARGE: ReasonInfo(
        "The mail is larger than casemail accepts: only its header was kept.",
        _H,
        "A person wrote it, and may still have the rest of it.",
        (_F,),
    ),
    Reason.CALENDAR: ReasonInfo(
        "A calendar invitation, a change of one or an answer to one, or a visiting card without words.",
        _F,
        "A person may have to put it into a calendar.",
        (_H, _D),
        overrulable=True,
    ),
    Reason.REACTION: ReasonInfo(
        "A reaction such as a thumbs-up, without words.",
        _D,
        "It says nothing that needs an update; you may want to post it as a short update.",
        (_P, _F, _H),
        overrulable=True,
    ),
    Reason.ENCRYPTED: ReasonInfo(
        "The mail is encrypted and can't be read here.", _H, "Whether it may leave is for a person to say.", (_F,)
    ),
    Reason.AUTHOR_UNCLEAR: ReasonInfo(
        "The From field does not name exactly one author without doubt.", _F, "A person may have written it.", (_H,)
    ),
    Reason.AUTHOR_UNKNOWN: ReasonInfo(
        "The sender is not a user of this tenant.",
        _F,
        "A stranger's email is for those who read ordinary email.",
        (_H, _D),
    ),
    Reason.AUTHOR_INACTIVE: ReasonInfo(
        "The sender's user account is archived.", _F, "A person wrote it, and may wait for an answer.", (_H,)
    ),
    Reason.SENDER_NOT_PROVEN: ReasonInfo(
        "Nothing proves that the mail comes from the domain of its author.",
        _H,
        "Somebody else may have written it.",
    ),
    Reason.SENDER_NOT_CHECKED: ReasonInfo(
        "Whether the sender is genuine could not be found out.", _H, "It can be replayed when name servers answer."
    ),
    Reason.SENDER_DISOWNED: ReasonInfo(
        "It is not proven to be from its author's domain, which asks not to accept such mail (DMARC).",
        _H,
        "Somebody else has most likely written it.",
    ),
    Reason.NOT_COVERED: ReasonInfo(
        "It is signed by its author's domain, but fields that are not signed decide how it is read.",
        _H,
        "Somebody else may have changed what it shows.",
    ),
    Reason.SIGNATURE_REUSED: ReasonInfo(
        "A mail with this very signature has posted on the case before, and showed something else.",
        _H,
        "Somebody else may have changed what it shows.",
    ),
    Reason.UNVERIFIED_IN_PRIVATE: ReasonInfo(
        "The sender is not verified, and the mail would post in an access group that clients can't see.",
        _H,
        "Somebody else may have written it to those who trust each other there.",
    ),
    Reason.NOT_A_RECIPIENT: ReasonInfo(
        "The sender was not sent the update that the mail answers.",
        _F,
        "A person wrote it; a case worker can accept it.",
        (_H,),
        overrulable=True,
    ),
    Reason.NOT_ALLOWED: ReasonInfo(
        "The sender may not post on this case.", _F, "A person wrote it, and may wait for an answer.", (_H,)
    ),
    Reason.GROUP_NOT_ALLOWED: ReasonInfo(
        "The sender may not post in the access group of the update that the mail answers.",
        _H,
        "In another group people would read it who can't see that update.",
    ),
    Reason.NOT_RELATED: ReasonInfo(
        "The mail is not an answer to the update whose address it was sent to.",
        _H,
        "A new matter: a case worker can move it to a case, or accept it as an answer.",
        (_F,),
        overrulable=True,
    ),
    Reason.REFUSED: ReasonInfo(
        "The update form would refuse this text too.", _F, "A person wrote it, and may wait for an answer.", (_H,)
    ),
    Reason.FILES_NOT_SCANNED: ReasonInfo(
        "The files of the mail could not be checked for malware.", _H, "It can be replayed when the scanner answers."
    ),
    Reason.OVER_LIMIT: ReasonInfo(
        "The mail is over a limit of size or structure.", _H, "It may be made to harm the programs that read it."
    ),
    Reason.UNREADABLE: ReasonInfo(
        "The mail could not be read.", _H, "It may be made to harm the programs that read it."
    ),
    Reason.INTERNAL_ERROR: ReasonInfo(
        "Something went wrong in casemail; the mail is safe.", _H, "It can be replayed when that is fixed."
    ),
    Reason.STALLED: ReasonInfo(
        "The mail did not get through after several tries; it is safe.", _H, "It can be replayed when that is fixed."
    ),
    Reason.ORIGINAL_MISSING: ReasonInfo(
        "The original of the mail is missing in the blob store.",
        _H,
        "It goes on by itself when the original is restored and the operator runs casemail recover.",
    ),
    Reason.FORWARD_FAILED: ReasonInfo(
        "The mail could not be forwarded to the Inbound Email Catch-All.", _H, "A mail that can't be sent on is kept."
    ),
    Reason.DISCARDED: ReasonInfo("A person discarded the mail.", _D, "That is what discarding means."),
    Reason.ERASED: ReasonInfo("The mail was erased on request.", _D, "Only its mark is left, so that it stays erased."),
}
