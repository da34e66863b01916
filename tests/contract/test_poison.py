"""A message over which its worker dies is found, though nobody ever sees an exception, and delays no other for long."""

import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from dramatiq.message import Message

from tests.contract.rig import Rig, eventually

DEADLINE = 120.0


def worked_off(out: Path) -> set[int]:
    return {int(line) for line in out.read_text().splitlines()} if out.exists() else set()


def test_a_message_over_which_its_worker_dies_three_times_is_a_dead_letter(rig: Rig, tmp_path: Path) -> None:
    out = tmp_path / "out"
    broker = rig.broker("work")
    broker.enqueue_many([Message("work", "work", (number,), {"deadly": number == 4}, {}) for number in range(10)])
    others = set(range(10)) - {4}
    deaths, deadline = 0, time.monotonic() + DEADLINE
    command = [sys.executable, "-m", "tests.contract.deadly_app", rig.servers, rig.prefix, str(out)]
    process = subprocess.Popen(command)
    try:
        while (rig.count("work.XQ") == 0 or worked_off(out) != others) and time.monotonic() < deadline:
            if process.poll() is not None:
                assert process.returncode == -signal.SIGKILL
                deaths += 1
                process = subprocess.Popen(command)
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
    (dead,) = rig.records("work.XQ")
    assert Message.decode(dead.value).args == (4,)
    assert dict(dead.headers)["dead-letter.error"] == b"PoisonError"
    assert worked_off(out) == others
    # once more where messages before it were committed between two deaths
    assert deaths in (3, 4)


def test_messages_of_other_partitions_that_are_at_work_when_it_kills_are_not_taken_for_deadly(
    rig: Rig, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    rig.broker("work", partitions=3)
    for number in range(3):
        kwargs = {"deadly": True} if number == 1 else {"seconds": 0.5}
        message: Message[Any] = Message("work", "work", (number,), kwargs, {})
        rig.put("work", message.encode(), partition=number)
    command = [sys.executable, "-m", "tests.contract.deadly_app", rig.servers, rig.prefix, str(out)]
    with ExitStack() as closing:
        processes: list[subprocess.Popen[bytes]] = []

        def is_done() -> bool:
            """Start a process when the last one has died; whether all is worked off or buried."""
            if not processes or processes[-1].poll() is not None:
                processes.append(subprocess.Popen(command))
                closing.callback(processes[-1].wait)
                closing.callback(processes[-1].kill)
            return worked_off(out) == {0, 2} and rig.all_committed("work")

        eventually(is_done, DEADLINE)
    (dead,) = rig.records("work.XQ")
    assert Message.decode(dead.value).args == (1,)


def test_workers_that_die_over_nothing_leave_nothing_behind(rig: Rig, tmp_path: Path) -> None:
    out = tmp_path / "out"
    broker = rig.broker("work")
    command = [sys.executable, "-m", "tests.contract.deadly_app", rig.servers, rig.prefix, str(out)]
    for number in range(4):
        broker.enqueue(Message("work", "work", (number,), {}, {}))
        with subprocess.Popen(command) as process:
            deadline = time.monotonic() + 30
            while number not in worked_off(out) and time.monotonic() < deadline:
                time.sleep(0.05)
            process.kill()
    assert worked_off(out) == set(range(4))
    assert rig.count("work.XQ") == 0
