"""Each reason has a short label in a family, and the action that is suggested is always one that is offered."""

import pytest

from cases.inbound.actions import Action
from cases.inbound.rule_report import Answer, Asked
from console.inbound.action_labels import ACTION_LABELS, BULK
from console.inbound.checks import Mark, steps
from console.inbound.reason_labels import FAMILIES, LABELS, label, reasons_in, suggested
from schemas.reasons import Reason
from workers.validate.rules import RULES


def test_every_reason_has_a_label_and_every_family_an_icon() -> None:
    assert set(LABELS) == set(Reason)
    assert sorted(reason for family in FAMILIES for reason in reasons_in(family)) == sorted(Reason)
    assert set(ACTION_LABELS) == set(Action) >= set(BULK)


def test_a_stranger_at_somebody_s_reply_address_is_most_likely_that_person() -> None:
    shown = [label(Reason.AUTHOR_UNKNOWN, to_reply_address=own) for own in (True, False)]
    assert [found.words if found else "" for found in shown] == ["Unknown address", "Unknown sender"]
    assert label("") is None


@pytest.mark.parametrize("reason", Reason)
def test_only_what_is_offered_is_suggested(reason: Reason) -> None:
    assert suggested(reason, []) is None
    assert suggested(reason, list(Action)) in {*LABELS[reason].suggests, None}


def asked(stop: Reason | None) -> list[Asked]:
    """Returns the answers of the real rules to a mail that stops at the first rule of this reason."""
    rows: list[Asked] = [Asked(Reason.UNREADABLE, "It can be read", Answer.YES)]
    stopped = False
    for rule in RULES:
        here = rule.reason is stop and not stopped
        rows.append(Asked(rule.reason, rule.asks, Answer.NOT_ASKED if stopped else Answer.NO if here else Answer.YES))
        stopped = stopped or here
    return [*rows, Asked(Reason.REFUSED, "The form takes it", Answer.NOT_ASKED if stopped else Answer.YES)]


@pytest.mark.parametrize(
    ("stop", "marks"),
    [
        (None, "ppppppp"),
        (Reason.REPLIES_OFF, "pslllll"),
        (Reason.MISTYPED_ADDRESS, "pslllll"),
        (Reason.AUTHOR_UNKNOWN, "pppslll"),
        (Reason.NOT_A_RECIPIENT, "ppppsll"),
        (Reason.NOT_ALLOWED, "pppppsl"),
        (Reason.TOO_LARGE, "sllllll"),
    ],
)
def test_the_steps_tell_what_a_mail_passed_where_it_stopped_and_what_it_did_not_reach(
    stop: Reason | None, marks: str
) -> None:
    shown = "".join({Mark.PASSED: "p", Mark.STOP: "s", Mark.LATER: "l"}[step.mark] for step in steps(asked(stop)))
    assert shown == marks
