"""Creating, checking and emptying topics, and counting the messages left in them."""

import threading

import pytest
from dramatiq.message import Message

from tests.contract.rig import Rig, take
from workers.broker import KafkaRefused, KafkaUnreachable, TopicError, TopicSpec, check, ensure, grow, lag, queue_specs
from workers.broker.clients import factory


def test_a_queue_brings_all_its_topics_once(rig: Rig) -> None:
    specs = queue_specs("work", partitions=3, prefix=rig.prefix)
    names = [f"{rig.prefix}work{end}" for end in ("", ".DQ.1s", ".DQ.5s", ".DQ.30s", ".DQ.5m", ".DQ.1h", ".XQ")]
    assert check(rig.servers, specs) == names
    assert ensure(rig.servers, specs) == names
    assert ensure(rig.servers, specs) == []
    assert check(rig.servers, specs) == []
    assert len(rig.ends("work")) == 3


def test_a_topic_that_differs_is_named_and_left_alone(rig: Rig) -> None:
    name = f"{rig.prefix}work"
    ensure(rig.servers, [TopicSpec(name, 2, config={"retention.ms": "1000"})])
    with pytest.raises(TopicError) as refused:
        ensure(rig.servers, [TopicSpec(name, 3, config={"retention.ms": "2000"})])
    assert f"{name} has partitions 2, not 3; {name} has retention.ms 1000, not 2000. What changes" in str(refused.value)
    assert f"kafka-topics.sh --alter --topic {name} --partitions 3" in str(refused.value)
    assert f"kafka-configs.sh --alter --topic {name} --add-config retention.ms=2000" in str(refused.value)
    with pytest.raises(TopicError, match="with 2 replicas for each partition"):
        check(rig.servers, [TopicSpec(name, 1, replication=2)])
    with pytest.raises(TopicError, match=f"{name} has partitions 2, not 3.*missing, too: {rig.prefix}missing"):
        check(rig.servers, [TopicSpec(name, 3), TopicSpec(f"{rig.prefix}missing", 1)])
    assert len(rig.ends("work")) == 2


def test_more_partitions_than_asked_for_are_a_warning(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    name = f"{rig.prefix}work"
    ensure(rig.servers, [TopicSpec(name, 3)])
    assert check(rig.servers, [TopicSpec(name, 3)]) == []
    assert not caplog.records
    assert check(rig.servers, [TopicSpec(name, 2)]) == []
    assert f"{{'{name}': 3}}" in caplog.text


def test_added_partitions_are_read_by_running_consumers_from_their_first_record_on(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(factory.COMMON, "metadata_max_age_ms", 500)
    broker = rig.broker("work")
    consumer = rig.consume(broker, "work")
    broker.enqueue(Message("work", "none", (0,), {}, {}))
    taken = take(consumer, 1)
    larger = queue_specs("work", partitions=3, prefix=rig.prefix)
    assert grow(rig.servers, larger) == {f"{rig.prefix}work": 3}
    assert grow(rig.servers, larger) == {}
    for partition in range(3):
        rig.put("work", Message("work", "none", (partition + 1,), {}, {}).encode(), partition=partition)
    taken += take(consumer, 3)
    assert {message.args[0] for message in taken} == {0, 1, 2, 3}
    assert check(rig.servers, larger) == []


def test_a_topic_that_kafka_will_not_make_is_an_error(rig: Rig) -> None:
    with pytest.raises(TopicError, match="replication"):
        ensure(rig.servers, [TopicSpec(f"{rig.prefix}work", 1, replication=3)])


def test_a_missing_topic_is_named(rig: Rig) -> None:
    with pytest.raises(TopicError, match=rf"missing.*{rig.prefix}nowhere"):
        lag(rig.servers, "group", [f"{rig.prefix}nowhere"])


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.usefixtures("refused_connections")
def test_kafka_that_does_not_answer_is_an_error_and_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(factory.COMMON, "bootstrap_timeout_ms", 200)
    threads = threading.active_count()
    with pytest.raises(KafkaUnreachable, match=r"does not answer at 127.0.0.1:1"):
        check("127.0.0.1:1", [])
    assert threading.active_count() <= threads


def test_the_lag_is_what_is_not_settled(rig: Rig) -> None:
    broker = rig.broker("work", partitions=2)
    topic, group = broker.topics("work").main, broker.group("work")
    broker.enqueue_many([Message("work", "none", (number,), {}, {}) for number in range(20)])
    assert lag(rig.servers, group, [topic]) == {topic: 20}
    consumer = rig.consume(broker, "work")
    for message in take(consumer, 20):
        consumer.ack(message)
    broker.join("work", timeout=60_000)
    assert lag(rig.servers, group, [topic]) == {topic: 0}


def test_a_kafka_that_is_too_old_is_reported(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factory, "OLDEST", (99, 0))  # no Kafka that is really too old runs here
    threads = threading.active_count()
    with pytest.raises(KafkaRefused, match=r"has version \d+\.\d+: version 99\.0 or later is needed"):
        check(rig.servers, [])
    assert threading.active_count() <= threads
