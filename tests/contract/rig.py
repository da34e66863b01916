"""Separate topics for each test in a real Kafka, brokers that use them, and access to what Kafka has stored."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import dramatiq
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import RetriableError

from workers.broker import ClientOptions, KafkaBroker, QueueStats, ensure, queue_specs
from workers.broker.clients.factory import make_admin, make_producer
from workers.broker.consumer import Consumer
from workers.broker.reading.delivery import KafkaMessage

FAST = ClientOptions(commit_interval_ms=100, redeliver_after_ms=100, retry_after_ms=500)
SECONDS = 150.0
ROUNDS = int(os.environ.get("CASEMAIL_CHAOS_ROUNDS", "2"))  # repetitions of tests whose faults are rare


def eventually(condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Waits until `condition()` is true, and returns its value; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
    return found


def take(consumer: Consumer, count: int, seconds: float = SECONDS) -> list[KafkaMessage]:
    """Returns the next `count` messages, without acknowledging them."""
    taken: list[KafkaMessage] = []
    deadline = time.monotonic() + seconds
    while len(taken) < count:
        assert time.monotonic() < deadline, f"{len(taken)} of {count} messages within {seconds} s"
        if (message := next(consumer)) is not None:
            taken.append(message)
    return taken


def stats_of(broker: KafkaBroker, queue: str) -> QueueStats:
    """Returns the figures of `queue`; all are 0 before it has a consumer."""
    return broker.stats().get(queue, QueueStats())


class Rig:
    """Topics under one prefix in the Kafka at `servers`, and brokers that use them."""

    def __init__(self, servers: str) -> None:
        self.servers = servers
        self.prefix = f"test-{uuid.uuid4().hex[:8]}."
        self.admin: Any = make_admin(servers)
        self._closing = ExitStack()
        self._producer: Any = None

    def broker(self, *queues: str, partitions: int = 1, **options: Any) -> KafkaBroker:
        """Returns a separate broker with `queues` declared and their topics created."""
        broker = KafkaBroker(self.servers, topic_prefix=self.prefix, options=replace(FAST, **options))
        self._closing.callback(broker.close)
        for queue in queues:
            broker.declare_queue(queue)
            ensure(self.servers, queue_specs(queue, partitions=partitions, prefix=self.prefix))
        return broker

    def consume(self, broker: KafkaBroker, queue: str) -> Consumer:
        """Returns a consumer that is closed at the end of the test."""
        consumer = broker.consume(queue_name=queue, prefetch=1, timeout=100)
        self._closing.callback(consumer.close)
        return consumer

    @staticmethod
    @contextmanager
    def working(broker: dramatiq.Broker, *, threads: int = 4, delays: bool = False) -> Iterator[dramatiq.Worker]:
        """Runs Dramatiq's worker on all queues of `broker`; with `delays`, also on delay queues (slow)."""
        if not delays:
            broker.delay_queues.clear()
        worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=50)
        worker.start()
        try:
            yield worker
        finally:
            worker.stop(timeout=60_000)

    def put(self, queue: str, value: bytes, *, partition: int | None = None) -> None:
        """Writes a raw record into the main topic of `queue`."""
        if self._producer is None:
            self._producer = make_producer(self.servers, FAST)
            self._closing.callback(self._producer.close, timeout=5)
        self._producer.send(self.prefix + queue, value, partition=partition).get(timeout=60)

    def configure(self, topic: str, config: dict[str, str]) -> None:
        """Changes settings of the topic."""
        self.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, self.prefix + topic, config)])

    def refuse(self, topic: str, *, refused: bool = True) -> None:
        """Makes Kafka refuse all records of the topic, as too old, or accept them again."""
        before = "0" if refused else str(2**63 - 1)
        self.configure(topic, {"message.timestamp.type": "CreateTime", "message.timestamp.before.max.ms": before})

    def records(self, topic: str) -> list[Any]:
        """Returns all records of the topic, by partition."""
        start_first = {"auto_offset_reset": "earliest", "enable_auto_commit": False}
        with KafkaConsumer(bootstrap_servers=self.servers, **start_first) as reader:
            name = self.prefix + topic
            partitions = [TopicPartition(name, number) for number in reader.partitions_for_topic(name)]
            reader.assign(partitions)
            ends = reader.end_offsets(partitions)
            found: list[Any] = []
            while any(reader.position(partition) < ends[partition] for partition in partitions):
                for batch in reader.poll(timeout_ms=500).values():
                    found += batch
            return sorted(found, key=lambda record: (record.partition, record.offset))

    def committed(self, queue: str) -> dict[int, int]:
        """Returns the commits of the group of `queue`, by partition of its main topic."""
        group = f"casemail.{self.prefix}{queue}"

        def found() -> Any:
            try:
                return self.admin.list_group_offsets([group])
            except RetriableError:  # a new Kafka creates its coordinators when the first group asks
                return None

        offsets = eventually(found)[group]
        return {tp.partition: found.offset for tp, found in offsets.items() if tp.topic == self.prefix + queue}

    def ends(self, topic: str) -> dict[int, int]:
        """Returns the end offset of each partition of the topic."""
        name = self.prefix + topic
        described = self.admin.describe_topics([name])[0]["partitions"]
        wanted = {TopicPartition(name, partition["partition_index"]): OffsetSpec.LATEST for partition in described}
        return {tp.partition: end.offset for tp, end in self.admin.list_partition_offsets(wanted).items()}

    def count(self, topic: str) -> int:
        """Returns how many records the topic ever had."""
        return sum(self.ends(topic).values())

    def all_committed(self, queue: str) -> bool:
        """Returns whether the group of `queue` has committed up to the end of its main topic."""
        committed = self.committed(queue)
        return all(committed.get(partition, 0) == end for partition, end in self.ends(queue).items())

    def close(self) -> None:
        """Closes brokers and consumers, and deletes the topics."""
        self._closing.close()
        if topics := [name for name in self.admin.list_topics() if name.startswith(self.prefix)]:
            self.admin.delete_topics(topics)
        self.admin.close()
