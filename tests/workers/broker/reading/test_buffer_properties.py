"""Compares the buffer with a plain model of Kafka and of finished work, through rebalances, failures and gaps.

The group's committed offset never passes a record that is not done, and catches up when all records are done.
"""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from kafka import OffsetAndMetadata, TopicPartition

from workers.broker.options import ClientOptions
from workers.broker.poison.ownership import Takeover
from workers.broker.reading.buffer import RecordBuffer
from workers.broker.reading.delivery import Delivery

PARTITIONS = [TopicPartition("work", number) for number in range(3)]
PREFETCH = 4
which = st.sampled_from(PARTITIONS)


@dataclass
class Log:
    """A partition in Kafka, and our client's position in it."""

    offsets: list[int] = field(default_factory=list)
    committed: OffsetAndMetadata | None = None
    done: set[int] = field(default_factory=set)
    assigned: bool = False
    position: int = 0

    @property
    def undone(self) -> list[int]:
        return [offset for offset in self.offsets if offset not in self.done]

    @property
    def caught_up(self) -> bool:
        return not self.undone and self.committed is not None and self.committed.offset == self.offsets[-1] + 1

    def commit(self, committed: OffsetAndMetadata) -> None:
        assert self.assigned, "only the owner of a partition commits"
        assert self.committed is None or committed.offset >= self.committed.offset, "the committed offset went back"
        assert all(offset >= committed.offset for offset in self.undone), "the commit passes what is not done"
        self.committed = committed


class BufferAgainstModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        options = ClientOptions(prefetch=PREFETCH, window=6, redeliver_after_ms=0)
        self.buffer = RecordBuffer({"work": 0}, options)
        self.logs = {name: Log() for name in PARTITIONS}
        self.out: list[tuple[Delivery, list[bool]]] = []  # for each open hold: will it fail?
        self.answers: list[dict[TopicPartition, int]] = []  # to commits, not yet received

    # What Kafka does

    @initialize()
    def begin(self) -> None:
        for name in PARTITIONS:
            self.write(name, gap=1, count=6)
            self.assign(name)
        self.tick(careful=False, reachable=True, allowed=True, most=3)
        self.take()

    @rule(name=which, gap=st.integers(1, 3), count=st.integers(1, 8))
    def write(self, name: TopicPartition, gap: int, count: int) -> None:
        offsets = self.logs[name].offsets
        start = (offsets[-1] if offsets else 0) + gap
        offsets.extend(range(start, start + count))

    @rule(name=which)
    def assign(self, name: TopicPartition) -> None:
        log = self.logs[name]
        if not log.assigned:
            log.assigned = True
            log.position = log.committed.offset if log.committed else 0
            self.buffer.assign([name])

    @rule(name=which, accepted=st.booleans(), regained=st.booleans())
    def revoke(self, name: TopicPartition, accepted: bool, regained: bool) -> None:
        if accepted:
            for partition, commit in self.buffer.final_commits([name]).items():
                self.logs[partition].commit(commit)
        self.logs[name].assigned = False
        self.buffer.drop([name])
        if regained:
            self.assign(name)

    @rule(name=which, count=st.integers(1, 5))
    def another_owner_works(self, name: TopicPartition, count: int) -> None:
        log = self.logs[name]
        if not log.assigned and (worked := log.undone[:count]):
            log.done.update(worked)
            log.committed = OffsetAndMetadata(next(iter(log.undone), log.offsets[-1] + 1), "")

    # What the poll thread does

    @rule(careful=st.booleans(), reachable=st.booleans(), allowed=st.booleans(), most=st.integers(0, 6))
    def tick(self, careful: bool, reachable: bool, allowed: bool, most: int) -> None:
        if reachable:
            self.open(careful=careful)
            self.try_alone(allowed=allowed)
        self.buffer.release_due()
        self.poll(most)
        if reachable:
            self.commit()

    def open(self, *, careful: bool) -> None:
        for name in self.buffer.unopened():
            log = self.logs[name]
            first = self.buffer.first(name)
            offset = log.committed.offset if log.committed else log.position if first is None else first
            log.commit(OffsetAndMetadata(offset, ""))
            careful_until = log.offsets[-1] + 1 if careful else 0
            self.buffer.open(name, Takeover(0, 0, None), offset, careful_until)

    def try_alone(self, *, allowed: bool) -> None:
        if not (asked := self.buffer.ask()):
            return
        name, asking, _ = asked
        self.logs[name].commit(asking.commit())
        if allowed:
            self.buffer.begin(name)
        elif held := self.buffer.give_way(name, 0.0):
            self.logs[name].commit(held)

    def poll(self, most: int) -> None:
        paused = self.buffer.paused()
        batches: dict[TopicPartition, list[Any]] = {}
        for name, log in self.logs.items():
            offsets = [offset for offset in log.offsets if offset >= log.position][:most]
            if log.assigned and name not in paused and offsets:
                log.position = offsets[-1] + 1
                batches[name] = [SimpleNamespace(offset=offset, timestamp=0, value=b"x") for offset in offsets]
        self.buffer.put(batches)

    def commit(self) -> None:
        if offsets := self.buffer.committable():
            for name, commit in offsets.items():
                self.logs[name].commit(commit)
            self.answers.append({name: commit.offset for name, commit in offsets.items()})

    @precondition(lambda self: self.answers)
    @rule()
    def hear_of_a_commit(self) -> None:
        self.buffer.committed(self.answers.pop(0))

    # What Dramatiq does

    @rule()
    def take(self) -> None:
        is_out = {(delivery.partition, delivery.epoch, delivery.record.offset) for delivery, _ in self.out}
        for delivery in self.buffer.take(0):
            assert delivery.current
            assert (delivery.partition, delivery.epoch, delivery.record.offset) not in is_out
            self.out.append((delivery, [False]))
        assert len(self.out) <= PREFETCH

    @precondition(lambda self: self.out)
    @rule(pick=st.integers(0, 99), fails=st.booleans())
    def send_while_working(self, pick: int, fails: bool) -> None:
        delivery, holds = self.out[pick % len(self.out)]
        assert delivery.hold()
        holds.append(fails)

    @precondition(lambda self: self.out)
    @rule(pick=st.integers(0, 99))
    def release(self, pick: int) -> None:
        delivery, holds = self.out[pick % len(self.out)]
        settles = delivery.current and len(holds) == 1
        delivery.release(ConnectionError("its send failed") if holds.pop() else None)
        if not holds:
            self.out.pop(pick % len(self.out))
        if settles and delivery.failure is None:
            self.logs[delivery.partition].done.add(delivery.record.offset)

    def teardown(self) -> None:
        """Checks that everything assigned gets done and committed once nothing fails any more."""
        held = [log for log in self.logs.values() if log.assigned]
        for _ in range(500):
            if not self.out and all(log.caught_up for log in held):
                break
            self.tick(careful=False, reachable=True, allowed=True, most=6)
            self.take()
            while self.out:
                self.release(0)
            while self.answers:
                self.hear_of_a_commit()
        assert [log for log in held if not log.caught_up] == []
        assert (self.buffer.in_flight, self.buffer.buffered, self.buffer.timed) == (0, 0, False)

    @invariant()
    def in_flight_is_what_is_out(self) -> None:
        assert self.buffer.in_flight == len(self.out)

    @invariant()
    def what_would_be_committed_now_passes_nothing(self) -> None:
        for name, commit in {**self.buffer.committable(), **self.buffer.final_commits()}.items():
            assert all(offset >= commit.offset for offset in self.logs[name].undone)


BufferAgainstModel.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestBufferAgainstModel = BufferAgainstModel.TestCase
