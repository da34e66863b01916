"""The report of a game day, in Markdown."""

import os
import platform
from collections.abc import Iterable

from tests.chaos.gameday.alerts import name_of
from tests.chaos.gameday.day import Day, Minute, Played
from tests.chaos.gameday.faults import Labels
from tests.chaos.gameday.site import SCRAPE_SECONDS, TIMES

_HEAD = """# Report of a game day: {verdict}

{cores} cores, {platform}. Two hosts (groups of processes with ports of their own), three Kafka nodes, PostgreSQL,
Dovecot, and a Prometheus that scrapes every {scrape} s; all windows and waits of its rules are {times} times shorter.

| mails in | posted | lost | twice | unaccounted |
|---|---|---|---|---|
| {sent} | {posted} | {lost} | {twice} | {unaccounted} |
"""


def report(day: Day) -> str:
    """Returns the report."""
    line = day.line
    head = _HEAD.format(
        verdict="passed" if day.well else "FAILED",
        cores=os.cpu_count(),
        platform=platform.platform(),
        scrape=SCRAPE_SECONDS,
        times=TIMES,
        sent=day.sent,
        posted=line.posted if line else "?",
        lost=len(day.lost),
        twice=len(day.twice),
        unaccounted=line.unaccounted if line else "?",
    )
    found = [*day.problems, *(f"lost: {words}" for words in day.lost), *(f"twice: {words}" for words in day.twice)]
    return "\n".join(
        [
            head,
            "## Faults\n",
            "| from s | to s | fault | should fire | missed | fired until the next |",
            "|---|---|---|---|---|---|",
            *(_fault(played) for played in day.faults),
            "\n## Seconds from custody to the end, by minute of custody\n",
            "| minute | mails | posted | p50 | p95 | max |",
            "|---|---|---|---|---|---|",
            *(_minute(minute) for minute in day.minutes),
            *(["\n## What went wrong\n", *(f"* {words}" for words in found[:50])] if found else []),
            "",
        ]
    )


def _fault(played: Played) -> str:
    fault = played.fault
    should, missed = _names(fault.alerts) or "nothing", _names(played.missed)
    fired = ", ".join(played.fired)
    return f"| {played.begin:.0f} | {played.end:.0f} | {fault.name} | {should} | {missed} | {fired} |"


def _names(alerts: Iterable[Labels]) -> str:
    return ", ".join(map(name_of, alerts))


def _minute(minute: Minute) -> str:
    times = ("" if value is None else f"{value:.2f}" for value in (minute.p50, minute.p95, minute.longest))
    return f"| {minute.minute} | {minute.mails} | {minute.posted} | {' | '.join(times)} |"
