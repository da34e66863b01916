"""The service level objectives, as rules of Prometheus: `python -m ops.prometheus.slo` writes `slo.yml`.

An alert fires when the error budget of 30 days burns too fast, over a long and a short window at once, so that it fires
early and ends soon after the fault. Windows and rates: Google, "The Site Reliability Workbook", chapter 5, table 5-8.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from schemas.tables import PUSHING

FILE = Path(__file__).with_name("slo.yml")


class Objective(NamedTuple):
    """A share of events that must end within a time. `histogram` counts the events, `seconds` is one of its bounds."""

    name: str
    alert: str
    histogram: str
    labels: str
    seconds: int
    share: float
    what: str


class Burn(NamedTuple):
    """How fast the budget burns, as a multiple of the rate that uses it up in 30 days, and over which windows."""

    rate: float
    long: str
    short: str


OBJECTIVES = (
    Objective(
        "batches", "CasemailBatchBudget", "casemail_batch_latency_seconds", "", 60, 0.99, "batches end within a minute"
    ),
    Objective(
        "pushed_mails",
        "CasemailPushBudget",
        "casemail_mail_seconds",
        f'source_kind=~"{"|".join(sorted(PUSHING))}"',
        10,
        0.999,
        "pushed mails end within 10 seconds",
    ),
)
#: Each suffix of an alert with its severity and its windows: 2 % of the budget in an hour, 5 % in six hours; 10 % in
#: three days.
BURNS = {
    "BurnsFast": ("critical", (Burn(14.4, "1h", "5m"), Burn(6, "6h", "30m"))),
    "Burns": ("warning", (Burn(3, "1d", "2h"), Burn(1, "3d", "6h"))),
}
#: A fast burn calls nobody during an outage of which people know already, nor until mails that were late because of it
#: have left its short windows. The alerts of such an outage, and the time, longer than the longest short window.
_OUTAGE = "CasemailRoleDown|CasemailPartUnreadable|CasemailNotWatched|CasemailIntakeStopped"
_AFTER = "35m"
_WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


def recorded(objective: Objective, window: str) -> str:
    """Returns the name of the series that records the share of events that were late within a window."""
    return f"casemail:{objective.name}_late:ratio_rate{window}"


def _recording(objective: Objective, window: str) -> str:
    bound = ",".join(filter(None, (objective.labels, f'le="{objective.seconds}.0"')))
    every = f"{{{objective.labels}}}" if objective.labels else ""
    in_time = f"sum(rate({objective.histogram}_bucket{{{bound}}}[{window}]))"
    return f"""\
      - record: {recorded(objective, window)}
        expr: 1 - {in_time} / sum(rate({objective.histogram}_count{every}[{window}]))
"""


def _alert(objective: Objective, suffix: str) -> str:
    severity, burns = BURNS[suffix]
    name, budget = objective.alert + suffix, round(1 - objective.share, 6)
    burning = " or ".join(
        f"({recorded(objective, burn.long)} > {burn.rate} * {budget} and {recorded(objective, burn.short)}"
        f" > {burn.rate} * {budget})"
        for burn in burns
    )
    if severity == "critical":
        known = f'ALERTS{{alertname=~"{_OUTAGE}",alertstate="firing"}}'
        burning = f"({burning}) unless on () count(last_over_time({known}[{_AFTER}]))"
    return f"""\
      - alert: {name}
        expr: {burning}
        labels: {{severity: {severity}}}
        annotations:
          summary: "{{{{ $value | humanizePercentage }}}} are late, where {objective.share:.1%} of {objective.what}."
          runbook_url: RUNBOOK_URL#{name.lower()}
"""


def _lines() -> Iterator[str]:
    yield "# Made by `python -m ops.prometheus.slo`. Do not edit it by hand.\n"
    yield "groups:\n  - name: casemail-slo\n    rules:\n"
    for objective in OBJECTIVES:
        for window in _WINDOWS:
            yield _recording(objective, window)
        for suffix in BURNS:
            yield _alert(objective, suffix)


def rules() -> str:
    """Returns the text of `slo.yml`."""
    return "".join(_lines())


if __name__ == "__main__":
    FILE.write_text(rules())
