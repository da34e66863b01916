"""A message that kills its worker is found, although it raises no exception, and does not delay other messages long."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from dramatiq.message import Message
from dramatiq.middleware import Middleware
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition

from tests.contract.rig import Rig, eventually, stats_of
from workers.broker.poison.ownership import ALONE, Ownership

DEADLINE = 120.0


class Crew:
    """Worker processes that die together, as in a container that runs out of memory, and are started again together."""

    def __init__(self, rig: Rig, out: Path, size: int) -> None:
        self._command = [sys.executable, "-m", "tests.contract.deadly_app", rig.servers, rig.prefix, str(out)]
        self._out = out
        self._size = size
        self._processes: list[subprocess.Popen[bytes]] = []
        self.deaths = 0

    @property
    def worked_off(self) -> set[int]:
        """Returns the numbers of the messages that were worked off."""
        return {int(line) for line in self._out.read_text().splitlines()} if self._out.exists() else set()

    def look(self) -> None:
        """Kills all processes if a process has died, and starts them again."""
        died = [process for process in self._processes if process.poll() is not None]
        assert all(process.returncode == -signal.SIGKILL for process in died)
        self.deaths += bool(died)
        if died:
            self.kill()
        if not self._processes:
            self._processes = [subprocess.Popen(self._command) for _ in range(self._size)]

    def kill(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self._processes = []


def has_worked_off(made: Crew, number: int) -> bool:
    return number in made.worked_off


@contextmanager
def crew(rig: Rig, out: Path, size: int = 1) -> Iterator[Crew]:
    made = Crew(rig, out, size)
    try:
        yield made
    finally:
        made.kill()


def deadly(number: int) -> Message[Any]:
    return Message("work", "work", (number,), {"deadly": True}, {})


def slow(number: int, seconds: float = 0.0) -> Message[Any]:
    return Message("work", "work", (number,), {"seconds": seconds}, {})


def buries_only(rig: Rig, made: Crew, number: int, others: set[int]) -> None:
    """Waits until only the message `number` is a dead letter and the `others` are worked off."""

    def is_done() -> bool:
        made.look()
        return rig.count("work.XQ") > 0 and made.worked_off >= others and rig.all_committed("work")

    eventually(is_done, DEADLINE)
    (dead,) = rig.records("work.XQ")
    assert Message.decode(dead.value).args == (number,)
    assert dict(dead.headers)["dead-letter.error"] == b"PoisonError"
    assert made.worked_off == others


def test_a_message_over_which_its_worker_dies_three_times_is_a_dead_letter(rig: Rig, tmp_path: Path) -> None:
    broker = rig.broker("work")
    broker.enqueue_many([deadly(number) if number == 4 else slow(number) for number in range(10)])
    with crew(rig, tmp_path / "out") as workers:
        buries_only(rig, workers, 4, set(range(10)) - {4})
        # four deaths if earlier messages were committed between two deaths
        assert workers.deaths in (3, 4)


@pytest.mark.parametrize("deadly_ones", [1, 2])
def test_messages_of_other_partitions_that_are_at_work_when_it_kills_are_not_taken_for_deadly(
    rig: Rig, tmp_path: Path, deadly_ones: int
) -> None:
    rig.broker("work", partitions=3)
    for number in range(3):
        message = deadly(number) if number < deadly_ones else slow(number, 0.5)
        rig.put("work", message.encode(), partition=number)
    with crew(rig, tmp_path / "out") as workers:

        def is_done() -> bool:
            workers.look()
            return rig.all_committed("work")

        eventually(is_done, DEADLINE)
        assert workers.worked_off == set(range(deadly_ones, 3))
        assert workers.deaths <= 1 + 3 * deadly_ones
    dead = {Message.decode(letter.value).args for letter in rig.records("work.XQ")}  # a message may be there twice
    assert dead == {(number,) for number in range(deadly_ones)}


def test_processes_that_die_together_bury_what_kills_and_nothing_that_was_tried_elsewhere_at_that_moment(
    rig: Rig, tmp_path: Path
) -> None:
    rig.broker("work", partitions=6)
    for number in range(12):
        message = deadly(number) if number < 2 else slow(number, 0.7)
        rig.put("work", message.encode(), partition=number % 6)
    with crew(rig, tmp_path / "out", size=3) as three:

        def is_done() -> bool:
            three.look()
            return rig.all_committed("work")

        eventually(is_done, DEADLINE)
        assert three.worked_off == set(range(2, 12))
    assert {Message.decode(letter.value).args for letter in rig.records("work.XQ")} == {(0,), (1,)}


def test_workers_that_die_over_nothing_leave_nothing_behind(rig: Rig, tmp_path: Path) -> None:
    broker = rig.broker("work")
    with crew(rig, tmp_path / "out") as workers:
        for number in range(4):
            broker.enqueue(slow(number))
            workers.look()
            eventually(partial(has_worked_off, workers, number))
            workers.kill()
        assert workers.worked_off == set(range(4))
    assert rig.count("work.XQ") == 0


class InItsPlace(Middleware):
    """Sends a message to `next` for each message that is skipped."""

    def after_skip_message(self, broker: dramatiq.Broker, message: Any) -> None:
        broker.enqueue(Message("next", "none", message.args, {}, {}))


def leave_as_poison(rig: Rig) -> None:
    """Commits the metadata of owners that died while they tried the first message of `work` alone."""
    partition = TopicPartition(f"{rig.prefix}work", 0)
    group = f"casemail.{rig.prefix}work"
    with KafkaConsumer(bootstrap_servers=rig.servers, group_id=group, enable_auto_commit=False) as owner:
        owner.assign([partition])
        owner.commit({partition: OffsetAndMetadata(0, str(Ownership("trying", 0, 0, ALONE - 1, "owner")))})


@pytest.mark.parametrize("refused", ["next", "work.XQ"])
def test_what_goes_in_the_place_of_poison_is_sent_before_it_settles_and_it_is_never_worked_on(
    rig: Rig, refused: str
) -> None:
    broker = rig.broker("work", "next", request_timeout_ms=500, delivery_timeout_ms=600)
    broker.add_middleware(InItsPlace())
    worked: list[int] = []
    work = dramatiq.actor(broker=broker, queue_name="work")(worked.append)
    leave_as_poison(rig)
    rig.refuse(refused)
    broker.enqueue_many([work.message(number) for number in range(3)])
    with rig.working(broker):
        eventually(lambda: stats_of(broker, "work").redelivered >= 2)
        assert rig.committed("work") == {0: 0}
        rig.refuse(refused, refused=False)
        eventually(lambda: rig.all_committed("work"))
    assert worked == [1, 2]
    for topic in ("next", "work.XQ"):
        assert {Message.decode(record.value).args for record in rig.records(topic)} == {(0,)}
