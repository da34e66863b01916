"""A short soak of all of casemail; `make soak` plays a long one."""

from pathlib import Path

import pytest

from tests.chaos.soak.round import play
from tests.contract.rig import ROUNDS


@pytest.mark.timeout(900)
def test_whatever_is_killed_or_frozen_every_mail_ends_once_and_its_recipients_are_notified(tmp_path: Path) -> None:
    soak = play(tmp_path, seed=1, seconds=300 if ROUNDS > 2 else 30)
    assert soak.wrong == []
    assert soak.mails > 100
    assert soak.hostile > 10
