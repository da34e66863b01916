"""The report on why a mail posts or does not: each rule with its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.reasons import Reason


class Answer(StrEnum):
    """The answer of a rule, as people see it."""

    YES = "yes"
    NO = "no"  # this rule decides
    OVERRULED = "overruled"  # no, but a person has accepted the mail anyway
    NOT_ASKED = "not asked"  # an earlier rule had decided


@dataclass(frozen=True)
class Asked:
    """A rule: what it `asks`, in words, its answer, and the evidence. `reason` is the reason of the mail if the answer
    is *no*."""

    reason: Reason
    asks: str
    answer: Answer
    evidence: Mapping[str, str] = field(default_factory=dict)
