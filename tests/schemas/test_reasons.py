"""The table of reasons is whole."""

from schemas.reasons import REASONS, Disposition, Reason
from schemas.records import Machine


def test_every_reason_has_a_meaning_and_a_disposition() -> None:
    assert set(REASONS) == set(Reason)
    assert all(info.meaning.endswith((".", "safe.")) for info in REASONS.values())


def test_every_kind_of_machine_mail_is_a_reason() -> None:
    assert {Reason(machine.value) for machine in Machine} <= set(Reason)


def test_only_machine_mail_and_duplicates_are_dropped() -> None:
    dropped = {reason for reason, info in REASONS.items() if info.disposition is Disposition.DROP}
    assert dropped == {Reason.DUPLICATE, Reason.LOOP, Reason.OWN_MAIL, Reason.AUTO_REPLY, Reason.READ_RECEIPT}
