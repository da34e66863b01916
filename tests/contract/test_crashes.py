"""No message is lost when a worker is killed, another worker joins, or Kafka is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from dramatiq.errors import ConnectionClosed
from dramatiq.message import Message
from kafka.errors import CoordinatorNotAvailableError

from ops.embedded import Kafka
from tests.contract.rig import ROUNDS, SECONDS, Rig, eventually, stats_of
from workers.broker import KafkaBroker


@contextmanager
def command_line(
    rig: Rig, out: Path, processes: int = 2, *, session_ms: int = 3_000
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs Dramatiq's command line with worker processes in a new process group."""
    environment = os.environ | {
        "CRASH_APP_SERVERS": rig.servers,
        "CRASH_APP_PREFIX": rig.prefix,
        "CRASH_APP_OUT": str(out),
        "CRASH_APP_SESSION_MS": str(session_ms),
        "PYTHONWARNINGS": "ignore",
    }
    command = [sys.executable, "-m", "dramatiq", "tests.contract.crash_app", "-p", str(processes), "-t", "4"]
    with subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def numbers(out: Path) -> list[int]:
    return [int(line) for line in out.read_text().splitlines()] if out.exists() else []


def test_worker_processes_killed_in_the_middle_lose_nothing(rig: Rig, tmp_path: Path) -> None:
    out = tmp_path / "out"
    broker = rig.broker("first", "second", partitions=4)
    broker.enqueue_many([Message("first", "first", (number,), {}, {}) for number in range(300)])
    with command_line(rig, out) as process:
        eventually(lambda: len(numbers(out)) > 50, seconds=60)
        os.killpg(process.pid, signal.SIGKILL)
    assert len(set(numbers(out))) < 300
    with command_line(rig, out) as process:
        eventually(lambda: len(set(numbers(out))) == 300, seconds=60)
        eventually(lambda: rig.all_committed("first") and rig.all_committed("second"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert rig.count("first.XQ") == 0


def counting(broker: KafkaBroker, seen: list[int], go_on: threading.Event) -> dramatiq.Actor[[int], None]:
    @dramatiq.actor(broker=broker, queue_name="work")
    def work(number: int) -> None:
        if len(seen) >= 100:
            go_on.wait(120)
        seen.append(number)

    return work


def test_a_second_consumer_that_joins_in_the_middle_loses_nothing(rig: Rig) -> None:
    brokers = [rig.broker("work", partitions=4, prefetch=16) for _ in range(2)]
    seen: list[int] = []
    joined = threading.Event()
    works = [counting(broker, seen, joined) for broker in brokers]
    with rig.working(brokers[0]):
        brokers[0].enqueue_many([works[0].message(number) for number in range(400)])
        eventually(lambda: len(seen) >= 100)
        with rig.working(brokers[1]):
            eventually(lambda: stats_of(brokers[1], "work").in_flight)
            joined.set()
            eventually(lambda: rig.all_committed("work"))
    assert set(seen) == set(range(400))


def has_more(out: Path, than: int) -> bool:
    return len(numbers(out)) > than


@pytest.mark.often
def test_a_member_that_joins_full_workers_and_is_killed_delays_nothing(rig: Rig, tmp_path: Path) -> None:
    out = tmp_path / "out"
    broker = rig.broker("work", partitions=3, prefetch=8)
    seen: list[int] = []
    go_on = threading.Event()

    @dramatiq.actor(broker=broker, queue_name="work")
    def work(number: int) -> None:
        go_on.wait(120)
        seen.append(number)

    count = 0
    with rig.working(broker):
        for _ in range(ROUNDS):
            go_on.clear()
            for partition, each in enumerate((5, 30, 120)):
                for number in range(count, count := count + each):
                    rig.put("work", work.message(number).encode(), partition=partition)
            eventually(lambda: stats_of(broker, "work").in_flight == 8)
            before = len(numbers(out))
            command = [sys.executable, "-m", "tests.contract.deadly_app", rig.servers, rig.prefix, str(out)]
            with subprocess.Popen(command) as process:
                eventually(partial(has_more, out, before))
                process.kill()
            go_on.set()
            eventually(lambda: rig.all_committed("work"))
    assert set(seen) | set(numbers(out)) == set(range(count))
    assert rig.count("work.XQ") == 0


def members(rig: Rig, queue: str) -> int:
    """Returns the number of members of the group of `queue`; 0 during a rebalance."""
    group = f"casemail.{rig.prefix}{queue}"
    try:
        found = rig.admin.describe_groups([group])[group]
    except CoordinatorNotAvailableError:  # a new Kafka has no coordinators before its first group
        return 0
    return len(found["members"]) if found["group_state"] == "Stable" else 0


def test_a_process_that_is_suspended_for_longer_than_its_session_loses_nothing(rig: Rig, tmp_path: Path) -> None:
    out = tmp_path / "out"
    broker = rig.broker("first", "second", partitions=4)
    sent = range(1, 6_000, 10)  # no number that fails at first
    furthest: dict[tuple[str, int], int] = {}

    def all_is_done() -> bool:
        for queue in ("first", "second"):
            for partition, offset in rig.committed(queue).items():
                assert offset >= furthest.get((queue, partition), 0), "a committed offset went back"
                furthest[queue, partition] = offset
        return set(numbers(out)) == set(sent) and rig.all_committed("first") and rig.all_committed("second")

    with command_line(rig, out, 1) as still, command_line(rig, out, 1) as going:
        eventually(lambda: members(rig, "first") == members(rig, "second") == 2)
        broker.enqueue_many([Message("first", "first", (number,), {}, {}) for number in sent])
        eventually(lambda: len(numbers(out)) > 50)
        os.killpg(still.pid, signal.SIGSTOP)
        eventually(all_is_done)
        runs = len(numbers(out))
        os.killpg(still.pid, signal.SIGCONT)
        eventually(lambda: members(rig, "first") == members(rig, "second") == 2)
        eventually(all_is_done)
        for process in (still, going):
            process.send_signal(signal.SIGTERM)
        assert [process.wait(60) for process in (still, going)] == [0, 0]
    assert len(numbers(out)) <= runs + 2 * 20  # its prefetched messages in each of two queues are done twice
    assert rig.count("first.XQ") + rig.count("second.XQ") == 0


def test_a_process_that_is_asked_to_stop_hands_over_at_once_and_nothing_is_done_twice(rig: Rig, tmp_path: Path) -> None:
    out = tmp_path / "out"
    broker = rig.broker("first", "second", partitions=4)
    sent: list[int] = []

    def feed(count: int) -> None:
        for _ in range(count):
            sent.append(10 * len(sent) + 1)  # no number that fails at first
            broker.enqueue(Message("first", "first", (sent[-1],), {}, {}))
            time.sleep(0.02)

    # a message that waited for the end of the session would come far later than `eventually` waits
    long = 1_000 * int(2 * SECONDS)
    with command_line(rig, out, 1, session_ms=long) as leaving, command_line(rig, out, 1, session_ms=long):
        eventually(lambda: members(rig, "first") == members(rig, "second") == 2)
        feed(20)  # on a busy machine the partitions move once more, and a message in hand is done twice
        eventually(lambda: set(numbers(out)) >= set(sent))
        warm = len(sent)
        feed(50)
        leaving.send_signal(signal.SIGTERM)
        feed(150)
        eventually(lambda: set(numbers(out)) >= set(sent))
        assert leaving.wait(60) == 0
    assert [number for number in sorted(numbers(out)) if number > sent[warm - 1]] == sent[warm:]


@pytest.fixture
def kafka_of_its_own(tmp_path: Path) -> Iterator[Kafka]:
    with Kafka(tmp_path / "kafka") as server:
        yield server


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.usefixtures("refused_connections")
def test_kafka_killed_in_the_middle_loses_nothing_and_all_goes_on_by_itself(kafka_of_its_own: Kafka) -> None:
    rig = Rig(kafka_of_its_own.servers)
    settings: dict[str, Any] = {"request_timeout_ms": 1_000, "delivery_timeout_ms": 1_500, "prefetch": 16}
    broker = rig.broker("first", "second", partitions=2, **settings)
    down = threading.Event()
    firsts: list[int] = []
    seconds: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="first")
    def first(number: int) -> None:
        firsts.append(number)
        if len(firsts) >= 50:
            down.wait(120)
        second.send(number)

    @dramatiq.actor(broker=broker, queue_name="second")
    def second(number: int) -> None:
        seconds.append(number)

    broker.enqueue_many([first.message(number) for number in range(200)])
    with rig.working(broker, delays=True):
        eventually(lambda: len(firsts) >= 50)
        kafka_of_its_own.kill()
        down.set()
        with pytest.raises(ConnectionClosed):
            first.send(-1)
        kafka_of_its_own.start()
        eventually(lambda: set(range(200)) <= set(seconds), seconds=60)
        eventually(lambda: rig.all_committed("first") and rig.all_committed("second"))
    assert rig.count("first.XQ") == 0
    rig.close()
