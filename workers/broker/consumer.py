"""Dramatiq's consumers: `Consumer` reads the main topic of a queue, `DelayConsumer` its delay topics."""

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.common import q_name
from dramatiq.errors import BrokerError, DecodeError
from dramatiq.message import Message

from workers.broker.circuit_breaker import CircuitBreaker
from workers.broker.dead_letters import dead_letter
from workers.broker.delays import delay_left, delayed
from workers.broker.errors import MessageTooLargeError, PoisonError
from workers.broker.metrics import WAIT, QueueStats, count_dead_letter, show
from workers.broker.options import ClientOptions
from workers.broker.poison.solo_turn import SoloTurn
from workers.broker.producer import Headers, Producer
from workers.broker.reading.buffer import RecordBuffer
from workers.broker.reading.delivery import Delivery, KafkaMessage
from workers.broker.reading.poller import Poller
from workers.broker.topics import QueueTopics

logger = logging.getLogger(__name__)

STOP_SECONDS = 15.0
SHOW_SECONDS = 1.0  # between two updates of the metrics
SILENT_SECONDS = 90.0  # a thread without a poll for this long hangs: its longest step takes less than half


class Undecided(Exception):  # noqa: N818  # a state, never raised
    """The actor of a message was started, and its outcome is unknown."""


class Consumer(dramatiq.Consumer):
    """Hands out the messages of one queue, and ends them. A poll thread reads the records into a buffer."""

    def __init__(
        self,
        queue_name: str,
        topics: QueueTopics,
        delays: Mapping[str, int],
        *,
        servers: str,
        group: str,
        producer: Producer,
        options: ClientOptions,
        solo_turn: SoloTurn,
        timeout_ms: int,
    ) -> None:
        self._queue_name = queue_name
        self._topics = topics
        self._producer = producer
        self._seconds = timeout_ms / 1000
        self._taken: deque[Delivery] = deque()
        self._closing = threading.Event()
        self._breaker = CircuitBreaker(
            count=options.breaker_count, ratio=options.breaker_ratio, seconds=options.breaker_ms / 1000
        )
        self._shown = QueueStats()
        self._show_next = 0.0

        def reader() -> tuple[RecordBuffer, Poller]:
            buffer = RecordBuffer(delays, options, solo_turn)
            return buffer, Poller(servers, group, delays, buffer, options)

        self._make_reader = reader
        self._buffer, self._poller = reader()
        self._poller.start()

    @property
    def stats(self) -> QueueStats:
        buffer, poller = self._buffer, self._poller
        full, standstill = buffer.held_up()
        return QueueStats(
            buffered=buffer.buffered,
            in_flight=buffer.in_flight,
            rebuilt=poller.rebuilt,
            redelivered=buffer.redelivered,
            last_commit=poller.last_commit,
            reading=poller.reading,
            stopped=self._breaker.is_open,
            full=full,
            standstill=standstill,
            refused=poller.refused,
        )

    def _maintain(self) -> None:
        """Updates the metrics, and replaces a poll thread that hangs, and a producer that no longer sends."""
        if self._poller.silent > SILENT_SECONDS:
            logger.critical("the poll thread of queue %s hangs: another takes its place", self._queue_name)
            buffer, poller = self._buffer, self._poller
            self._buffer, self._poller = self._make_reader()
            self._buffer.redelivered, self._poller.rebuilt = buffer.redelivered, poller.rebuilt + 1
            poller.stop(0)
            buffer.drop()  # its deliveries no longer settle anything
            self._poller.start()
        self._producer.check()
        self._show(self.stats)

    def _show(self, stats: QueueStats) -> None:
        show(self._queue_name, stats, self._shown)
        self._shown = stats
        self._show_next = time.monotonic() + SHOW_SECONDS

    def __next__(self) -> KafkaMessage | None:
        if time.monotonic() >= self._show_next:
            self._maintain()
        if not self._taken:
            self._taken.extend(self._buffer.take(self._seconds))
        if not self._taken:
            return None
        if not self._breaker.may_take():
            self._closing.wait(self._seconds)
            return None
        delivery = self._taken.popleft()
        if not delivery.current:
            delivery.release()
            return None
        try:
            message = KafkaMessage(_decode(delivery.record.value, self._queue_name), delivery)
        except DecodeError as error:
            self._bury(delivery, error)
            return None
        if isinstance(delivery.last_failure, MessageTooLargeError):  # Kafka refused a message that the actor sent
            message.stuff_exception(delivery.last_failure)
            self.nack(message)
            return None
        return self._receive(message)

    def _receive(self, message: KafkaMessage) -> KafkaMessage | None:
        message.options.pop("eta", None)  # Dramatiq would keep a message with an eta in memory
        if headers := message.delivery.record.headers:  # a retry, which is a copy, has them too
            message.options["headers"] = {name: (value or b"").decode("utf-8", "replace") for name, value in headers}
        # the clocks of sender and consumer may differ
        WAIT.labels(self._queue_name).observe(max(0.0, time.time() - message.delivery.record.timestamp / 1000))
        return message

    def ack(self, message: MessageProxy) -> None:
        """Ends a message that Dramatiq has finished; it settles when all its sends are acknowledged. Does not wait."""
        assert isinstance(message, KafkaMessage)
        unknown = Undecided("the worker failed around the actor") if message.undecided else None
        if not unknown and not message.retried:
            self._breaker.ended(dead=False)
        message.delivery.release(unknown)

    def nack(self, message: MessageProxy) -> None:
        """Ends a message that failed for good; it settles when its dead letter is acknowledged. Does not wait."""
        assert isinstance(message, KafkaMessage)
        error = message._exception or Undecided("it was rejected without an exception")
        if isinstance(message.delivery.last_failure, PoisonError):  # its actor never raised
            error = message.delivery.last_failure
        self._bury(message.delivery, error, message.actor_name, message.options)

    def close(self) -> None:
        """Stops handing out messages, waits for those being sent, commits, and leaves the group."""
        self._closing.set()
        self._buffer.close()
        self._producer.flush()
        self._poller.stop(STOP_SECONDS)
        self._show(QueueStats(rebuilt=self._poller.rebuilt, redelivered=self._buffer.redelivered))

    def _bury(
        self,
        delivery: Delivery,
        error: BaseException,
        actor: str = "",
        options: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        record = delivery.record
        logger.error("%s at offset %d is a dead letter: %s", delivery.partition, record.offset, error)
        count_dead_letter(self._queue_name, error)
        if self._breaker.ended(dead=True):
            logger.critical("queue %s is stopped: nearly all its messages end as dead letters", self._queue_name)
        self._replace(
            delivery, self._topics.dead_letters, *dead_letter(delivery, actor=actor, error=error, options=options)
        )

    def _replace(self, delivery: Delivery, topic: str, value: bytes, headers: Headers | None = None) -> None:
        """Ends `delivery` by sending `value` to `topic` in its place; if that fails, it is delivered again."""
        delivery.hold()
        try:
            self._producer.send_for(delivery, topic, value, delivery.record.key, headers)
        except BrokerError as error:
            logger.debug("noted on the delivery already: %s", error)
        finally:
            delivery.release()


class DelayConsumer(Consumer):
    """Moves due messages from the delay topics to the main topic of the queue; hands no message to Dramatiq."""

    def _receive(self, message: KafkaMessage) -> None:
        headers = list(message.delivery.record.headers)
        if left := delay_left(message._message):
            later, tier = delayed(message._message, left)
            self._replace(message.delivery, self._topics.delay(tier), later.encode(), headers)
            return
        for option in ("eta", "delay_left"):
            message.options.pop(option, None)
        due = message.copy(queue_name=q_name(message.queue_name))
        self._replace(message.delivery, self._topics.main, due.encode(), headers)


def _decode(value: bytes | None, queue_name: str) -> Message[Any]:
    """Decodes the message in a record of `queue_name`. Raises DecodeError if Dramatiq could not work on it."""
    message: Message[Any] = Message.decode(value or b"")
    texts, options = (message.actor_name, message.message_id), message.options
    if message.queue_name != queue_name:
        problem = f"it names the queue {message.queue_name!r}, not {queue_name!r}"
    elif not all(isinstance(text, str) for text in texts) or not isinstance(options, dict):
        problem = "its fields are not those of a message"
    elif not isinstance(options.get("retries", 0), int) or not isinstance(options.get("history", []), list):
        problem = "its options are not those of a message that was tried before"
    else:
        return message
    raise DecodeError(problem, value, None)  # type: ignore[no-untyped-call]
