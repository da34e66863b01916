"""Messages that are sent, consumed and acknowledged or rejected without a worker."""

import time
from typing import Any

import dramatiq
import pytest
from dramatiq.errors import QueueJoinTimeout

from tests.contract.dramatiq_broker.sides import Side, Witness, message, next_of


def test_sending_tells_the_middleware_and_gives_the_message_back(side: Side) -> None:
    broker = side.broker()
    seen: list[tuple[Any, ...]] = []
    broker.declare_queue("other")  # a queue without a consumer
    broker.add_middleware(Witness("a", seen))
    seen.clear()
    at_once = broker.enqueue(message(1, "other"))
    now_ms = int(time.time() * 1000)
    later = broker.enqueue(message(2, "other"), delay=1_000)
    assert (at_once.args, at_once.queue_name, at_once.options) == ((1,), "other", {})
    assert (later.args, later.queue_name) == ((2,), "other.DQ")
    assert 0 <= later.options["eta"] - now_ms - 1_000 < 10_000
    assert seen == [
        ("a before_enqueue", at_once, None),
        ("a after_enqueue", at_once, None),
        ("a before_enqueue", later, 1_000),
        ("a after_enqueue", later, 1_000),
    ]
    broker.flush_all()


def test_a_consumer_gives_a_message_or_after_its_timeout_none(broker: dramatiq.Broker) -> None:
    consumer = broker.consume(queue_name="hand", prefetch=2, timeout=200)
    assert iter(consumer) is consumer
    begun = time.monotonic()
    assert next(consumer) is None
    assert time.monotonic() - begun > 0.15
    sent = broker.enqueue(message())
    taken = next_of(consumer)
    assert (taken.asdict(), taken.failed) == (sent.asdict(), False)
    consumer.ack(taken)
    consumer.close()


def test_messages_are_acknowledged_and_rejected_in_any_order_and_joining_waits_for_all(
    side: Side, broker: dramatiq.Broker
) -> None:
    sent = [broker.enqueue(message(number)) for number in range(4)]
    consumer = broker.consume(queue_name="hand", prefetch=4, timeout=100)
    taken = [next_of(consumer) for _ in sent]
    consumer.ack(taken[3])
    consumer.nack(taken[1])
    consumer.ack(taken[2])
    with pytest.raises(QueueJoinTimeout):
        broker.join("hand", timeout=200)
    consumer.ack(taken[0])
    broker.join("hand", timeout=60_000)
    consumer.close()
    assert side.dead_letters(broker, "hand") == [sent[1].message_id]


def test_flushing_drops_the_messages_of_a_queue_and_delayed_ones_too(broker: dramatiq.Broker) -> None:
    broker.declare_queue("other")
    for queue in ("hand", "other"):
        broker.enqueue(message(queue=queue))
        broker.enqueue(message(queue=queue), delay=1_000)
    broker.flush("hand")
    broker.flush("hand.DQ")
    broker.join("hand", timeout=60_000)
    with pytest.raises(QueueJoinTimeout):
        broker.join("other", timeout=100)
    broker.flush_all()
    broker.join("other", timeout=60_000)


def test_closing_twice_is_fine(broker: dramatiq.Broker) -> None:
    broker.enqueue(message())
    broker.flush_all()
    broker.close()
    broker.close()
