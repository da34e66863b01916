"""One record on its way through an actor, and what must happen before its offset may be committed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple

from dramatiq.broker import MessageProxy
from dramatiq.message import Message
from kafka import TopicPartition

logger = logging.getLogger(__name__)


class Source(NamedTuple):
    """The functions that a delivery calls in its buffer."""

    is_current: Callable[[Delivery], bool]  # whether the delivery's partition is still held
    finish: Callable[[Delivery], None]  # called once, when its last hold is released


class Delivery:
    """One record handed out once, under one assignment of its partition.

    It ends when every hold on it is released: Dramatiq's own, and one for each message sent while the actor ran.
    Only then does its offset settle. If a hold was released with a failure, the record is delivered again instead.
    `failures` counts the deliveries of this record that failed before, and `last_failure` is the error of the latest.
    `source` has functions of the buffer that handed it out.
    """

    __slots__ = (
        "_holds",
        "_lock",
        "_source",
        "epoch",
        "failure",
        "failures",
        "last_failure",
        "partition",
        "record",
        "refused",
        "worked",
    )

    def __init__(
        self,
        record: Any,
        partition: TopicPartition,
        epoch: int,
        source: Source,
        failures: int = 0,
        last_failure: BaseException | None = None,
    ) -> None:
        self.record = record
        self.partition = partition
        self.epoch = epoch
        self.failures = failures
        self.last_failure = last_failure
        self.failure: BaseException | None = None
        self.worked = False  # the actor has ended, and the middleware runs
        self.refused: Exception | None = None  # why the middleware could not send; Dramatiq swallows its exceptions
        self._source = source
        self._holds = 1
        self._lock = threading.Lock()

    @property
    def current(self) -> bool:
        """False once its partition has been lost: working on the record would be useless."""
        return self._source.is_current(self)

    def hold(self) -> bool:
        """Adds a hold. Returns False if the delivery has ended already."""
        with self._lock:
            if not self._holds:
                return False
            self._holds += 1
            return True

    def release(self, failure: BaseException | None = None) -> None:
        """Removes a hold; with `failure`, the record will be delivered again."""
        if failure is not None:
            logger.warning("%s at offset %d will be delivered again: %s", self.partition, self.record.offset, failure)
        with self._lock:
            self.failure = self.failure or failure
            self._holds -= 1
            ended = not self._holds
        if ended:
            self._source.finish(self)


class KafkaMessage(MessageProxy):
    """A message with its delivery, as Dramatiq's workers pass it around."""

    def __init__(self, message: Message[Any], delivery: Delivery) -> None:
        super().__init__(message)
        self.delivery = delivery
        self.undecided = False  # an actor was started, and the outcome of the message is not known yet
        self.retried = False  # the next attempt has been sent to Kafka


#: The delivery that the current thread (or an actor's task) works on.
CURRENT: ContextVar[Delivery | None] = ContextVar("CURRENT", default=None)
