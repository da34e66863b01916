"""Long rounds of chaos with a report: `python -m tests.chaos.broker --seed 7 --seconds 600 --report FILE`."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from ops.embedded import Kafka
from tests.chaos.broker.faults import FAULTS
from tests.chaos.broker.report import report
from tests.chaos.broker.round import Plan, play
from tests.chaos.broker.verdict import Verdict

KILLS = 200
MESSAGES = 5_000
SECONDS = 300.0  # over which the messages are sent
COUNTS = {
    "SIGKILL of workers": 60,
    "SIGKILL of a node": 20,
    "SIGKILL of all nodes": 6,
    "SIGTERM": 6,
    "SIGTERM for good": 0,  # the fleet keeps its size
    "SIGSTOP": 4,
}
COUNT_OF_OTHERS = 2


def long_plan(chance: random.Random, left_out: list[str]) -> Plan:
    """Returns a round of all faults except those `left_out`, in a random order."""
    faults = [name for name in FAULTS if name not in left_out for _ in range(COUNTS.get(name, COUNT_OF_OTHERS))]
    chance.shuffle(faults)
    return Plan(
        faults=tuple(faults),
        messages=MESSAGES,
        seconds=SECONDS,
        mean_pause=2.0,
        kills=KILLS,
        odd=5,
        nodes=6,
        settle_seconds=180.0,
    )


def main() -> int:
    """Plays rounds until the time is over; returns the exit code, 1 if one has failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.broker", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=600.0, help="no round begins later than this")
    parser.add_argument("--report", type=Path, default=Path("chaos-report.md"))
    parser.add_argument("--leave-out", action="append", default=[], choices=list(FAULTS), metavar="FAULT")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the started processes are ended
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    chance = random.Random(arguments.seed)
    verdicts: list[Verdict] = []
    begun = time.monotonic()
    try:
        with Kafka(folder / "kafka") as kafka:
            while not verdicts or time.monotonic() - begun < arguments.seconds:
                place = folder / f"round-{len(verdicts) + 1}"
                plan = long_plan(chance, arguments.leave_out)
                verdicts.append(play(kafka.servers, place, plan, seed=chance.getrandbits(32)))
                text = report(arguments.seed, verdicts, folder)
                arguments.report.write_text(text)  # after each round: a run may be cut short
                if not verdicts[-1].problems:
                    shutil.rmtree(place)
        print(text)
    finally:
        shutil.rmtree(folder / "kafka", ignore_errors=True)
        if folder.exists() and not any(folder.iterdir()):
            folder.rmdir()
    return int(any(verdict.problems for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
