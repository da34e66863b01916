"""Why a mail posts, or does not: the rules of the decision one by one, with what each found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.reasons import Reason


class Answer(StrEnum):
    """How a rule answered, for a person."""

    YES = "yes"
    NO = "no"  # this one decides
    OVERRULED = "overruled"  # no, but a case worker has accepted the mail all the same
    NOT_ASKED = "not asked"  # a rule above had decided


@dataclass(frozen=True)
class Asked:
    """One rule: what it `asks` for, in words; how it answered; what that rests on. `reason` is that of a *no*."""

    reason: Reason
    asks: str
    answer: Answer
    evidence: Mapping[str, str] = field(default_factory=dict)
