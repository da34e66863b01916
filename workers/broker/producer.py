"""The Kafka producer of a process. It is replaced when it stops answering; all consumers share one close deadline.

A client of kafka-python can get into a state in which it answers nothing more, without an error, or fails everything.
"""

import logging
import os
import threading
import time
from collections.abc import Iterable
from functools import partial
from typing import Any

from kafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError, RecordListTooLargeError

from workers.broker.clients.factory import make_producer
from workers.broker.errors import KafkaUnreachable, MessageTooLargeError, NotAcknowledged
from workers.broker.metrics import PRODUCERS_REBUILT
from workers.broker.options import ClientOptions
from workers.broker.reading.delivery import Delivery

logger = logging.getLogger(__name__)

Headers = list[tuple[str, bytes]]
TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
WAIT_MARGIN_SECONDS = 5.0  # callers wait longer than the producer tries, so no message is sent after they gave up
CLOSE_SECONDS = 10.0
DOUBT_SECONDS = 60.0  # age from which a client that fails a send is replaced, and least time between replacements


class _Client:
    """A client of kafka-python, and its unanswered sends in order."""

    def __init__(self, kafka: Any) -> None:
        self.kafka = kafka
        self.doubt_from = time.monotonic() + DOUBT_SECONDS
        self.open: dict[Any, float] = {}  # monotonic time of the send, by future

    def is_silent(self, seconds: float) -> bool:
        """Returns whether a send has waited longer than `seconds` for its answer."""
        oldest = next(iter(self.open.copy().values()), None)
        return oldest is not None and time.monotonic() - oldest >= seconds

    def end(self) -> None:
        """Closes the client, and fails its sends without an answer."""
        try:
            self.kafka.close(timeout=CLOSE_SECONDS)
        except KafkaError:
            self.kafka._sender.force_close()  # close() gives up before it does this
        self.fail()

    def fail(self) -> None:
        """Fails all sends without an answer: a later answer has no effect."""
        for future in list(self.open):
            future.failure(KafkaTimeoutError("the producer did not answer"))


class Producer:
    """Sends records. The client is created at the first use, and again in a forked process."""

    def __init__(self, servers: str, options: ClientOptions) -> None:
        self._servers = servers
        self._options = options
        # by process id: a parent's client is useless in a child, but closing or collecting it there would hang
        self._clients: dict[int, _Client] = {}
        self._making: dict[int, threading.Lock] = {}
        self._give_up_at: float | None = None
        self._longest_answer = options.delivery_timeout_ms / 1000 + WAIT_MARGIN_SECONDS

    def send(self, topic: str, value: bytes, key: bytes | None, headers: Headers | None = None) -> Any:
        """Starts to send. Returns the client's future.

        Does not wait, except for the connection and the topic's metadata at the first use.
        Raises MessageTooLargeError, or NotAcknowledged when Kafka does not answer or has no such topic.
        """
        return self._start(None, topic, value, key, headers)

    def send_for(
        self, delivery: Delivery, topic: str, value: bytes, key: bytes | None, headers: Headers | None = None
    ) -> None:
        """Starts to send, and releases a hold on `delivery` when Kafka has acknowledged or the send failed.

        Raises as `send` does; `delivery` then has the failure already.
        """
        try:
            self._start(delivery, topic, value, key, headers)
        except BaseException as error:
            delivery.release(error)
            raise

    def _start(
        self, delivery: Delivery | None, topic: str, value: bytes, key: bytes | None, headers: Headers | None
    ) -> Any:
        try:
            client = self._client()
            future = client.kafka.send(topic, value=value, key=key, headers=headers)
        except (KafkaError, KafkaUnreachable) as error:
            raise as_broker_error(error, topic) from error
        client.open[future] = time.monotonic()
        future.add_callback(partial(self._acknowledged, client, future, delivery))
        future.add_errback(partial(self._failed, client, future, delivery, topic))
        return future

    def wait(self, sent: Iterable[tuple[str, Any]]) -> None:
        """Waits until Kafka has acknowledged all of `sent`, pairs of topic and future.

        Raises the first error once all have ended: MessageTooLargeError, or NotAcknowledged.
        """
        deadline = time.monotonic() + self._longest_answer
        failure: Exception | None = None
        for topic, future in sent:
            try:
                future.get(timeout=max(0.0, deadline - time.monotonic()))
            except KafkaError as error:
                failure = failure or as_broker_error(error, topic)
        if failure:
            self.check()
            raise failure

    def check(self) -> None:
        """Fails the open sends of a client that stopped answering, and replaces it. Call it regularly."""
        client = self._clients.get(os.getpid())
        if client is not None and client.is_silent(self._longest_answer):
            logger.error("the Kafka producer does not answer")
            client.fail()
            self._start_replacing(client)

    @staticmethod
    def _acknowledged(client: _Client, future: Any, delivery: Delivery | None, _: object) -> None:
        client.open.pop(future, None)
        if delivery is not None:
            delivery.release()

    def _failed(
        self, client: _Client, future: Any, delivery: Delivery | None, topic: str, error: BaseException
    ) -> None:
        client.open.pop(future, None)
        if delivery is not None:
            delivery.release(as_broker_error(error, topic))
        if time.monotonic() >= client.doubt_from and not isinstance(error, TOO_LARGE):
            self._start_replacing(client)

    def _start_replacing(self, client: _Client) -> None:
        client.doubt_from = time.monotonic() + DOUBT_SECONDS
        threading.Thread(target=self._replace, args=(client,), name="producer", daemon=True).start()

    def _replace(self, client: _Client) -> None:
        """Replaces `client`; keeps it while no new client can connect."""
        pid = os.getpid()
        with self._making.setdefault(pid, threading.Lock()):
            if self._clients.get(pid) is not client:
                return
            try:
                self._clients[pid] = _Client(make_producer(self._servers, self._options))
            except KafkaUnreachable as error:
                logger.error("the Kafka producer does not come through: %s", error)  # noqa: TRY400  # the message says it all
                return
        PRODUCERS_REBUILT.inc()
        logger.warning("the Kafka producer was made again: it did not come through")
        client.end()

    def flush(self) -> None:
        """Waits until all sends have been acknowledged or have failed, callbacks included, up to CLOSE_SECONDS.

        A worker closes many consumers; they share this deadline, so that each does not wait for the same answers.
        """
        self._give_up_at = self._give_up_at or time.monotonic() + CLOSE_SECONDS
        try:
            if client := self._clients.get(os.getpid()):
                client.kafka.flush(timeout=max(0.0, self._give_up_at - time.monotonic()))
            self._give_up_at = None
        except KafkaError as error:
            logger.warning("messages are still not acknowledged: %s", error)

    def close(self) -> None:
        """Flushes and closes. Messages not acknowledged by then are dropped: their deliveries must not settle."""
        self.flush()
        if client := self._clients.pop(os.getpid(), None):
            try:
                client.kafka.close(timeout=1)
            except KafkaError as error:
                logger.warning("the Kafka producer was closed with messages unsent: %s", error)

    def _client(self) -> _Client:
        pid = os.getpid()
        client = self._clients.get(pid)
        if client is None:
            with self._making.setdefault(pid, threading.Lock()):
                client = self._clients.get(pid) or _Client(make_producer(self._servers, self._options))
                self._clients[pid] = client
        return client


def as_broker_error(error: BaseException, topic: str) -> MessageTooLargeError | NotAcknowledged:
    """Returns the broker's exception for an `error` of the client."""
    if isinstance(error, TOO_LARGE):
        return MessageTooLargeError(f"Kafka accepts no message of this size for topic {topic}: {error}")
    if isinstance(error, KafkaUnreachable):
        return NotAcknowledged(f"nothing was sent to topic {topic}: {error}")
    return NotAcknowledged(f"Kafka did not acknowledge a message for topic {topic}; does the topic exist? {error!r}")
