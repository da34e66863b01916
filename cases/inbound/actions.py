"""The table of actions on a mail that did not post: the states in which each is possible, and its names."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from schemas.tables import MailState


class Action(StrEnum):
    """An action on a mail; the value is what a form sends."""

    ACCEPT = "accept"  # post it as an update, this once
    ATTACH = "attach"  # post it as a new update on a case
    RECIPIENT = "recipient"  # make its author a recipient of the update that it answers, and post it
    ALIAS = "alias"  # ask the owner of the reply address whether its author's address is theirs; then post it
    MESSAGE = "message"  # keep it as an inbound message, which waits for a case
    REPLAY = "replay"  # process it again by today's rules, and by earlier decisions on it
    FORWARD = "forward"  # send it to the Inbound Email Catch-All
    DISCARD = "discard"


@dataclass(frozen=True)
class ActionInfo:
    """The states of a mail in which an action is possible, its name in the audit, and its words for a person."""

    states: frozenset[MailState]
    act: str
    words: str


_NOT_POSTED = frozenset({MailState.HELD, MailState.FORWARDED, MailState.DROPPED})
_REACHABLE = frozenset({MailState.HELD, MailState.FORWARDED})

ACTIONS: Mapping[Action, ActionInfo] = {
    Action.ACCEPT: ActionInfo(_NOT_POSTED, "mail.accepted", "accepted to post"),
    Action.ATTACH: ActionInfo(_NOT_POSTED, "mail.attached", "moved to a case"),
    Action.RECIPIENT: ActionInfo(_NOT_POSTED, "mail.recipient_added", "accepted, its sender added to the update"),
    Action.ALIAS: ActionInfo(
        _REACHABLE, "mail.alias_asked", "kept until the address is confirmed: a link is on its way"
    ),
    Action.MESSAGE: ActionInfo(_NOT_POSTED, "mail.made_message", "kept as a new matter"),
    Action.REPLAY: ActionInfo(_NOT_POSTED, "mail.replayed", "processed again"),
    Action.FORWARD: ActionInfo(frozenset({MailState.HELD, MailState.DROPPED}), "mail.forwarded", "forwarded"),
    Action.DISCARD: ActionInfo(frozenset({MailState.HELD}), "mail.discarded", "discarded"),
}

#: Actions that only queue the mail: their result is known when the mail has reached an end state again.
QUEUES = frozenset({Action.ACCEPT, Action.ATTACH, Action.RECIPIENT, Action.REPLAY, Action.FORWARD})

#: The words for a person, by the action's name in the audit.
WORDS: Mapping[str, str] = {info.act: info.words for info in ACTIONS.values()}


def is_possible(mail: Row[Any], action: Action) -> bool:
    """Returns whether the mail is in a state for the action, is not a copy of another, and still has its original."""
    return mail.state in ACTIONS[action].states and not mail.duplicate_of and not mail.raw_deleted_by
