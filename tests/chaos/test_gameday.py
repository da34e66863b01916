"""A short game day; `make gameday` plays a long one."""

from pathlib import Path

import pytest

from tests.chaos.gameday.day import play
from tests.chaos.gameday.report import report


@pytest.mark.timeout(900)
# the warning comes from the proxy when a connection is cut off while it is being made
@pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning")
def test_a_lost_host_a_silent_postgresql_and_a_lost_kafka_node_lose_no_mail_and_call_people(tmp_path: Path) -> None:
    day = play(tmp_path, slots=3, slot=30)
    assert day.well, report(day)
    assert day.sent > 50
    assert [bool(played.fault.alerts) for played in day.faults] == [True, True, False]
