"""Dramatiq on Apache Kafka. What always holds:

1. An offset is committed only when every delivered record below it is settled.
2. Settled means: Dramatiq has acknowledged the message, and Kafka all that was sent while it was worked on; or Kafka
   has acknowledged its dead letter.
3. One thread touches a KafkaConsumer, and it always polls.
4. An acknowledgement from before a rebalance settles nothing, and lost messages still in memory are not worked on.
5. No client is made at import time or before a fork, and no topic by chance.
6. A message over which workers die is a dead letter in the end, and a queue that buries everything stops.
7. What stalls shows in a metric and is made again: a consumer that reads nothing, joins for ever, hears nothing of its
   group, can't take over, has lost its topics or hangs; a producer that does not answer, or fails what it is given.
   What only a person can mend is logged once a minute: credentials, missing topics, commits that Kafka refuses.

What it does not promise:

- Once only. An actor must not mind to see a message twice: after a death, and of a partition that is taken away because
  another joins, as many as were out (the `prefetch` of each queue) and what was settled since the last commit; after a
  send that failed, for Kafka may have it all the same.
- Order. Messages of one key share a partition, but many threads work on them, and some are tried again. The partition
  of a key is not that of Java's clients.
- Delays to the second. They are rounded up to a sum of tiers (`delays.TIERS`), and are a minimum as far as the clocks
  of Kafka and of the workers agree.
- Messages for ever: Kafka deletes what is older than the topic's retention, worked on or not.
- That poison is always guilty. Nobody sees why a worker dies: what was out is tried record by record, one at a time in
  a process, and a record over which two owners die then is buried. As processes may die together, for the second time
  a record is tried while its queue tries no other, in any process. A healthy message is buried if twice, when it was
  tried, its process was killed from outside, left while Kafka was away, or died with one that tried for another queue.
- That a slow message costs nothing: it holds back the commits of its partition, so that a death repeats what was done
  behind it; `window` messages on, its partition is not read any more until it ends.
"""

import time
from collections.abc import Iterable
from typing import Any

import dramatiq
from dramatiq.common import dq_name, q_name
from dramatiq.errors import QueueJoinTimeout, QueueNotFound
from dramatiq.message import Message
from dramatiq.middleware import Middleware

from workers.broker import topics as kafka_topics
from workers.broker.clients.factory import admin
from workers.broker.consumer import Consumer, DelayConsumer
from workers.broker.delays import delayed
from workers.broker.errors import MessageTooLargeError
from workers.broker.metrics import QueueStats
from workers.broker.middleware import Deliveries, default_middleware
from workers.broker.options import ClientOptions
from workers.broker.poison.solo_turn import SoloTurn
from workers.broker.producer import Producer
from workers.broker.reading.delivery import CURRENT, KafkaMessage
from workers.broker.time_limit import uninterrupted
from workers.broker.topics import QueueTopics, group_lag

JOIN_POLL_SECONDS = 0.1


class KafkaBroker(dramatiq.Broker):
    """Actors on Kafka topics, one topic and one consumer group per queue, and one group for its delays.

    `servers` is a comma-separated list of host:port. `group_prefix` begins the names of the groups and `topic_prefix`
    those of the topics. `middleware` is put in place of `default_middleware()`.
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
        if not any(isinstance(one, Deliveries) for one in middleware):
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
        """Make a queue known, with its delays. Does not talk to Kafka; see `topics.ensure`."""
        if queue_name in self.queues:
            return
        self.emit_before("declare_queue", queue_name)
        self.queues.add(queue_name)
        self.emit_after("declare_queue", queue_name)
        self.delay_queues.add(dq_name(queue_name))
        self.emit_after("declare_delay_queue", dq_name(queue_name))

    def get_declared_queues(self) -> set[str]:
        return set(self.queues)

    def topics(self, queue_name: str) -> QueueTopics:
        """The topics of a declared queue, or of its delay queue. Raises QueueNotFound."""
        queue = q_name(queue_name)
        if queue not in self.queues:
            raise QueueNotFound(queue_name)  # type: ignore[no-untyped-call]
        return QueueTopics(queue, self.topic_prefix)

    def group(self, queue_name: str) -> str:
        """The consumer group that reads `queue_name`; a queue and its delay queue have one each."""
        return f"{self.group_prefix}.{self.topic_prefix}{queue_name}"

    # sending

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Send a message, in at least `delay` ms if given; its option `key` chooses the partition, else its id.

        Inside an actor this only starts to send: the message worked on settles when Kafka has acknowledged, and is
        worked on again if that fails. Elsewhere it waits for Kafka, and raises NotAcknowledged (a ConnectionClosed).
        Raises QueueNotFound and MessageTooLargeError.
        """
        message, topic = self._address(message, delay)
        self.emit_before("enqueue", message, delay)
        self._producer.wait(self._send(message, topic))
        self.emit_after("enqueue", message, delay)
        return message

    def enqueue_many(self, messages: Iterable[Message[Any]]) -> None:
        """Send `messages` side by side. Waits and raises as `enqueue` does, when what became of all is known."""
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
        if not delay and message.queue_name in self.delay_queues:  # as `enqueue` returned it: what is left
            delay = max(1, round(message.options.get("eta", 0) - time.time() * 1000))
        if not delay:
            return message, topics.main
        eta = int(time.time() * 1000) + delay
        later = message.copy(queue_name=dq_name(message.queue_name), options={"eta": eta})
        later, tier = delayed(later, delay)
        return later, topics.delay(tier)

    def _send(self, message: Message[Any], topic: str) -> list[tuple[str, Any]]:
        """Start to send; what comes back is to be waited for, nothing if the delivery worked on does."""
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
                self._producer.send_for(delivery, topic, value, key)
                return []
            return [(topic, self._producer.send(topic, value, key))]

    # consuming

    def emit_after(self, signal: str, *args: Any, **kwargs: Any) -> None:
        if signal == "process_message" and isinstance(args[0], KafkaMessage):
            args[0].delivery.worked = True
        super().emit_after(signal, *args, **kwargs)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30_000) -> Consumer:
        """The messages of a declared queue, or of its delay queue; `timeout` is how many ms to wait for the next.

        `prefetch` is ignored, see ClientOptions. Raises QueueNotFound.
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
        """How each queue, and delay queue, that this process consumes stands now."""
        return {queue_name: consumer.stats for queue_name, consumer in self._consumers.items()}

    def close(self) -> None:
        """Wait for what was sent, and close the producer; Dramatiq's worker closes the consumers."""
        self._producer.close()

    # for tests

    def flush(self, queue_name: str) -> None:
        """Delete all records of a queue: waiting, delayed, and dead letters. What consumers have read stays."""
        topics = self.topics(queue_name)
        names = [topics.main, *topics.delays, topics.dead_letters]
        kafka_topics.empty(self.servers, names, security=self.options.security)

    def flush_all(self) -> None:
        """Delete all records of all declared queues."""
        for queue_name in self.queues:
            self.flush(queue_name)

    def join(self, queue_name: str, *, timeout: int | None = None) -> None:
        """Wait until all messages of a queue are settled, delayed ones too. Raises QueueJoinTimeout after `timeout` ms.

        What is settled shows only when it is committed, so this may take a commit interval longer than the work.
        """
        topics = self.topics(queue_name)
        deadline = None if timeout is None else time.monotonic() + timeout / 1000
        empty_looks = 0
        with admin(self.servers, self.options.security) as client:
            while empty_looks < 2:  # noqa: PLR2004 - between one look at two groups a message may change over
                lag = group_lag(client, self.group(q_name(queue_name)), [topics.main])
                lag |= group_lag(client, self.group(dq_name(queue_name)), list(topics.delays))
                empty_looks = 0 if any(lag.values()) else empty_looks + 1
                if empty_looks == 0 and deadline is not None and time.monotonic() > deadline:
                    raise QueueJoinTimeout(f"{queue_name} still has messages: {lag}")  # type: ignore[no-untyped-call]
                time.sleep(JOIN_POLL_SECONDS)
