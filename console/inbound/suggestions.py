"""The action that the page of a held mail suggests first, in words that name who and what is meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from cases.inbound import obstacles
from cases.inbound.actions import Action
from cases.inbound.forwarded_updates import ForwardedUpdate
from cases.inbound.meant_cases import MeantCase
from console.inbound.action_labels import ACTION_LABELS
from console.inbound.reason_labels import suggested
from schemas.reasons import REASONS
from schemas.tables import MailState


@dataclass(frozen=True)
class Suggestion:
    """A suggested action: a heading, a sentence on why, and the words of its button."""

    action: Action
    heading: str
    why: str
    button: str


@dataclass(frozen=True)
class Facts:
    """What the words of a suggestion may name; None for what is not known."""

    forwarded: ForwardedUpdate | None
    owner: Row[Any] | None
    meant: MeantCase | None
    catch_all: str


def suggest(mail: Row[Any], offers: Sequence[Action], facts: Facts) -> Suggestion | None:
    """Returns the action to suggest for a held mail, by the table of reasons; None if nothing stands out."""
    reason = obstacles.reason_of(mail)
    action = suggested(reason, offers) if mail.state == MailState.HELD else None
    if action is None or reason is None:
        return None
    meaning, button = REASONS[reason].meaning, ACTION_LABELS[action].words
    match action:
        case Action.ALIAS if facts.owner:
            return _ask(facts.owner)
        case Action.RECIPIENT if facts.forwarded:
            why = f"{facts.forwarded.words} From then on all their answers to it post."
            return Suggestion(action, f"Add {facts.forwarded.author.name} to this update", why, button)
        case Action.ATTACH:
            heading = f"Move to {facts.meant.number if facts.meant else 'a case'}"
        case Action.FORWARD:
            heading = f"Forward to {facts.catch_all}"
        case _:
            heading = button
    return Suggestion(action, heading, meaning, button)


def _ask(owner: Row[Any]) -> Suggestion:
    why = (
        f"It was sent to the reply address of {owner.name}, from an address that belongs to nobody here. They get a "
        f"link at {owner.email}; when they confirm, this email posts by itself."
    )
    first = owner.name.split()[0] if owner.name.split() else owner.name
    return Suggestion(Action.ALIAS, f"Ask {owner.name} whether this address is theirs", why, f"Ask {first}")
