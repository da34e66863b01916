"""One game day: mail comes in, and each minute a fault of the table happens."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from ops.demo.waiting import WaitedTooLongError, wait_until
from storage.ledger.conservation import Conservation
from tests.chaos.bench import Bench
from tests.chaos.gameday.alerts import Alerts, name_of
from tests.chaos.gameday.faults import Fault, Labels, possible, start_what_died
from tests.chaos.gameday.mails import TOPIC, Mails
from tests.chaos.gameday.site import Scene, running

#: Seconds that a fault lasts at least, and that it may last longer until its alerts fire.
LEAST, MOST = 25.0, 90.0
#: Seconds for all mails to end after the last fault.
_PATIENCE = 300.0
#: Seconds since which an alert that was not seen has ended.
_RECENT = 5.0

_MINUTES = text("""
select floor(extract(epoch from received_at - :begin) / 60)::int as minute, count(*) as mails,
  count(*) filter (where state = 'posted') as posted,
  extract(epoch from percentile_cont(0.5) within group (order by ended_at - received_at))::float8 as p50,
  extract(epoch from percentile_cont(0.95) within group (order by ended_at - received_at))::float8 as p95,
  extract(epoch from max(ended_at - received_at))::float8 as longest
from mails where received_at >= :begin and duplicate_of is null group by 1 order by 1
""")


@dataclass(frozen=True)
class Played:
    """A fault that happened: from second `begin` to second `end` of the day. `missed` are alerts that should have
    fired; `fired` are those that did until the next fault."""

    fault: Fault
    begin: float
    end: float
    missed: Sequence[Labels]
    fired: Sequence[str]


@dataclass(frozen=True)
class Minute:
    """The mails that came in during a minute, and how many seconds they took until their end."""

    minute: int
    mails: int
    posted: int
    p50: float | None
    p95: float | None
    longest: float | None


@dataclass(frozen=True)
class Day:
    """The result of a game day."""

    sent: int
    lost: Sequence[str]
    twice: Sequence[str]
    line: Conservation | None
    minutes: Sequence[Minute]
    faults: Sequence[Played]
    problems: Sequence[str]

    @property
    def well(self) -> bool:
        """Whether no mail was lost or doubled, all are accounted for, and no alert was missed."""
        missed = any(played.missed for played in self.faults)
        unaccounted = self.line is None or self.line.unaccounted
        return not (self.lost or self.twice or unaccounted or missed or self.problems)


def play(folder: Path, *, slots: int, slot: float = 60.0, say: Callable[[str], None] = lambda _: None) -> Day:
    """Plays that many faults in the folder, one in each `slot` of seconds, or later if a fault lasts longer."""
    with running(folder) as scene:
        say("all is up")
        with Alerts(scene.prometheus) as alerts:
            wait_until(lambda: scene.prometheus.firing() == [], seconds=_PATIENCE, what="no alert")
            begin, table = time.time(), possible(scene)
            with Mails(scene) as mails:
                played = [
                    _happens(scene, table[number % len(table)], alerts, begin, slot, say) for number in range(slots)
                ]
            problems = [*mails.failed, *_ends(scene, mails)]
        problems += alerts.failed
        posted, line = Counter(scene.bench.posted(TOPIC)), scene.bench.conservation()
        unposted = [words for words in mails.sent if not posted[words]]
        kept = line.held + line.in_flight
        problems += [f"{line.held} mails are held, {line.in_flight} still on their way"] if kept else []
        return Day(
            sent=len(mails.sent),
            lost=unposted if len(unposted) > kept else [],
            twice=[words for words, count in posted.items() if count > 1],
            line=line,
            minutes=_minutes(scene.bench, begin),
            faults=played,
            problems=problems,
        )


def _happens(scene: Scene, fault: Fault, alerts: Alerts, day: float, slot: float, say: Callable[[str], None]) -> Played:
    _quiet(fault, alerts)
    begin = time.time()
    say(f"{begin - day:5.0f} s: {fault.name}")
    with fault.broken(scene):
        while (since := time.time() - begin) < LEAST or (alerts.missing(fault.alerts, begin) and since < MOST):
            time.sleep(0.5)
        missed = alerts.missing(fault.alerts, begin)
    end = time.time()
    say(f"{end - day:5.0f} s: whole again" + (f"; MISSED: {missed}" if missed else ""))
    while time.time() < begin + slot:
        start_what_died(scene.site)
        time.sleep(1)
    fired = sorted({name_of(each.labels) for each in alerts.new(begin, time.time())})
    return Played(fault, begin - day, end - day, missed, fired)


def _quiet(fault: Fault, alerts: Alerts) -> None:
    """Waits until none of the fault's alerts fires any more because of a fault before."""
    until = time.monotonic() + MOST
    while len(alerts.missing(fault.alerts, time.time() - _RECENT)) < len(fault.alerts) and time.monotonic() < until:
        time.sleep(1)


def _ends(scene: Scene, mails: Mails) -> list[str]:
    """Waits until all mails have ended; returns what went wrong."""

    def ended() -> bool:
        start_what_died(scene.site)
        if scene.bench.conservation().in_flight or scene.mailbox.bodies():
            return False
        return len(set(scene.bench.posted(TOPIC))) == len(mails.sent)

    try:
        wait_until(ended, seconds=_PATIENCE, what="all mails to end")
    except WaitedTooLongError as error:
        return [str(error)]
    return []


def _minutes(bench: Bench, begin: float) -> list[Minute]:
    with bench.database.system() as connection:
        rows = connection.execute(_MINUTES, {"begin": datetime.fromtimestamp(begin, UTC)})
        return [Minute(*row) for row in rows]
