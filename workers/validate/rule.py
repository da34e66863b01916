"""A rule of the decision, and the first of several rules that a mail fails."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.reasons import REASONS, Reason
from workers.validate.facts import Facts


@dataclass(frozen=True)
class Rule:
    """`holds` returns whether a mail passes; if not, `reason` is the verdict, and `evidence` returns what shows it.

    A rule may rely on all rules above it. `asks` says what it demands, in words for a person.
    """

    reason: Reason
    asks: str
    holds: Callable[[Facts], bool]
    evidence: Callable[[Facts], dict[str, str]]


def first_failure(facts: Facts, rules: Sequence[Rule]) -> Rule | None:
    """Returns the first of the rules that fails and is not overruled; None when there is none."""
    return next((rule for rule in rules if not rule.holds(facts) and not overruled(rule.reason, facts)), None)


def overruled(reason: Reason, facts: Facts) -> bool:
    """Returns whether a case worker has accepted the mail, and may do so against this reason."""
    return facts.mail.custody.override is not None and REASONS[reason].overrulable
