"""How long ago something happened, as lists show it."""

from datetime import UTC, datetime, timedelta

import pytest

from console.web.ages import age

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "shown"),
    [
        (timedelta(seconds=59), "now"),
        (timedelta(seconds=-5), "now"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(minutes=119), "1 h"),
        (timedelta(hours=24), "1 day"),
        (timedelta(days=6, hours=23), "6 days"),
        (timedelta(days=7), "3 Mar"),
        (timedelta(days=100), "30 Nov 2025"),
    ],
)
def test_an_age_is_in_its_largest_unit_and_after_a_week_a_day(passed: timedelta, shown: str) -> None:
    assert age(NOW - passed, NOW) == shown
