"""The states and reasons of mails in words, and the links of the navigation to lists of mails."""

from schemas.reasons import REASONS, Reason
from schemas.tables import Deletion, MailState

STATES: dict[str, str] = {
    MailState.WAITING: "taken in, waits for its turn",
    MailState.MOVING: "on its way through the stages",
    MailState.FORWARDING: "on its way to the Inbound Email Catch-All",
    MailState.POSTED: "became an update",
    MailState.FORWARDED: "was sent on to the Inbound Email Catch-All",
    MailState.HELD: "is kept for a person to decide",
    MailState.DROPPED: "needs nobody; only counted and shown here",
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
#: The list of held mails, and the list of inbound messages.
HELD = "/inbound?state=held"
MESSAGES = f"{HELD}&reason={Reason.NOT_RELATED}"
