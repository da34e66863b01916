"""Dramatiq on Apache Kafka. Its guarantees:

1. An offset is committed only when every delivered record below it is settled.
2. A message is settled when Dramatiq has acknowledged it, and Kafka has acknowledged every message that was sent while
   the actor ran; or when Kafka has acknowledged its dead letter.
3. One thread touches a KafkaConsumer, and it always polls.
4. An acknowledgement from before a rebalance settles nothing, and messages of a lost partition are not worked on.
5. No client is created at import time or before a fork, and no topic is created by accident.
6. A message that kills its workers becomes a dead letter, and a queue whose messages all become dead letters stops.
7. A stalled client is replaced, and a metric counts it. A consumer has stalled when it reads nothing, never finishes
   joining its group, loses contact with its group, can't take over its partitions, has lost its topics, or hangs. A
   producer is replaced when it does not answer, or when a send fails (at most once a minute). Faults that only a person
   can fix are logged once a minute: credentials, missing topics, refused commits.

It does not promise:

- Exactly-once delivery. Actors must be idempotent. After a crash, or when a partition moves to another process, they
  may see messages again: up to the `prefetch` of each queue, and the messages settled since the last commit. They also
  see a message twice after a failed send, as Kafka may have received it.
- Order. Messages with the same key share a partition, but many threads work on them, and some are retried. Java's
  clients choose another partition for a key.
- Delays to the second. They are rounded up to a sum of tiers (`delays.TIERS`), and are a minimum only if the clocks
  of Kafka and the workers agree.
- That messages are kept for ever. Kafka deletes records that are older than the topic's retention, worked on or not.
- That only poison becomes a dead letter. The broker can't see why a worker dies, so the records that the worker had are
  tried again alone, one at a time in each process. A record becomes a dead letter when two owners die while they try it
  alone. As processes may die together, the second trial of a record waits until its queue tries no other record, in any
  process. A healthy message becomes a dead letter if during both trials its process was killed from outside, was
  stopped while Kafka was away, or died with a process that tried a record of another queue.
- That slow messages are cheap. A slow message delays the commits of its partition, so after a crash all messages behind
  it are repeated. When `window` messages were read behind it, its partition is paused until it ends.
"""

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import dramatiq
from dramatiq.common import dq_name, q_name
from dramatiq.errors import QueueJoinTimeout, QueueNotFound
from dramatiq.message import Message
from dramatiq.middleware import Middleware

from workers.broker import metrics
from workers.broker import topics as kafka_topics
from workers.broker.clients.factory import admin
from workers.broker.consumer import Consumer, DelayConsumer
from workers.broker.delays import delayed
from workers.broker.errors import MessageTooLargeError
from workers.broker.metrics import QueueStats
from workers.broker.middleware import Deliveries, default_middleware
from workers.broker.options import ClientOptions
from workers.broker.poison.solo_turn import SoloTurn
from workers.broker.producer import Headers, Producer
from workers.broker.reading.delivery import CURRENT, KafkaMessage
from workers.broker.time_limit import uninterrupted
from workers.broker.topics import QueueTopics, group_lag

JOIN_POLL_SECONDS = 0.1


class KafkaBroker(dramatiq.Broker):
    """A Dramatiq broker on Kafka. Each queue has a topic and a consumer group, and a second group for its delay topics.

    `servers` is a comma-separated list of host:port. `group_prefix` and `topic_prefix` are put before the names of
    groups and topics. `middleware` replaces `default_middleware()`.

        broker = KafkaBroker("kafka-1:9092,kafka-2:9092", topic_prefix="staging.")
    """

    def __init__(
        self,
        servers: str,
        *,
        group_prefix: str = "casemail",
        topic_prefix: str = "",
        middleware: list[Middleware] | None = None,
        options: ClientOptions | None = None,
    ) -> None:
        middleware = default_middleware() if middleware is None else middleware
        if not any(isinstance(each, Deliveries) for each in middleware):
            middleware = [Deliveries(), *middleware]
        super().__init__(middleware)
        self.queues: set[str] = set()
        self.servers = servers
        self.group_prefix = group_prefix
        self.topic_prefix = topic_prefix
        self.options = options or ClientOptions()
        self._producer = Producer(servers, self.options)
        self._solo_turn = SoloTurn()
        self._consumers: dict[str, Consumer] = {}

    # queues

    def declare_queue(self, queue_name: str) -> None:
        """Declares a queue, with its delays. Does not connect to Kafka; `topics.ensure` creates the topics."""
        if queue_name in self.queues:
            return
        self.emit_before("declare_queue", queue_name)
        self.queues.add(queue_name)
        self.emit_after("declare_queue", queue_name)
        self.delay_queues.add(dq_name(queue_name))
        self.emit_after("declare_delay_queue", dq_name(queue_name))
        metrics.declare(queue_name)
        metrics.declare(dq_name(queue_name))

    def get_declared_queues(self) -> set[str]:
        return set(self.queues)

    def topics(self, queue_name: str) -> QueueTopics:
        """Returns the topics of a declared queue, or of its delay queue. Raises QueueNotFound."""
        queue = q_name(queue_name)
        if queue not in self.queues:
            raise QueueNotFound(queue_name)  # type: ignore[no-untyped-call]
        return QueueTopics(queue, self.topic_prefix)

    def group(self, queue_name: str) -> str:
        """Returns the consumer group of a queue; its delay queue has another group."""
        return f"{self.group_prefix}.{self.topic_prefix}{queue_name}"

    # sending

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Sends a message; with `delay`, it is worked on after at least as many ms. Returns the message.

        The message's option `key`, or else its id, chooses the partition. Inside an actor this does not wait for Kafka:
        the actor's own message settles when Kafka has acknowledged the sent message, and is delivered again if the send
        fails. Elsewhere it waits, and raises NotAcknowledged (a ConnectionClosed). Raises QueueNotFound and
        MessageTooLargeError.
        """
        message, topic = self._address(message, delay)
        self.emit_before("enqueue", message, delay)
        self._producer.wait(self._send(message, topic))
        self.emit_after("enqueue", message, delay)
        return message

    def enqueue_many(self, messages: Iterable[Message[Any]]) -> None:
        """Sends `messages` together. Waits and raises as `enqueue` does, once the outcome of all is known."""
        addressed = [self._address(message, None) for message in messages]
        sent: list[tuple[str, Any]] = []
        try:
            for message, topic in addressed:
                self.emit_before("enqueue", message, None)
                sent += self._send(message, topic)
        finally:
            self._producer.wait(sent)
        for message, _ in addressed:
            self.emit_after("enqueue", message, None)

    def _address(self, message: Message[Any], delay: int | None) -> tuple[Message[Any], str]:
        topics = self.topics(message.queue_name)
        if not delay and message.queue_name in self.delay_queues:  # from `enqueue`: the remaining time
            delay = max(1, round(message.options.get("eta", 0) - time.time() * 1000))
        if not delay:
            return message, topics.main
        eta = int(time.time() * 1000) + delay
        later = message.copy(queue_name=dq_name(message.queue_name), options={"eta": eta})
        later, tier = delayed(later, delay)
        return later, topics.delay(tier)

    def _send(self, message: Message[Any], topic: str) -> list[tuple[str, Any]]:
        """Starts to send. Returns the futures to wait for; inside an actor an empty list, as its delivery waits."""
        headers = _headers(message)
        if headers:
            message = replace(message, options={name: v for name, v in message.options.items() if name != "headers"})
        value, delivery = message.encode(), CURRENT.get()
        if len(value) > self.options.max_message_bytes:
            error = MessageTooLargeError(
                f"a message for {message.actor_name} has {len(value)} bytes, the limit is "
                f"{self.options.max_message_bytes}: store the content elsewhere and send a reference"
            )
            if delivery is not None and delivery.worked:
                delivery.refused = error
            raise error
        key = str(message.options.get("key", message.message_id)).encode()
        with uninterrupted():
            if delivery is not None and delivery.hold():
                self._producer.send_for(delivery, topic, value, key, headers)
                return []
            return [(topic, self._producer.send(topic, value, key, headers))]

    # consuming

    def emit_after(self, signal: str, *args: Any, **kwargs: Any) -> None:
        if signal == "process_message" and isinstance(args[0], KafkaMessage):
            args[0].delivery.worked = True
        super().emit_after(signal, *args, **kwargs)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30_000) -> Consumer:
        """Returns a consumer of a declared queue, or of its delay queue. Raises QueueNotFound.

        It waits up to `timeout` ms for the next message. `prefetch` is ignored, see ClientOptions.
        """
        del prefetch
        topics = self.topics(queue_name)
        is_delay = queue_name in self.delay_queues
        consumer = (DelayConsumer if is_delay else Consumer)(
            queue_name,
            topics,
            topics.delays if is_delay else {topics.main: 0},
            servers=self.servers,
            group=self.group(queue_name),
            producer=self._producer,
            options=self.options,
            solo_turn=self._solo_turn,
            timeout_ms=timeout,
        )
        self._consumers[queue_name] = consumer
        return consumer

    def stats(self) -> dict[str, QueueStats]:
        """Returns the current figures of each queue and delay queue that this process consumes."""
        return {queue_name: consumer.stats for queue_name, consumer in self._consumers.items()}

    def close(self) -> None:
        """Waits for messages that are being sent, and closes the producer; Dramatiq's worker closes the consumers."""
        self._producer.close()

    # for tests

    def flush(self, queue_name: str) -> None:
        """Deletes all records of a queue: waiting, delayed, and dead letters; not those that consumers have read."""
        topics = self.topics(queue_name)
        names = [topics.main, *topics.delays, topics.dead_letters]
        kafka_topics.empty(self.servers, names, security=self.options.security)

    def flush_all(self) -> None:
        """Deletes all records of all declared queues."""
        for queue_name in self.queues:
            self.flush(queue_name)

    def join(self, queue_name: str, *, timeout: int | None = None) -> None:
        """Waits until all messages of a queue are settled, delays included. Raises QueueJoinTimeout after `timeout` ms.

        It sees only commits, so it may return a commit interval after the work is done.
        """
        topics = self.topics(queue_name)
        deadline = None if timeout is None else time.monotonic() + timeout / 1000
        times_empty = 0
        with admin(self.servers, self.options.security) as client:
            while times_empty < 2:  # noqa: PLR2004  # a message may move between the two groups while they are read
                lag = group_lag(client, self.group(q_name(queue_name)), [topics.main])
                lag |= group_lag(client, self.group(dq_name(queue_name)), list(topics.delays))
                times_empty = 0 if any(lag.values()) else times_empty + 1
                if times_empty == 0 and deadline is not None and time.monotonic() > deadline:
                    raise QueueJoinTimeout(f"{queue_name} still has messages: {lag}")  # type: ignore[no-untyped-call]
                time.sleep(JOIN_POLL_SECONDS)


def _headers(message: Message[Any]) -> Headers | None:
    """Returns the message's option `headers`, texts by name, as headers of a Kafka record."""
    found = message.options.get("headers")
    return [(name, value.encode()) for name, value in found.items()] if found else None
