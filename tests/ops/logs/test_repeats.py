"""Lines that repeat themselves are counted: an outage does not log a thousand lines a minute."""

import json
import subprocess
import sys
import threading
from typing import Any

from ops.logs.repeats import FIRST, MOST_KINDS, Repeats
from tests.contract.rig import eventually

FLOOD = """
import logging, os, sys, threading
import structlog
from ops import logs
from schemas.settings.logs import Logs
logs.configure(Logs(level="info"))
ours, library, mails = structlog.get_logger("a"), logging.getLogger("b"), structlog.get_logger("casemail.mails")
def flood():
    for number in range(200):
        ours.warning("duty failed", error=ConnectionRefusedError(f"port {number}"))
        library.info("message %s is tried again", number)
        mails.info("mail", mail=number)
threads = [threading.Thread(target=flood) for _ in range(5)]
for thread in threads: thread.start()
for thread in threads: thread.join()
if not os.fork():
    ours.warning("duty failed", error=ConnectionRefusedError("in the child"))
    os._exit(0)
os.wait()
"""


class Lines:
    """What is written: `repeats` with a short time, and the lines that sum up."""

    def __init__(self, seconds: float = 0.2) -> None:
        self.summed: list[dict[str, Any]] = []
        self.repeats = Repeats(lambda _logger, _level, values: self.summed.append(values), seconds=seconds)

    def say(self, event: str, **values: Any) -> bool:
        return self.repeats.admits("logger", "warning", event, {"event": event, **values})


def test_a_flood_of_equal_lines_is_written_a_few_times_and_counted() -> None:
    # Python 3.12 warns of a fork beside other threads, such as the one that sums up
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FLOOD], capture_output=True, timeout=300, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert sum(line["logger"] == "casemail.mails" for line in lines) == 1_000, "each is about another mail"
    child = [line for line in lines if "in the child" in line.get("error", "")]
    assert len(child) == 1, "a forked process counts anew"
    for logger in ("a", "b"):
        mine = [line for line in lines if line["logger"] == logger and line not in child]
        written, summed = mine[:-1], mine[-1]
        assert len(written) == FIRST
        assert summed["repeated"] == 1_000 - FIRST
        assert "(the same 995 more times in " in summed["event"]


def test_a_flood_that_goes_on_has_one_line_each_time_and_its_end_is_noticed() -> None:
    lines = Lines()
    written = sum(lines.say("duty failed", error="refused") for _ in range(100))
    assert written == FIRST
    eventually(lambda: len(lines.summed) == 1)
    assert not lines.say("duty failed", error="refused"), "it went on"
    eventually(lambda: len(lines.summed) == 2)
    assert [each["repeated"] for each in lines.summed] == [95, 1]
    eventually(lambda: not lines.repeats._kinds)  # nothing came for a while
    assert lines.say("duty failed", error="refused"), "it is news again"


def test_lines_with_other_numbers_are_equal_and_lines_with_other_errors_are_not() -> None:
    lines = Lines(seconds=600)
    for number in range(100):
        lines.say("not sent", error=f"451 try again in {number} s, 0198b0c2-0000-7000-8000-{number:012}")
    assert lines.say("not sent", error="550 no such user")
    lines.repeats.end()
    assert [each["repeated"] for each in lines.summed] == [95]


def test_more_kinds_of_lines_than_are_counted_one_by_one_are_counted_together() -> None:
    lines = Lines(seconds=600)
    for first in "abcdefghij":
        for second in "abcdefghijklmnopqrstuvwxyz":
            for third in "abcd":
                lines.say(f"odd {first}{second}{third}")
    assert len(lines.repeats._kinds) <= MOST_KINDS + 1
    lines.repeats.end()
    assert [each["repeated"] for each in lines.summed] == [10 * 26 * 4 - MOST_KINDS - FIRST]


def test_only_one_timer_runs_however_many_threads_log() -> None:
    lines = Lines(seconds=600)
    before = threading.active_count()
    for number in range(20):
        lines.say(f"event {'x' * number}")
    assert threading.active_count() == before + 1
    assert lines.repeats._timer is not None
    lines.repeats._timer.cancel()
