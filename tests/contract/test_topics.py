"""Making topics, looking at them, and waiting for queues."""

import threading

import dramatiq
import pytest
from dramatiq.errors import QueueJoinTimeout
from dramatiq.message import Message

from tests.contract.rig import Rig
from workers.broker import (
    KafkaRefused,
    KafkaUnreachable,
    TopicError,
    TopicSpec,
    check,
    clients,
    ensure,
    lag,
    queue_specs,
)


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
    with pytest.raises(TopicError, match=f"{name} has partitions 2, not 3; {name} has retention.ms 1000, not 2000"):
        ensure(rig.servers, [TopicSpec(name, 3, config={"retention.ms": "2000"})])
    with pytest.raises(TopicError, match=f"{name} has partitions 2, not 3"):
        check(rig.servers, [TopicSpec(name, 3), TopicSpec(f"{rig.prefix}missing", 1)])
    assert len(rig.ends("work")) == 2


def test_a_topic_that_kafka_will_not_make_is_an_error(rig: Rig) -> None:
    with pytest.raises(TopicError, match="replication"):
        ensure(rig.servers, [TopicSpec(f"{rig.prefix}work", 1, replication=3)])


def test_a_missing_topic_is_named(rig: Rig) -> None:
    with pytest.raises(TopicError, match=rf"missing.*{rig.prefix}nowhere"):
        lag(rig.servers, "group", [f"{rig.prefix}nowhere"])


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.usefixtures("refused_connections")
def test_kafka_that_does_not_answer_is_an_error_and_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(clients.COMMON, "bootstrap_timeout_ms", 200)
    threads = threading.active_count()
    with pytest.raises(KafkaUnreachable, match=r"does not answer at 127.0.0.1:1"):
        check("127.0.0.1:1", [])
    assert threading.active_count() == threads


def test_joining_waits_until_all_is_settled(rig: Rig) -> None:
    broker = rig.broker("work", partitions=2)
    runs: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="work", retry_delays=(1_000,))
    def work(number: int) -> None:
        runs.append(number)
        if number == 3 and runs.count(3) == 1:
            raise ValueError

    broker.enqueue_many([work.message(number) for number in range(20)])
    topic = broker.topics("work").main
    assert lag(rig.servers, broker.group("work"), [topic]) == {topic: 20}
    with pytest.raises(QueueJoinTimeout, match="work still has messages"):
        broker.join("work", timeout=100)
    with rig.working(broker, delays=True):
        broker.join("work", timeout=15_000)
        assert sorted(runs) == sorted([*range(20), 3])
    assert lag(rig.servers, broker.group("work"), [topic]) == {topic: 0}


def test_flushing_drops_what_is_there(rig: Rig) -> None:
    broker = rig.broker("work", "other")
    for queue in ("work", "other"):
        broker.enqueue(Message(queue, "none", (), {}, {}))
        broker.enqueue(Message(queue, "none", (), {}, {}), delay=1_000)
    broker.flush("work")
    broker.join("work", timeout=5_000)
    assert sum(lag(rig.servers, broker.group("other"), [broker.topics("other").main]).values()) == 1
    broker.flush_all()
    broker.join("other", timeout=5_000)


def test_a_kafka_that_is_too_old_is_told(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "OLDEST", (99, 0))  # there is none as old that still runs here
    threads = threading.active_count()
    with pytest.raises(KafkaRefused, match=r"is of version \d+\.\d+: version 99\.0 or later is needed"):
        check(rig.servers, [])
    assert threading.active_count() == threads
