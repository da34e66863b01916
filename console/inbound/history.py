"""The history of a mail: when it came in, what people did with it, where it was forwarded, and how it ended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from cases.inbound.actions import WORDS
from console.inbound.reason_labels import label
from console.inbound.words import STATES

_ACTS = {**WORDS, "mail.erased": "erased on request"}


@dataclass(frozen=True)
class Event:
    """Something that happened to a mail: the words, and who did it, if it was a person."""

    at: datetime
    words: str
    by: str = ""


def events(mail: Row[Any], acts: Sequence[Row[Any]], forwards: Iterable[Row[Any]]) -> list[Event]:
    """Returns the events from the ledger, the audit and the outbox, the first one first."""
    found = [Event(mail.received_at, "Received")]
    found += [Event(act.at, _ACTS.get(act.act, act.act), act.name or "casemail") for act in acts]
    found += [Event(row.sent_at, f"Forwarded to {row.to_email}") for row in forwards if row.sent_at]
    if mail.ended_at:
        reason = label(mail.reason)
        found.append(Event(mail.ended_at, STATES[mail.state] + (f": {reason.words}" if reason else "")))
    return sorted(found, key=lambda event: event.at)
