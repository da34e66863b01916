"""What was read from Kafka and is not settled: waiting, buffered, or being worked on. Thread-safe, without a client.

The poll thread puts records in, Dramatiq's consumer thread takes deliveries out, workers and the producer end them.
"""

import bisect
import random
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from kafka import OffsetAndMetadata, TopicPartition

from workers.broker.errors import MessageTooLargeError, PoisonError
from workers.broker.options import ClientOptions
from workers.broker.poison.ownership import DEATHS, Ownership, Takeover
from workers.broker.poison.solo_turn import Turn
from workers.broker.reading.delivery import Delivery
from workers.broker.reading.offsets import OffsetTracker
from workers.broker.reading.partition import Partition

HIGH_WATER = 4  # times the prefetch buffered, in records or bytes: reading pauses
LOW_WATER = 2  # times the prefetch buffered: reading goes on
MOST_DOUBLINGS = 6  # of the time to the next delivery of a record whose deliveries fail


class _Load:
    """How many deliveries are in a place, and the bytes of their records."""

    __slots__ = ("bytes", "count")

    def __init__(self) -> None:
        self.count = self.bytes = 0

    def add(self, delivery: Delivery) -> None:
        self.count += 1
        self.bytes += len(delivery.record.value or b"")

    def remove(self, delivery: Delivery) -> None:
        self.count -= 1
        self.bytes -= len(delivery.record.value or b"")


class RecordBuffer:
    """The assigned partitions of one consumer and their records; `delays` has the delay in ms of each topic.

    The inboxes of a process share their `turn`.
    """

    def __init__(self, delays: Mapping[str, int], options: ClientOptions, turn: Turn | None = None) -> None:
        self._change = threading.Condition()
        self._turn = turn or Turn()
        self.owner = secrets.token_hex(4)  # what it calls itself in its commits
        self._delays = delays
        self._options = options
        # a consumer that waits for room is woken when there is some, not for each message
        self._room_at = options.prefetch - max(1, options.prefetch // 4)
        self._partitions: dict[TopicPartition, Partition] = {}
        self._epoch = 0
        self._buffer: deque[Delivery] = deque()
        self._buffered = _Load()
        self._again: list[tuple[float, Delivery]] = []  # with the monotonic time of the next delivery, in order
        self._out = _Load()
        self._full = False
        self._closed = False
        self.redelivered = 0
        #: monotonic time until which the partitions are surely held: a process that stood still gives out nothing more
        self.held_until = float("inf")

    @property
    def buffered(self) -> int:
        """How many records are here that nobody works on, due or not."""
        with self._change:
            waiting = sum(len(partition.waiting) for partition in self._partitions.values())
            return self._buffered.count + len(self._again) + waiting

    @property
    def in_flight(self) -> int:
        """How many deliveries are out and not over."""
        return self._out.count

    def held_up(self) -> tuple[int, float]:
        """How many partitions have a full window, and for how many seconds the slowest one has settled nothing."""
        with self._change:
            now, now_ms, partitions = time.monotonic(), time.time() * 1000, self._partitions.values()
            full = sum(partition.ledger.full for partition in partitions)
            return full, max((one.standstill(now, now_ms - one.delay_ms) for one in partitions), default=0.0)

    @property
    def timed(self) -> bool:
        """True while something here waits for its time."""
        with self._change:
            return bool(self._again) or any(partition.waiting for partition in self._partitions.values())

    # for the poll thread, and for the rebalance listener while that thread waits for it

    def assign(self, partitions: Iterable[TopicPartition]) -> None:
        """Start afresh with `partitions`, each under a new epoch."""
        with self._change:
            for name in partitions:
                self._epoch += 1
                ledger = OffsetTracker(self._epoch, self._options.window)
                self._partitions[name] = Partition(ledger, self._delays[name.topic], self.owner)

    def drop(self, partitions: Iterable[TopicPartition] | None = None) -> None:
        """Forget `partitions` (None: all). Their records that are out settle nothing any more."""
        with self._change:
            for name in list(self._partitions) if partitions is None else partitions:
                self._turn.give_back(self._partitions.pop(name, None))
            buffer, self._buffer, self._buffered = self._buffer, deque(), _Load()
            for delivery in filter(self.is_current, buffer):
                self._buffer.append(delivery)
                self._buffered.add(delivery)
            self._again = [entry for entry in self._again if self.is_current(entry[1])]

    def put(self, batches: Mapping[TopicPartition, Sequence[Any]]) -> None:
        """Take in what a poll returned. Raises ValueError for an offset that is not above the ones before it."""
        with self._change:
            for name, records in batches.items():
                partition = self._partitions[name]
                for record in records:
                    partition.ledger.deliver(record.offset)
                partition.waiting.extend(records)
            self.release_due()

    def release_due(self) -> None:
        """Let through what has waited long enough: a record of a delay topic, or one to be delivered again."""
        with self._change:
            now_ms, now = time.time() * 1000, time.monotonic()
            while self._again and self._again[0][0] <= now:
                delivery = self._again.pop(0)[1]
                self._buffer.appendleft(delivery)
                self._buffered.add(delivery)
            for name, partition in self._partitions.items():
                waiting, latest = partition.waiting, now_ms - partition.delay_ms
                while partition.is_next(latest):
                    record, failure = waiting.popleft(), None
                    if record.offset == partition.poison:
                        failure = PoisonError(f"its workers died over it, {DEATHS} times")
                    partition.out += 1
                    delivery = Delivery(record, name, partition.ledger.epoch, self, last_failure=failure)
                    self._buffer.append(delivery)
                    self._buffered.add(delivery)
            if self._buffer:
                self._change.notify()

    def paused(self) -> set[TopicPartition]:
        """The partitions not to read from now."""
        with self._change:
            water, options, buffered = LOW_WATER if self._full else HIGH_WATER, self._options, self._buffered
            self._full = buffered.count >= water * options.prefetch or buffered.bytes >= water * options.prefetch_bytes
            if self._full or self._closed:
                return set(self._partitions)
            return {name for name, one in self._partitions.items() if one.waiting or one.ledger.full}

    def unopened(self) -> list[TopicPartition]:
        """The partitions of which it is not known yet how they were held before."""
        with self._change:
            return [name for name, partition in self._partitions.items() if partition.tenure is None]

    def first(self, name: TopicPartition) -> int | None:
        """The oldest offset of a partition that is not settled; None when nothing of it was read."""
        with self._change:
            partition = self._partitions.get(name)
            return partition.ledger.committable if partition else None

    def open(self, name: TopicPartition, succession: Takeover, offset: int, careful_until: int) -> None:
        """Begin to give out the records of a partition, which starts at `offset`."""
        with self._change:
            if (partition := self._partitions.get(name)) is not None:
                partition.tenure = Ownership("held", offset, succession.deaths)
                partition.alone = succession.alone
                partition.poison = succession.poison
                if succession.alone:
                    partition.try_from = time.monotonic() + self._lot()
                partition.careful_until = careful_until

    def ask(self, seconds: float = 0.0) -> tuple[TopicPartition, Ownership, float] | None:
        """The partition of which a record is next to be tried, how it is to be held for that, and for how many seconds
        it has been asked for; waits up to `seconds` for the trial before, if there is any. None when there is nothing
        to try, or when another has the turn."""
        with self._change:
            if any(partition.careful for partition in self._partitions.values()):
                self._change.wait_for(self._to_try, seconds)
            for name, offset in self._to_try().items():
                partition = self._partitions[name]
                if self._turn.take(partition):
                    return name, partition.ask(offset), time.monotonic() - partition.asked_since
            return None

    def give_way(self, name: TopicPartition, seconds: float) -> OffsetAndMetadata | None:
        """Do not ask for `seconds`; what is to be committed of the partition, None when it is lost."""
        with self._change:
            if (partition := self._partitions.get(name)) is None:
                return None
            self._turn.give_back(partition)
            return partition.give_way(seconds)

    def _to_try(self) -> dict[TopicPartition, int]:
        now_ms = time.time() * 1000
        offsets = {name: one.to_try(now_ms - one.delay_ms) for name, one in self._partitions.items()}
        return {name: offset for name, offset in offsets.items() if offset is not None}

    def begin(self, name: TopicPartition) -> None:
        """Give out the record of the partition whose trial is committed."""
        with self._change:
            if (partition := self._partitions.get(name)) is not None:
                partition.begin()
            self.release_due()

    def committable(self) -> dict[TopicPartition, OffsetAndMetadata]:
        """The next offset to read of each partition where the group's commit is behind."""
        with self._change:
            found = {}
            for name, partition in self._partitions.items():
                offset = partition.ledger.committable
                if offset is not None and offset != partition.committed and partition.tenure is not None:
                    found[name] = partition.commit(offset)
            return found

    def last_words(self, partitions: Iterable[TopicPartition] | None = None) -> dict[TopicPartition, OffsetAndMetadata]:
        """What to commit of `partitions` (None: all) when they are given up."""
        with self._change:
            found = {}
            for name in self._partitions if partitions is None else partitions:
                partition = self._partitions.get(name)
                if partition is not None and partition.tenure is not None:
                    offset = partition.ledger.committable
                    found[name] = partition.commit(partition.tenure.since if offset is None else offset, leaving=True)
            return found

    def committed(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Note that Kafka has taken the commit of `offsets`."""
        with self._change:
            for name, offset in offsets.items():
                if (partition := self._partitions.get(name)) is not None:
                    partition.committed = offset

    # for Dramatiq's consumer thread

    def take(self, seconds: float) -> list[Delivery]:
        """Give out what is due, as far as the prefetch allows; waits up to `seconds` for something."""
        with self._change:
            self._change.wait_for(lambda: self._closed or (self._buffer and self._has_room), seconds)
            taken: list[Delivery] = []
            while self._buffer and not self._closed and self._may_go_out:
                delivery = self._buffer.popleft()
                self._buffered.remove(delivery)
                self._out.add(delivery)
                taken.append(delivery)
            return taken

    def close(self) -> None:
        """Give out nothing more; what is out can still settle."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    # for deliveries, in any thread

    def is_current(self, delivery: Delivery) -> bool:
        """Whether the partition is still held under the epoch of `delivery`."""
        partition = self._partitions.get(delivery.partition)
        return partition is not None and partition.ledger.epoch == delivery.epoch

    def finish(self, delivery: Delivery) -> None:
        """End a delivery that has no hold left: settle its offset, or deliver the record again a little later."""
        with self._change:
            self._out.remove(delivery)
            if self.is_current(delivery):
                partition = self._partitions[delivery.partition]
                if delivery.failure is not None:
                    self._deliver_later(delivery)
                else:
                    partition.out -= 1
                    if partition.trying is not None:
                        partition.trying = None
                        self._turn.give_back(partition)
                        self._change.notify_all()  # the poll thread may wait for the next one to try
                    partition.ledger.settle(delivery.record.offset, delivery.epoch)
            if self._buffer and self._has_room:
                self._change.notify()

    @property
    def _may_go_out(self) -> bool:
        out, options = self._out, self._options
        return (
            out.count < options.prefetch and out.bytes < options.prefetch_bytes and time.monotonic() < self.held_until
        )

    @property
    def _has_room(self) -> bool:
        return self._out.count <= self._room_at and self._may_go_out

    def _lot(self) -> float:
        """For how many seconds a record waits that killed before when it was tried alone: up to a session. Processes
        that die together begin together too, and are not to try theirs at the same moment once more."""
        return random.uniform(0, self._options.session_timeout_ms / 1000)  # noqa: S311 - no secret

    def _deliver_later(self, failed: Delivery) -> None:
        self.redelivered += 1
        failure = failed.failure
        if isinstance(failed.last_failure, PoisonError) and not isinstance(failure, MessageTooLargeError):
            failure = failed.last_failure  # its dead letter could not be sent: it is not to kill once more for that
        again = Delivery(failed.record, failed.partition, failed.epoch, self, failed.failures + 1, last_failure=failure)
        seconds = self._options.redeliver_after_ms / 1000 * 2 ** min(failed.failures, MOST_DOUBLINGS)
        bisect.insort(self._again, (time.monotonic() + seconds, again), key=itemgetter(0))
