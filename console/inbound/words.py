"""The states and reasons of mails in words, and the links of the navigation to lists of mails."""

from dataclasses import dataclass

from schemas.reasons import REASONS, Reason
from schemas.tables import Deletion, MailState


@dataclass(frozen=True)
class StateLabel:
    """The looks of a state's label."""

    family: str
    icon: str


STATES: dict[str, str] = {
    MailState.WAITING: "In progress",
    MailState.MOVING: "In progress",
    MailState.FORWARDING: "In progress",
    MailState.POSTED: "Posted",
    MailState.FORWARDED: "Forwarded",
    MailState.HELD: "Held",
    MailState.DROPPED: "Discarded",
}
#: A sentence on the state of a mail.
SENTENCES: dict[str, str] = {
    MailState.WAITING: "Waiting for its turn.",
    MailState.MOVING: "Being processed.",
    MailState.FORWARDING: "On its way to the Inbound Email Catch-All.",
    MailState.POSTED: "Became an update.",
    MailState.FORWARDED: "Sent on to the Inbound Email Catch-All.",
    MailState.HELD: "Waiting for a decision.",
    MailState.DROPPED: "No action needed: it is only counted and shown here.",
}
#: The family of colour and the icon of a state's label. A held mail has the label of its reason.
STATE_LABELS: dict[str, StateLabel] = {
    MailState.WAITING: StateLabel("warn", icon="clock"),
    MailState.MOVING: StateLabel("warn", icon="clock"),
    MailState.FORWARDING: StateLabel("warn", icon="clock"),
    MailState.POSTED: StateLabel("ok", icon="circle-check"),
    MailState.FORWARDED: StateLabel("recipient", icon="arrow-forward-up"),
    MailState.HELD: StateLabel("warn", icon="inbox"),
    MailState.DROPPED: StateLabel("paused", icon="circle-minus"),
}
#: States in which a mail has not ended.
MOVING = frozenset({MailState.WAITING, MailState.MOVING, MailState.FORWARDING})
MEANINGS: dict[str, str] = {reason: info.meaning for reason, info in REASONS.items()}
#: Why the original of a mail was deleted, after "The original was deleted".
DELETIONS = {
    Deletion.RETENTION: "because its time was over",
    Deletion.ERASURE: "on the request of a person",
    Deletion.ERASURE_OF_ALL: "on the request of a person, with the words and files of the update",
}
#: The tabs of the inbox for mails that need review, and for new matters.
HELD = "/inbound?state=held"
MESSAGES = f"{HELD}&reason={Reason.NOT_RELATED}"
