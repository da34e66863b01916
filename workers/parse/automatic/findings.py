"""Defines what a sign says of a mail, and how signs together decide.

A sign is a `Proof` or a `Doubt`. Only a `Proof` has a kind that a tenant may drop; however many doubts there are, the
mail is at most held (`AutomaticMail.MAYBE_AUTOMATIC`, which can't be dropped). So no mail of a person can be dropped
for a field that people's mail has, too: mypy refuses the code that would do so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.records import AutomaticMail
from workers.parse.automatic.detection_input import LONGEST_EVIDENCE

ProvenKind = Literal[
    AutomaticMail.AUTO_REPLY,
    AutomaticMail.BOUNCE,
    AutomaticMail.COMPLAINT,
    AutomaticMail.READ_RECEIPT,
    AutomaticMail.LIST_MAIL,
    AutomaticMail.CALENDAR,
    AutomaticMail.REACTION,
    AutomaticMail.ENCRYPTED,
]
DoubtfulKind = Literal[AutomaticMail.MAYBE_AUTOMATIC]

#: Doubts with this weight together hold a mail.
HELD_FROM = 2


@dataclass(frozen=True, slots=True)
class Proof:
    """A sign that proves the kind of a mail, with its evidence in words for a person."""

    kind: ProvenKind
    evidence: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sign that mail of people has, too, with its weight and its evidence in words for a person."""

    weight: int
    evidence: str


def judge(signs: Iterable[Proof | Doubt]) -> tuple[AutomaticMail | None, str]:
    """Returns kind and evidence of the first proof; else what the doubts say; (None, "") for mail from a person."""
    doubts: list[Doubt] = []
    for sign in signs:
        if isinstance(sign, Proof):
            return _proven(sign)
        doubts.append(sign)
    return _doubtful(doubts)


def _proven(proof: Proof) -> tuple[ProvenKind, str]:
    return proof.kind, proof.evidence[:LONGEST_EVIDENCE]


def _doubtful(doubts: Sequence[Doubt]) -> tuple[DoubtfulKind | None, str]:
    if sum(doubt.weight for doubt in doubts) < HELD_FROM:
        return None, ""
    return AutomaticMail.MAYBE_AUTOMATIC, " and ".join(doubt.evidence for doubt in doubts)[:LONGEST_EVIDENCE]
