"""The rules on a mail in seven steps for people: passed, stopped here, not reached; `workers.validate` has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cases.inbound.rule_report import Answer, Asked
from schemas.reasons import REASONS, Reason


class Mark(StrEnum):
    """How far a mail got at a step; the value is the CSS class of the step."""

    PASSED = "passed"
    STOP = "stop"
    LATER = "later"  # an earlier step had stopped the mail


@dataclass(frozen=True)
class Step:
    """A step as the page shows it; where the mail stopped also the meaning of the rule, with the evidence."""

    words: str
    mark: Mark
    meaning: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Group:
    """The words of a step that is passed, those of one at which a mail stops, and the reasons of its rules."""

    passed: str
    stopped: str
    reasons: frozenset[Reason]


_R = Reason
_STEPS: tuple[_Group, ...] = (
    _Group(
        "Readable and safe",
        "Can't be read, or may do harm",
        frozenset(
            {
                *(_R.ERASED, _R.UNREADABLE, _R.OVER_LIMIT, _R.TOO_LARGE, _R.ENCRYPTED),
                *(_R.INTERNAL_ERROR, _R.STALLED, _R.ORIGINAL_MISSING),
            }
        ),
    ),
    _Group(
        "Sent to a working address",
        "Not sent to a working address",
        frozenset(
            {
                *(_R.UNKNOWN_TENANT, _R.CANARY, _R.TENANT_INACTIVE, _R.REPLIES_OFF),
                *(_R.MISTYPED_ADDRESS, _R.UNKNOWN_ADDRESS, _R.EXPIRED_ADDRESS),
            }
        ),
    ),
    _Group(
        "Written by a person",
        "May not be written by a person",
        frozenset(
            {
                *(_R.OWN_MAIL, _R.LOOP, _R.AUTO_REPLY, _R.MAYBE_AUTOMATIC, _R.READ_RECEIPT, _R.BOUNCE, _R.COMPLAINT),
                *(_R.LIST_MAIL, _R.CALENDAR, _R.REACTION, _R.TOO_MANY),
            }
        ),
    ),
    _Group(
        "Sender is someone you know",
        "Sender is not someone you know, or not verified",
        frozenset(
            {
                *(_R.AUTHOR_UNCLEAR, _R.AUTHOR_UNKNOWN, _R.AUTHOR_INACTIVE, _R.SENDER_DISOWNED, _R.NOT_COVERED),
                *(_R.SENDER_NOT_CHECKED, _R.SENDER_NOT_PROVEN, _R.UNVERIFIED_IN_PRIVATE),
            }
        ),
    ),
    _Group(
        "Was sent this update, and answers it",
        "Not an answer to an update that was sent to its sender",
        frozenset({_R.NOT_A_RECIPIENT, _R.NOT_RELATED}),
    ),
    _Group("May post on the case", "May not post on the case", frozenset({_R.NOT_ALLOWED, _R.GROUP_NOT_ALLOWED})),
    _Group(
        "Text and files accepted",
        "Text or files not accepted",
        frozenset({_R.DUPLICATE, _R.SIGNATURE_REUSED, _R.REFUSED, _R.FILES_NOT_SCANNED}),
    ),
)


def steps(rules: Sequence[Asked]) -> list[Step]:
    """Returns the seven steps with their marks, from each rule's answer. A rule of no step counts to the last one."""
    stop = next((rule for rule in rules if rule.answer is Answer.NO), None)
    stopped_at = _place(stop.reason) if stop else len(_STEPS)
    found = []
    for place, group in enumerate(_STEPS):
        if stop and place == stopped_at:
            found.append(Step(group.stopped, Mark.STOP, REASONS[stop.reason].meaning, stop.evidence))
            continue
        answers = [rule.answer for rule in rules if _place(rule.reason) == place]
        # a few rules of a step are asked late: what comes before the step that stopped the mail has passed
        reached = any(answer is not Answer.NOT_ASKED for answer in answers)
        whole = all(answer is not Answer.NOT_ASKED for answer in answers)
        passed = bool(answers) and (reached if place < stopped_at else whole)
        found.append(Step(group.passed, Mark.PASSED if passed else Mark.LATER))
    return found


def _place(reason: Reason) -> int:
    return next((place for place, group in enumerate(_STEPS) if reason in group.reasons), len(_STEPS) - 1)
