"""The records that were read from Kafka and are not settled: waiting, ready, or being worked on.

Thread-safe, and without a Kafka client. The poll thread puts records in, Dramatiq's consumer thread takes deliveries
out, workers and the producer end them. This file is long because one lock guards all of it.
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
from workers.broker.poison.solo_turn import SoloTurn
from workers.broker.reading.delivery import Delivery, Source
from workers.broker.reading.offsets import OffsetTracker
from workers.broker.reading.partition import Partition

HIGH_WATER = 4  # reading pauses at this many times the prefetch, in records or bytes
LOW_WATER = 2  # and resumes at this many times
MOST_DOUBLINGS = 6  # of the delay before a record is delivered again


class _Load:
    """Counts deliveries, and the bytes of their records."""

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
    """The partitions assigned to one consumer, and their records.

    `delays` has the delay of each topic in ms. All buffers of a process share one `solo_turn`.
    """

    def __init__(self, delays: Mapping[str, int], options: ClientOptions, solo_turn: SoloTurn | None = None) -> None:
        self._change = threading.Condition()
        self._solo_turn = solo_turn or SoloTurn()
        self.owner = secrets.token_hex(4)  # its name in the metadata of its commits
        self._delays = delays
        self._options = options
        # a consumer that waits for room is woken when a quarter is free, not at each message
        self._room_at = options.prefetch - max(1, options.prefetch // 4)
        self._partitions: dict[TopicPartition, Partition] = {}
        self._epoch = 0
        self._ready: deque[Delivery] = deque()
        self._buffered = _Load()
        self._again: list[tuple[float, Delivery]] = []  # to be delivered again, sorted by monotonic time
        self._out = _Load()
        self._full = False
        self._closed = False
        self.redelivered = 0
        self._source = Source(self.is_current, self.finish)
        #: Monotonic time until which the partitions are certainly ours: a suspended process may have lost them.
        self.held_until = float("inf")

    @property
    def buffered(self) -> int:
        """The number of records that no worker has, due or not."""
        with self._change:
            waiting = sum(len(partition.waiting) for partition in self._partitions.values())
            return self._buffered.count + len(self._again) + waiting

    @property
    def in_flight(self) -> int:
        """The number of deliveries handed out that have not ended."""
        return self._out.count

    def held_up(self) -> tuple[int, float]:
        """Returns the number of partitions with a full window, and the longest standstill in seconds."""
        with self._change:
            now, now_ms, partitions = time.monotonic(), time.time() * 1000, self._partitions.values()
            full = sum(partition.offsets.full for partition in partitions)
            return full, max((each.standstill(now, now_ms - each.delay_ms) for each in partitions), default=0.0)

    @property
    def timed(self) -> bool:
        """True while a record waits for its time."""
        with self._change:
            return bool(self._again) or any(partition.waiting for partition in self._partitions.values())

    # for the poll thread, and for the rebalance listener while the poll thread waits for it

    def assign(self, partitions: Iterable[TopicPartition]) -> None:
        """Adds `partitions`, each under a new epoch and without records."""
        with self._change:
            for name in partitions:
                self._epoch += 1
                offsets = OffsetTracker(self._epoch, self._options.window)
                self._partitions[name] = Partition(offsets, self._delays[name.topic], self.owner)

    def drop(self, partitions: Iterable[TopicPartition] | None = None) -> None:
        """Forgets `partitions` (None: all). Deliveries that were handed out no longer settle."""
        with self._change:
            for name in list(self._partitions) if partitions is None else partitions:
                self._solo_turn.give_back(self._partitions.pop(name, None))
            ready, self._ready, self._buffered = self._ready, deque(), _Load()
            for delivery in filter(self.is_current, ready):
                self._ready.append(delivery)
                self._buffered.add(delivery)
            self._again = [entry for entry in self._again if self.is_current(entry[1])]

    def put(self, batches: Mapping[TopicPartition, Sequence[Any]]) -> None:
        """Adds the records of a poll. Raises ValueError for an offset that is not above the previous offset."""
        with self._change:
            for name, records in batches.items():
                partition = self._partitions[name]
                for record in records:
                    partition.offsets.deliver(record.offset)
                partition.waiting.extend(records)
            self.release_due()

    def release_due(self) -> None:
        """Makes records ready that have waited long enough: those of delay topics, and those to deliver again."""
        with self._change:
            now_ms, now = time.time() * 1000, time.monotonic()
            while self._again and self._again[0][0] <= now:
                delivery = self._again.pop(0)[1]
                self._ready.appendleft(delivery)
                self._buffered.add(delivery)
            for name, partition in self._partitions.items():
                waiting, latest = partition.waiting, now_ms - partition.delay_ms
                while partition.is_next(latest):
                    record, failure = waiting.popleft(), None
                    if record.offset == partition.poison:
                        failure = PoisonError(f"its workers died over it, {DEATHS} times")
                    partition.out += 1
                    delivery = Delivery(record, name, partition.offsets.epoch, self._source, last_failure=failure)
                    self._ready.append(delivery)
                    self._buffered.add(delivery)
            if self._ready:
                self._change.notify()

    def paused(self) -> set[TopicPartition]:
        """Returns the partitions not to read from now."""
        with self._change:
            water, options, buffered = LOW_WATER if self._full else HIGH_WATER, self._options, self._buffered
            self._full = buffered.count >= water * options.prefetch or buffered.bytes >= water * options.prefetch_bytes
            if self._full or self._closed:
                return set(self._partitions)
            return {name for name, each in self._partitions.items() if each.waiting or each.offsets.full}

    def unopened(self) -> list[TopicPartition]:
        """Returns the partitions whose previous ownership has not been read yet."""
        with self._change:
            return [name for name, partition in self._partitions.items() if partition.ownership is None]

    def first(self, name: TopicPartition) -> int | None:
        """Returns the offset of a partition that may be committed; None when nothing of it was read."""
        with self._change:
            partition = self._partitions.get(name)
            return partition.offsets.committable if partition else None

    def open(self, name: TopicPartition, takeover: Takeover, offset: int, careful_until: int) -> None:
        """Starts to hand out records of a partition from `offset` on; records below `careful_until` one at a time."""
        with self._change:
            if (partition := self._partitions.get(name)) is not None:
                partition.ownership = Ownership("held", offset, takeover.deaths)
                partition.alone = takeover.alone
                partition.poison = takeover.poison
                if takeover.alone:
                    partition.try_from = time.monotonic() + self._random_wait()
                partition.careful_until = careful_until

    def ask(self, seconds: float = 0.0) -> tuple[TopicPartition, Ownership, float] | None:
        """Chooses the record to try alone next; waits up to `seconds` for the previous trial to end.

        Returns its partition, the ownership to commit for it, and the seconds since this trial was first asked for.
        Returns None when there is nothing to try, or when another queue of this process has the turn.
        """
        with self._change:
            if any(partition.careful for partition in self._partitions.values()):
                self._change.wait_for(self._to_try, seconds)
            for name, offset in self._to_try().items():
                partition = self._partitions[name]
                if self._solo_turn.take(partition):
                    return name, partition.ask(offset), time.monotonic() - partition.asked_since
            return None

    def give_way(self, name: TopicPartition, seconds: float) -> OffsetAndMetadata | None:
        """Asks for no trial for `seconds`. Returns the commit that says so, or None when the partition is lost."""
        with self._change:
            if (partition := self._partitions.get(name)) is None:
                return None
            self._solo_turn.give_back(partition)
            return partition.give_way(seconds)

    def _to_try(self) -> dict[TopicPartition, int]:
        now_ms = time.time() * 1000
        offsets = {name: each.to_try(now_ms - each.delay_ms) for name, each in self._partitions.items()}
        return {name: offset for name, offset in offsets.items() if offset is not None}

    def begin(self, name: TopicPartition) -> None:
        """Hands out the record of the partition whose trial has been committed."""
        with self._change:
            if (partition := self._partitions.get(name)) is not None:
                partition.begin()
            self.release_due()

    def committable(self) -> dict[TopicPartition, OffsetAndMetadata]:
        """Returns the commit of each partition that has settled more than was committed."""
        with self._change:
            found = {}
            for name, partition in self._partitions.items():
                offset = partition.offsets.committable
                if offset is not None and offset != partition.committed and partition.ownership is not None:
                    found[name] = partition.commit(offset)
            return found

    def final_commits(
        self, partitions: Iterable[TopicPartition] | None = None
    ) -> dict[TopicPartition, OffsetAndMetadata]:
        """Returns the last commits of `partitions` (None: all), which are about to be given up."""
        with self._change:
            found = {}
            for name in self._partitions if partitions is None else partitions:
                partition = self._partitions.get(name)
                if partition is not None and partition.ownership is not None:
                    offset = partition.offsets.committable
                    found[name] = partition.commit(
                        partition.ownership.since if offset is None else offset, leaving=True
                    )
            return found

    def committed(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Notes that Kafka has accepted the commit of `offsets`."""
        with self._change:
            for name, offset in offsets.items():
                if (partition := self._partitions.get(name)) is not None:
                    partition.committed = offset

    # for Dramatiq's consumer thread

    def take(self, seconds: float) -> list[Delivery]:
        """Hands out ready records, up to the prefetch limits; waits up to `seconds` for the first."""
        with self._change:
            self._change.wait_for(lambda: self._closed or (self._ready and self._has_room), seconds)
            taken: list[Delivery] = []
            while self._ready and not self._closed and self._may_go_out:
                delivery = self._ready.popleft()
                self._buffered.remove(delivery)
                self._out.add(delivery)
                taken.append(delivery)
            return taken

    def close(self) -> None:
        """Hands out nothing more; deliveries that are out can still settle."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    # for deliveries, in any thread

    def is_current(self, delivery: Delivery) -> bool:
        """Returns whether the partition is still held under the epoch of `delivery`."""
        partition = self._partitions.get(delivery.partition)
        return partition is not None and partition.offsets.epoch == delivery.epoch

    def finish(self, delivery: Delivery) -> None:
        """Ends a delivery whose holds are all released: settles its offset, or delivers the record again later."""
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
                        self._solo_turn.give_back(partition)
                        self._change.notify_all()  # the poll thread may wait for the next trial
                    partition.offsets.settle(delivery.record.offset, delivery.epoch)
            if self._ready and self._has_room:
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

    def _random_wait(self) -> float:
        """Returns a random wait, in seconds, before a suspected poison record is tried alone again: up to a session.

        Processes that died together also restart together; the wait keeps their trials apart.
        """
        return random.uniform(0, self._options.session_timeout_ms / 1000)  # noqa: S311  # not a secret

    def _deliver_later(self, failed: Delivery) -> None:
        self.redelivered += 1
        failure = failed.failure
        if isinstance(failed.last_failure, PoisonError) and not isinstance(failure, MessageTooLargeError):
            failure = failed.last_failure  # only its dead letter failed: the record must not reach a worker again
        failures = failed.failures + 1
        again = Delivery(failed.record, failed.partition, failed.epoch, self._source, failures, last_failure=failure)
        seconds = self._options.redeliver_after_ms / 1000 * 2 ** min(failed.failures, MOST_DOUBLINGS)
        bisect.insort(self._again, (time.monotonic() + seconds, again), key=itemgetter(0))
