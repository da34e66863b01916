"""Sending messages, outside and inside of actors."""

import os
from collections.abc import Callable
from typing import Any

import dramatiq
import pytest
from dramatiq.errors import ConnectionClosed
from dramatiq.message import Message
from dramatiq.middleware import Pipelines
from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError

from tests.contract.rig import Rig, eventually
from workers.broker import KafkaBroker, MessageTooLargeError, producer
from workers.broker.clients.factory import make_producer


def message(queue: str = "work", **options: Any) -> Message[Any]:
    return Message(queue_name=queue, actor_name="note", args=(), kwargs={}, options=options)


def test_messages_with_one_key_go_to_one_partition(rig: Rig) -> None:
    broker = rig.broker("work", partitions=4)
    broker.enqueue_many([message(key="tenant-1") for _ in range(8)])
    assert len({(record.partition, record.key) for record in rig.records("work")}) == 1


def test_messages_without_a_key_are_spread(rig: Rig) -> None:
    broker = rig.broker("work", partitions=4)
    broker.enqueue_many([message() for _ in range(40)])
    assert {record.partition for record in rig.records("work")} == {0, 1, 2, 3}


def test_what_one_actor_sends_reaches_the_next(rig: Rig) -> None:
    broker = rig.broker("first", "second")
    seen: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="first")
    def first(number: int) -> None:
        second.send(number)
        second.send(-number)

    @dramatiq.actor(broker=broker, queue_name="second")
    def second(number: int) -> None:
        seen.append(number)

    with rig.working(broker):
        broker.enqueue_many([first.message(number) for number in range(1, 51)])
        eventually(lambda: len(seen) >= 100)
        eventually(lambda: rig.all_committed("first"))
    assert sorted(seen) == [*range(-50, 0), *range(1, 51)]


def test_outside_an_actor_a_message_that_kafka_does_not_take_is_an_error(rig: Rig) -> None:
    broker = rig.broker("work", metadata_timeout_ms=300)
    broker.declare_queue("nowhere")
    with pytest.raises(ConnectionClosed, match="nowhere; does the topic exist"):
        broker.enqueue(message("nowhere"))
    with pytest.raises(ConnectionClosed, match="nowhere"):
        broker.enqueue_many([message(), message("nowhere"), message()])
    assert rig.count("work") == 1


def test_a_message_that_is_too_large_is_an_error(rig: Rig) -> None:
    broker = rig.broker("work", max_message_bytes=1_000)
    with pytest.raises(MessageTooLargeError, match="the limit is 1000: store the content elsewhere"):
        broker.enqueue(message(padding="x" * 1_000))
    assert rig.count("work") == 0


def is_too_large(broker: KafkaBroker) -> bool:
    """Sends a message of 1,000 letters to the queue `next`; returns whether it is refused as too large."""
    try:
        broker.enqueue(message("next", padding="x" * 1_000))
    except MessageTooLargeError:
        return True
    return False


@pytest.mark.parametrize("limit_of", ["ours", "the topic's"])
def test_an_actor_that_sends_too_large_a_message_fails_for_good(rig: Rig, limit_of: str) -> None:
    broker = rig.broker("work", "next", max_message_bytes=1_000 if limit_of == "ours" else 1_000_000)
    rig.configure("next", {"max.message.bytes": "1000"})

    @dramatiq.actor(broker=broker, queue_name="work")
    def inflate() -> None:
        broker.enqueue(message("next", padding="x" * 1_000))

    eventually(lambda: is_too_large(broker))  # Kafka may need a moment until a topic has its new limit
    with rig.working(broker):
        inflate.send()
        eventually(lambda: rig.count("work.XQ"))
        eventually(lambda: rig.all_committed("work"))
    [letter] = rig.records("work.XQ")
    assert dict(letter.headers)["dead-letter.error"] == b"MessageTooLargeError"


def test_a_result_that_is_too_large_to_hand_on_is_a_dead_letter(rig: Rig) -> None:
    broker = rig.broker("work", max_message_bytes=1_000)
    broker.add_middleware(Pipelines())

    @dramatiq.actor(broker=broker, queue_name="work")
    def inflate() -> str:
        return "x" * 1_000

    @dramatiq.actor(broker=broker, queue_name="work")
    def after(text: str) -> None:
        raise AssertionError(text)

    chain = dramatiq.pipeline([inflate.message(), Message("work", "after", (), {}, {})], broker=broker)
    chain.run()  # type: ignore[no-untyped-call]
    with rig.working(broker):
        broker.join("work", timeout=60_000)
    assert rig.count("work.XQ") == 1


def send_until_it_fails(send: Callable[[], Any]) -> None:
    """Sends until sending raises: Kafka takes a while to delete a topic, then the sends are retried and time out."""
    while True:
        send()


def test_after_a_send_that_timed_out_the_producer_goes_on(rig: Rig) -> None:
    broker = rig.broker("work", "lost", request_timeout_ms=1_000, delivery_timeout_ms=2_000)
    broker.enqueue(message("lost"))
    rig.admin.delete_topics([f"{rig.prefix}lost"])
    with pytest.raises(ConnectionClosed, match="lost"):
        send_until_it_fails(lambda: broker.enqueue(message("lost")))
    broker.enqueue(message())
    assert rig.count("work") == 1


def test_the_idempotent_producer_stops_for_good_after_a_send_that_timed_out(rig: Rig) -> None:
    """Shows a fault of kafka-python. If it fails, the fault is fixed: see `make_producer` in
    workers.broker.clients.factory."""
    rig.broker("work", "lost")
    with KafkaProducer(bootstrap_servers=rig.servers, request_timeout_ms=1_000, delivery_timeout_ms=2_000) as client:
        client.send(f"{rig.prefix}lost", b"").get(timeout=60)
        rig.admin.delete_topics([f"{rig.prefix}lost"])
        with pytest.raises(KafkaTimeoutError, match="Expiring"):
            send_until_it_fails(lambda: client.send(f"{rig.prefix}lost", b"").get(timeout=60))
        with pytest.raises(KafkaTimeoutError, match="Timeout after waiting"):
            client.send(f"{rig.prefix}work", b"").get(timeout=5)
        client._sender.force_close()


def test_a_producer_that_answers_nothing_more_is_replaced_and_what_it_owed_is_sent(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer, "WAIT_MARGIN_SECONDS", 1.0)
    broker = rig.broker("work", "next", "lost", request_timeout_ms=1_000, delivery_timeout_ms=2_000)
    stalling = KafkaProducer(bootstrap_servers=rig.servers, request_timeout_ms=1_000, delivery_timeout_ms=2_000)
    monkeypatch.setattr(producer, "make_producer", lambda *_: stalling)

    @dramatiq.actor(broker=broker, queue_name="work")
    def work() -> None:
        broker.enqueue(message("next"))

    broker.enqueue(message("lost"))
    rig.admin.delete_topics([f"{rig.prefix}lost"])
    with pytest.raises(ConnectionClosed, match="lost"):
        send_until_it_fails(lambda: broker.enqueue(message("lost")))
    monkeypatch.setattr(producer, "make_producer", make_producer)
    rig.put("work", work.message().encode())
    with rig.working(broker):
        eventually(lambda: rig.all_committed("work"))
    assert rig.count("next") >= 1
    broker.enqueue(message("next"))


def test_a_producer_that_fails_for_a_while_is_replaced(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producer, "DOUBT_SECONDS", 0.0)
    broker = rig.broker("work", "next", linger_ms=20)
    broker.enqueue(message())
    before = broker._producer._client()
    rig.refuse("next")
    with pytest.raises(ConnectionClosed):
        broker.enqueue(message("next"))
    eventually(lambda: broker._producer._client() is not before)
    broker.enqueue(message())
    assert rig.count("work") == 2


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_sends_with_a_producer_of_its_own(rig: Rig) -> None:
    broker = rig.broker("work")
    broker.enqueue(message())
    child = os.fork()
    if not child:
        try:
            broker.enqueue(message())
            os._exit(0)
        finally:
            os._exit(1)
    pid, status = eventually(lambda: (ended := os.waitpid(child, os.WNOHANG)) != (0, 0) and ended)
    assert (pid, status) == (child, 0)
    broker.enqueue(message())
    assert rig.count("work") == 3
