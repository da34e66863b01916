"""The figures of the reports: words for durations, days without email, shares."""

from datetime import date
from types import SimpleNamespace

import pytest

from console.reports import figures
from schemas.reasons import Reason
from schemas.tables import MailState

TODAY = date(2026, 3, 2)


def row(day: int, state: MailState, number: int, reason: str = "") -> SimpleNamespace:
    return SimpleNamespace(day=date(2026, 3, day), state=state, reason=reason, number=number)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "-"),
        (0.04, "0.0 s"),
        (0.42, "0.4 s"),
        (9.96, "10 s"),
        (89, "89 s"),
        (300, "5 min"),
        (7_200, "2 h"),
        (400_000, "5 days"),
    ],
)
def test_a_duration_is_said_in_the_unit_that_fits(seconds: float | None, words: str) -> None:
    assert figures.duration(seconds) == words


def test_days_without_email_are_there_and_states_of_progress_count_together() -> None:
    ends = [row(2, MailState.POSTED, 3), row(2, MailState.WAITING, 1), row(2, MailState.MOVING, 1)]
    times = [SimpleNamespace(day=date(2026, 3, 2), seconds=(0.2, 0.9)), SimpleNamespace(day=None, seconds=(0.2, 0.9))]
    first, second, third = figures.days(ends, times, TODAY, 3)
    assert (first.day, first.total, second.total) == (date(2026, 2, 28), 0, 0)
    assert (third.total, third.number("Posted"), third.number("In progress"), third.p95) == (5, 3, 2, 0.9)
    assert figures.totals([first, third])["Forwarded"] == 0


def test_reasons_are_those_of_email_that_did_not_post_the_most_frequent_first() -> None:
    ends = [
        row(1, MailState.HELD, 2, Reason.AUTHOR_UNKNOWN),
        row(2, MailState.FORWARDED, 2, Reason.AUTHOR_UNKNOWN),
        row(2, MailState.DROPPED, 1, Reason.AUTO_REPLY),
        row(2, MailState.POSTED, 9, Reason.AUTHOR_UNKNOWN),
        row(2, MailState.POSTED, 9),
    ]
    counts = figures.reasons(ends)
    assert [(count.reason, count.number, count.share) for count in counts] == [
        ("author_unknown", 4, 1.0),
        ("auto_reply", 1, 0.25),
    ]
    assert figures.reasons([]) == []
