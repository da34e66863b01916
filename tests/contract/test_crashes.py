"""Nothing is lost when a worker is killed, another joins, or Kafka is killed."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from dramatiq.errors import ConnectionClosed
from dramatiq.message import Message

from ops.embedded import Kafka
from tests.contract.rig import Rig, eventually, stats_of
from workers.broker import KafkaBroker


@contextmanager
def command_line(rig: Rig, out: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Dramatiq's own command line with two worker processes, in a process group of its own."""
    environment = os.environ | {
        "CRASH_APP_SERVERS": rig.servers,
        "CRASH_APP_PREFIX": rig.prefix,
        "CRASH_APP_OUT": str(out),
        "PYTHONWARNINGS": "ignore",
    }
    command = [sys.executable, "-m", "dramatiq", "tests.contract.crash_app", "-p", "2", "-t", "4"]
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
        eventually(lambda: len(numbers(out)) > 50, seconds=40)
        os.killpg(process.pid, signal.SIGKILL)
    assert len(set(numbers(out))) < 300
    with command_line(rig, out) as process:
        eventually(lambda: len(set(numbers(out))) == 300, seconds=40)
        eventually(lambda: rig.all_committed("first") and rig.all_committed("second"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert rig.count("first.XQ") == 0


def counting(broker: KafkaBroker, seen: list[int], go_on: threading.Event) -> dramatiq.Actor[[int], None]:
    @dramatiq.actor(broker=broker, queue_name="work")
    def work(number: int) -> None:
        if len(seen) >= 100:
            go_on.wait(30)
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
            down.wait(30)
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
        eventually(lambda: rig.all_committed("first") and rig.all_committed("second"), seconds=30)
    assert rig.count("first.XQ") == 0
    rig.close()
