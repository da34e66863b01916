"""The figures of the reports, made from rows of the database."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from console.inbound.reason_labels import ReasonLabel, label
from console.inbound.words import STATES

#: What became of email, in the order in which the chart stacks it: the words of the states that count as it.
OUTCOMES = ("Posted", "Forwarded", "Held", "Discarded", "In progress")
#: Seconds within which an email should be an update: the usual time from one fetch to the next.
GOAL_SECONDS = 300.0


@dataclass(frozen=True)
class Day:
    """The emails that came in on one day by what became of them, and the seconds until they posted by themselves."""

    day: date
    numbers: Mapping[str, int] = field(default_factory=dict)
    median: float | None = None
    p95: float | None = None

    @property
    def total(self) -> int:
        """The number of emails that came in."""
        return sum(self.numbers.values())

    def number(self, outcome: str) -> int:
        """Returns how many emails had this outcome."""
        return self.numbers.get(outcome, 0)


@dataclass(frozen=True)
class ReasonCount:
    """How many emails were not posted for one reason; `share` is of the most frequent reason, from 0 to 1."""

    reason: str
    label: ReasonLabel
    number: int
    share: float


def days(ends: Iterable[Any], times: Iterable[Any], until: date, count: int) -> list[Day]:
    """Returns `count` days up to `until`, the first day first, also those without email."""
    numbers: dict[date, Counter[str]] = {}
    for row in ends:
        numbers.setdefault(row.day, Counter())[STATES[row.state]] += row.number
    seconds = {row.day: row.seconds for row in times if row.day and row.seconds}
    wanted = [until - timedelta(days=back) for back in range(count - 1, -1, -1)]
    return [Day(day, numbers.get(day, {}), *seconds.get(day, (None, None))) for day in wanted]


def totals(days: Iterable[Day]) -> dict[str, int]:
    """Returns the number of emails with each outcome, also those with none."""
    summed: Counter[str] = Counter()
    for day in days:
        summed.update(day.numbers)
    return {outcome: summed[outcome] for outcome in OUTCOMES}


def reasons(ends: Iterable[Any]) -> list[ReasonCount]:
    """Returns the reasons for which emails were not posted, the most frequent first."""
    counted: Counter[str] = Counter()
    for row in ends:
        if row.reason and row.state != "posted":
            counted[row.reason] += row.number
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    most = ordered[0][1] if ordered else 1
    return [ReasonCount(reason, words, number, number / most) for reason, number in ordered if (words := label(reason))]


def duration(seconds: float | None) -> str:
    """Returns a duration in words, such as "0.4 s", "12 s", "3 min" or "2 h"; "-" for None."""
    if seconds is None:
        return "-"
    if seconds < 9.95:  # noqa: PLR2004  # from here on without a decimal
        return f"{seconds:.1f} s"
    steps: Sequence[tuple[float, float, str]] = ((90, 1, "s"), (5_400, 60, "min"), (172_800, 3_600, "h"))
    return next(
        (f"{seconds / unit:.0f} {name}" for most, unit, name in steps if seconds < most), f"{seconds / 86_400:.0f} days"
    )
