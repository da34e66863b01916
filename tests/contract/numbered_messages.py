"""Writes numbered messages into partitions of the topic `work`, and reads them without a worker."""

from collections.abc import Iterable
from typing import Any

from dramatiq.message import Message

from tests.contract.rig import Rig, take
from workers.broker import KafkaBroker
from workers.broker.consumer import Consumer


def fill(rig: Rig, *, partitions: int, each: int) -> None:
    """Puts `each` numbered messages into every partition of `work`."""
    for partition in range(partitions):
        put(rig, partition, range(each))


def put(rig: Rig, partition: int, numbers: Iterable[int]) -> None:
    """Puts messages with `numbers` into one partition of `work`."""
    for number in numbers:
        message: Message[Any] = Message("work", "none", (partition, number), {}, {})
        rig.put("work", message.encode(), partition=partition)


def read(consumer: Consumer, count: int) -> list[tuple[int, int]]:
    """Takes `count` messages and acknowledges each. Returns partition and number of each."""
    seen = []
    for _ in range(count):
        [message] = take(consumer, 1)
        consumer.ack(message)
        seen.append((message.args[0], message.args[1]))
    return seen


def small_broker(rig: Rig, partitions: int) -> KafkaBroker:
    """Returns a broker that hands out one message at a time, so that reading pauses at four messages."""
    return rig.broker("work", partitions=partitions, prefetch=1)
