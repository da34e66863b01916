"""Defines a rule of the decision, and finds the first rule that a mail fails."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.reasons import REASONS, Reason
from workers.validate.facts import Facts


@dataclass(frozen=True)
class Rule:
    """A rule of the decision; it may rely on all rules above it.

    `holds` returns whether a mail passes; if not, `reason` is the verdict and `evidence` returns the facts behind it.
    `asks` states the rule in words for a person.
    """

    reason: Reason
    asks: str
    holds: Callable[[Facts], bool]
    evidence: Callable[[Facts], dict[str, str]]


def first_failure(facts: Facts, rules: Sequence[Rule]) -> Rule | None:
    """Returns the first rule that fails and is not overruled; None if every rule holds or is overruled."""
    return next((rule for rule in rules if not rule.holds(facts) and not overruled(rule.reason, facts)), None)


def overruled(reason: Reason, facts: Facts) -> bool:
    """Returns whether a case worker has accepted the mail and may overrule this reason."""
    return facts.mail.custody.override is not None and REASONS[reason].overrulable
