"""The table of reasons is complete, and its choices are safe."""

import pytest

from schemas.reasons import REASONS, Disposition, Reason
from schemas.records import AutomaticMail


def test_every_reason_has_a_meaning_and_a_disposition() -> None:
    assert set(REASONS) == set(Reason)
    assert all(info.meaning.endswith((".", "safe.")) for info in REASONS.values())


def test_every_kind_of_machine_mail_is_a_reason() -> None:
    assert {Reason(machine.value) for machine in AutomaticMail} <= set(Reason)


def test_every_default_has_a_line_why_and_is_not_offered_twice() -> None:
    assert all(info.why.endswith(".") for info in REASONS.values())
    assert all(len(set(info.choices)) == len(info.choices) for info in REASONS.values())


def test_by_default_only_machine_mail_duplicates_canaries_and_what_a_person_gave_up_are_dropped() -> None:
    dropped = {reason for reason, info in REASONS.items() if info.disposition is Disposition.DROP}
    machine = {Reason.LOOP, Reason.OWN_MAIL, Reason.AUTO_REPLY, Reason.READ_RECEIPT, Reason.REACTION}
    assert dropped == {Reason.DUPLICATE, Reason.DISCARDED, Reason.ERASED, Reason.CANARY} | machine


@pytest.mark.parametrize(
    "reason",
    [
        *(Reason.INTERNAL_ERROR, Reason.STALLED, Reason.FORWARD_FAILED, Reason.UNREADABLE, Reason.OVER_LIMIT),
        *(Reason.NOT_RELATED, Reason.SENDER_NOT_PROVEN, Reason.EXPIRED_ADDRESS, Reason.MISTYPED_ADDRESS),
        *(Reason.AUTHOR_UNCLEAR, Reason.AUTHOR_INACTIVE, Reason.NOT_A_RECIPIENT, Reason.NOT_ALLOWED, Reason.REFUSED),
        *(Reason.TOO_LARGE, Reason.MAYBE_AUTOMATIC),
        *(Reason.SENDER_DISOWNED, Reason.NOT_COVERED, Reason.SIGNATURE_REUSED, Reason.UNVERIFIED_IN_PRIVATE),
    ],
)
def test_what_failed_because_of_us_or_may_be_a_known_persons_words_can_never_be_dropped(reason: Reason) -> None:
    assert Disposition.DROP not in REASONS[reason].choices


@pytest.mark.parametrize(
    "reason",
    [
        *(Reason.LOOP, Reason.OWN_MAIL, Reason.FORWARD_FAILED, Reason.DUPLICATE),
        *(Reason.OVER_LIMIT, Reason.UNREADABLE, Reason.INTERNAL_ERROR, Reason.STALLED),  # it may be our own mail
    ],
)
def test_what_would_begin_a_loop_can_never_be_forwarded(reason: Reason) -> None:
    assert Disposition.FORWARD not in REASONS[reason].choices


def test_only_a_reaction_may_be_posted_by_choice() -> None:
    assert {reason for reason, info in REASONS.items() if Disposition.POST in info.choices} == {Reason.REACTION}


def test_nobodys_identity_or_right_can_be_overruled() -> None:
    overrulable = {reason for reason, info in REASONS.items() if info.overrulable}
    machine = {Reason.AUTO_REPLY, Reason.MAYBE_AUTOMATIC, Reason.READ_RECEIPT, Reason.LIST_MAIL}
    machine |= {Reason.CALENDAR, Reason.REACTION}
    judgements = {Reason.NOT_A_RECIPIENT, Reason.TOO_MANY, Reason.EXPIRED_ADDRESS, Reason.NOT_RELATED}
    assert overrulable == judgements | machine
