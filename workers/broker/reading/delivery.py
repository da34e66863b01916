"""A record on its way through an actor, and what must happen before its offset may be committed."""

from __future__ import annotations

import logging
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from dramatiq.broker import MessageProxy
from dramatiq.message import Message
from kafka import TopicPartition

if TYPE_CHECKING:
    from workers.broker.reading.buffer import RecordBuffer

logger = logging.getLogger(__name__)


class Delivery:
    """One record given out once, under one assignment of its partition.

    It is over when every hold on it is released: Dramatiq's own, and one for each message sent while it was worked
    on. Only then does its offset settle; if one of them failed, the record is delivered again instead: `failures` is
    how many deliveries of it failed before this one, and `last_failure` what the last of them failed of.
    """

    __slots__ = (
        "_holds",
        "_inbox",
        "_lock",
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
        inbox: RecordBuffer,
        failures: int = 0,
        last_failure: BaseException | None = None,
    ) -> None:
        self.record = record
        self.partition = partition
        self.epoch = epoch
        self.failures = failures
        self.last_failure = last_failure
        self.failure: BaseException | None = None
        self.worked = False  # its actor has ended, and the middleware runs
        self.refused: Exception | None = None  # what the middleware could not send; Dramatiq swallows what it raises
        self._inbox = inbox
        self._holds = 1
        self._lock = threading.Lock()

    @property
    def current(self) -> bool:
        """False once its partition has been lost: working on it would be in vain."""
        return self._inbox.is_current(self)

    def hold(self) -> bool:
        """Keep it open for one thing more. Returns False if it is over already."""
        with self._lock:
            if not self._holds:
                return False
            self._holds += 1
            return True

    def release(self, failure: BaseException | None = None) -> None:
        """Let go of one hold; with `failure` the record will be delivered again."""
        if failure is not None:
            logger.warning("%s at offset %d will be delivered again: %s", self.partition, self.record.offset, failure)
        with self._lock:
            self.failure = self.failure or failure
            self._holds -= 1
            over = not self._holds
        if over:
            self._inbox.finish(self)


class KafkaMessage(MessageProxy):
    """A message with the delivery it came by, as Dramatiq's workers hand it around."""

    def __init__(self, message: Message[Any], delivery: Delivery) -> None:
        super().__init__(message)
        self.delivery = delivery
        self.undecided = False  # an actor was started, and nobody has said yet what becomes of the message
        self.retried = False  # a later attempt is on its way to Kafka


#: the delivery that the current thread (or task of an actor) works on
CURRENT: ContextVar[Delivery | None] = ContextVar("CURRENT", default=None)
