"""The label of each reason for people: a few words, the family that gives it its icon and colour, and the actions to
suggest for it. One table; `schemas.reasons` has the meanings."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cases.inbound.actions import Action
from schemas.reasons import Reason


class Family(StrEnum):
    """A family of reasons; the value is part of the CSS class of its colour, and of the page's URL."""

    STRANGER = "stranger"
    ADDRESS = "address"
    RECIPIENT = "recipient"
    PAUSED = "paused"
    AUTOMATIC = "automatic"
    SAFETY = "safety"  # not verified, or may do harm
    OURS = "ours"  # casemail's own trouble
    MATTER = "matter"


@dataclass(frozen=True)
class FamilyLabel:
    """The words of a family's filter, and its icon."""

    words: str
    icon: str


FAMILIES: dict[Family, FamilyLabel] = {
    Family.STRANGER: FamilyLabel("Unknown sender", icon="user-question"),
    Family.ADDRESS: FamilyLabel("Address", icon="mail-question"),
    Family.RECIPIENT: FamilyLabel("Not allowed", icon="user-x"),
    Family.PAUSED: FamilyLabel("Paused", icon="player-pause"),
    Family.AUTOMATIC: FamilyLabel("Automatic", icon="robot"),
    Family.SAFETY: FamilyLabel("Not verified", icon="shield-x"),
    Family.OURS: FamilyLabel("Our error", icon="alert-triangle"),
    Family.MATTER: FamilyLabel("New matter", icon="sparkles"),
}


@dataclass(frozen=True)
class ReasonLabel:
    """The label of a reason; the first of `suggests` that the mail allows is the suggested action."""

    words: str
    family: Family
    suggests: tuple[Action, ...] = ()

    @property
    def icon(self) -> str:
        """The icon of the family."""
        return FAMILIES[self.family].icon


_TO_A_CASE = (Action.ATTACH, Action.FORWARD)
_AGAIN = (Action.REPLAY,)
_DISCARD = (Action.DISCARD,)

LABELS: dict[Reason, ReasonLabel] = {
    Reason.UNKNOWN_TENANT: ReasonLabel("For nobody here", Family.ADDRESS),
    Reason.CANARY: ReasonLabel("Test email", Family.AUTOMATIC, _DISCARD),
    Reason.TENANT_INACTIVE: ReasonLabel("Organisation inactive", Family.PAUSED),
    Reason.REPLIES_OFF: ReasonLabel("Replies were off", Family.PAUSED),
    Reason.UNKNOWN_ADDRESS: ReasonLabel("No such address", Family.ADDRESS, _TO_A_CASE),
    Reason.MISTYPED_ADDRESS: ReasonLabel("Mistyped address", Family.ADDRESS, _TO_A_CASE),
    Reason.EXPIRED_ADDRESS: ReasonLabel("Expired address", Family.ADDRESS, (Action.ACCEPT, *_TO_A_CASE)),
    Reason.DUPLICATE: ReasonLabel("Duplicate", Family.AUTOMATIC, _DISCARD),
    Reason.LOOP: ReasonLabel("Email loop", Family.AUTOMATIC, _DISCARD),
    Reason.OWN_MAIL: ReasonLabel("Our own email", Family.AUTOMATIC, _DISCARD),
    Reason.AUTO_REPLY: ReasonLabel("Out of office", Family.AUTOMATIC, _DISCARD),
    Reason.MAYBE_AUTOMATIC: ReasonLabel("Maybe automatic", Family.AUTOMATIC, (Action.ACCEPT, *_TO_A_CASE)),
    Reason.READ_RECEIPT: ReasonLabel("Read receipt", Family.AUTOMATIC, _DISCARD),
    Reason.BOUNCE: ReasonLabel("Delivery failed", Family.AUTOMATIC, (Action.FORWARD,)),
    Reason.COMPLAINT: ReasonLabel("Spam complaint", Family.AUTOMATIC, (Action.FORWARD,)),
    Reason.LIST_MAIL: ReasonLabel("Mailing list", Family.AUTOMATIC, _DISCARD),
    Reason.TOO_MANY: ReasonLabel("Too many emails", Family.AUTOMATIC, _AGAIN),
    Reason.TOO_LARGE: ReasonLabel("Too large", Family.SAFETY, (Action.FORWARD,)),
    Reason.CALENDAR: ReasonLabel("Calendar answer", Family.AUTOMATIC, (Action.FORWARD, Action.ACCEPT)),
    Reason.REACTION: ReasonLabel("Reaction", Family.AUTOMATIC, _DISCARD),
    Reason.ENCRYPTED: ReasonLabel("Encrypted", Family.SAFETY, (Action.FORWARD,)),
    Reason.AUTHOR_UNCLEAR: ReasonLabel("Sender unclear", Family.STRANGER, (Action.FORWARD,)),
    Reason.AUTHOR_UNKNOWN: ReasonLabel(
        "Unknown sender", Family.STRANGER, (Action.ALIAS, Action.ATTACH, Action.FORWARD)
    ),
    Reason.AUTHOR_INACTIVE: ReasonLabel("Archived account", Family.STRANGER, (*_AGAIN, Action.FORWARD)),
    Reason.SENDER_NOT_PROVEN: ReasonLabel("Sender not verified", Family.SAFETY),
    Reason.SENDER_NOT_CHECKED: ReasonLabel("Sender not checked yet", Family.OURS, _AGAIN),
    Reason.SENDER_DISOWNED: ReasonLabel("Sender likely forged", Family.SAFETY, _DISCARD),
    Reason.NOT_COVERED: ReasonLabel("Only partly signed", Family.SAFETY),
    Reason.SIGNATURE_REUSED: ReasonLabel("Signature used before", Family.SAFETY),
    Reason.UNVERIFIED_IN_PRIVATE: ReasonLabel("Sender not verified", Family.SAFETY),
    Reason.NOT_A_RECIPIENT: ReasonLabel("Not sent this update", Family.RECIPIENT, (Action.RECIPIENT, Action.ACCEPT)),
    Reason.NOT_ALLOWED: ReasonLabel("Not on this case", Family.RECIPIENT, _TO_A_CASE),
    Reason.GROUP_NOT_ALLOWED: ReasonLabel("Not in this group", Family.RECIPIENT, _TO_A_CASE),
    Reason.NOT_RELATED: ReasonLabel("New matter", Family.MATTER, (Action.ATTACH, Action.ACCEPT)),
    Reason.REFUSED: ReasonLabel("Refused by the form", Family.RECIPIENT, _TO_A_CASE),
    Reason.FILES_NOT_SCANNED: ReasonLabel("Files not scanned yet", Family.OURS, _AGAIN),
    Reason.OVER_LIMIT: ReasonLabel("Over a limit", Family.SAFETY, _DISCARD),
    Reason.UNREADABLE: ReasonLabel("Unreadable", Family.SAFETY, _DISCARD),
    Reason.INTERNAL_ERROR: ReasonLabel("Our error", Family.OURS, _AGAIN),
    Reason.STALLED: ReasonLabel("Stuck", Family.OURS, _AGAIN),
    Reason.ORIGINAL_MISSING: ReasonLabel("Original missing", Family.OURS),
    Reason.FORWARD_FAILED: ReasonLabel("Forward failed", Family.OURS, (Action.FORWARD,)),
    Reason.DISCARDED: ReasonLabel("Discarded", Family.PAUSED),
    Reason.ERASED: ReasonLabel("Erased", Family.PAUSED),
}

#: Instead of the label above, when a stranger wrote to somebody's reply address: most likely it is that person.
UNKNOWN_ADDRESS_OF_SOMEBODY = ReasonLabel("Unknown address", Family.STRANGER, LABELS[Reason.AUTHOR_UNKNOWN].suggests)


def label(reason: str, *, to_reply_address: bool = False) -> ReasonLabel | None:
    """Returns the label of a reason as the ledger has it; None for a mail without a reason.

    A reason that a later version wrote, as during an upgrade, has its own name as label.
    """
    if not reason:
        return None
    if to_reply_address and reason == Reason.AUTHOR_UNKNOWN:
        return UNKNOWN_ADDRESS_OF_SOMEBODY
    try:
        return LABELS[Reason(reason)]
    except ValueError:
        return ReasonLabel(reason.replace("_", " ").capitalize(), Family.OURS)


def reasons_in(family: Family) -> list[Reason]:
    """Returns the reasons of a family."""
    return [reason for reason, label in LABELS.items() if label.family is family]


def suggested(reason: Reason | None, offers: Sequence[Action]) -> Action | None:
    """Returns the action to suggest among those that are offered for a mail of the reason; None for no suggestion."""
    wanted = LABELS[reason].suggests if reason else ()
    return next((action for action in wanted if action in offers), None)
