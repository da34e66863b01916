"""The network between the broker and Kafka breaks for a while: nothing is lost, and work goes on by itself."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import pytest
from dramatiq import Actor, actor

from tests.chaos.two_actors import IMPATIENT, Chain
from tests.contract.rig import FAST, Rig, eventually
from tests.servers.silent_proxy import Fault, ProxiedKafka, Proxy
from workers.broker import KafkaBroker, ensure, queue_specs
from workers.broker.clients import factory
from workers.broker.options import ClientOptions
from workers.broker.poison import ownership

FAULT_SECONDS = 5.0  # longer than the session and the delivery timeout
BACK_SECONDS = 90.0


# the warning comes from the proxy when a connection is cut off while it is being made
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning")


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxiedKafka]:
    with Proxy() as proxy, ProxiedKafka(tmp_path_factory.mktemp("proxied-kafka"), proxy) as kafka:
        yield kafka


@pytest.fixture
def rig(proxied: ProxiedKafka) -> Iterator[Rig]:
    """Yields the test's own access to Kafka, past the proxy."""
    with closing(Rig(proxied.servers)) as rig:
        yield rig


@pytest.fixture
def options() -> ClientOptions:
    return replace(FAST, **IMPATIENT)


@pytest.fixture
def broker(proxied: ProxiedKafka, rig: Rig, options: ClientOptions) -> Iterator[KafkaBroker]:
    """Yields a broker that reaches Kafka only through the proxy."""
    with closing(KafkaBroker(proxied.proxy.address, topic_prefix=rig.prefix, options=options)) as broker:
        yield broker


@pytest.mark.parametrize("kind", ["slow", "reset", "refuse", "blackhole"])
def test_a_broken_network_loses_nothing_and_all_goes_on_when_it_is_whole(
    kind: Fault, proxied: ProxiedKafka, rig: Rig, broker: KafkaBroker
) -> None:
    chain = Chain(rig, broker)
    with chain.running():
        with proxied.proxy.fault(kind):
            time.sleep(FAULT_SECONDS)
        chain.goes_on(BACK_SECONDS)
    assert chain.refused or kind in {"slow", "reset"}  # through these a repeated send may succeed


def one_queue(rig: Rig, broker: KafkaBroker, done: list[int]) -> Actor[[int], None]:
    """Returns an actor on a queue of one partition, which adds each number that it works on to `done`."""
    broker.declare_queue("work")
    ensure(rig.servers, queue_specs("work", partitions=1, prefix=rig.prefix))
    return actor(broker=broker, queue_name="work")(done.append)


def test_answers_that_were_lost_are_not_awaited_for_ever(
    proxied: ProxiedKafka, rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    options = replace(
        FAST, session_timeout_ms=2_000, join_margin_ms=1_000, request_timeout_ms=120_000, delivery_timeout_ms=150_000
    )
    done: list[int] = []
    with closing(KafkaBroker(proxied.proxy.address, topic_prefix=rig.prefix, options=options)) as broker:
        work = one_queue(rig, broker, done)
        work.send(1)
        with rig.working(broker):
            eventually(lambda: done == [1] and rig.all_committed("work"))
            with proxied.proxy.fault("blackhole"):
                time.sleep(2)  # requests meanwhile get no answer, but their connections stay open
            rig.put("work", work.message(2).encode())
            eventually(lambda: done == [1, 2] and rig.all_committed("work"), BACK_SECONDS)
    assert "is made again" in caplog.text  # by the watchdog that saw it first: this machine itself may stand still


@pytest.mark.parametrize("options", [replace(FAST, **IMPATIENT, join_margin_ms=0)], ids=["no margin"])
def test_a_partition_that_could_not_be_taken_over_is_taken_over_by_another_client(
    proxied: ProxiedKafka,
    rig: Rig,
    broker: KafkaBroker,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[int] = []
    work = one_queue(rig, broker, done)
    rig.put("work", work.message(1).encode())
    fault = ExitStack()
    take_over = ownership.take_over

    def take_over_cut_off(*arguments: Any) -> ownership.Takeover:
        """Breaks the network after the last ownership was read and before anything is committed."""
        monkeypatch.setattr(ownership, "take_over", take_over)
        fault.enter_context(proxied.proxy.fault("blackhole"))
        return take_over(*arguments)

    monkeypatch.setattr(ownership, "take_over", take_over_cut_off)
    monkeypatch.setitem(factory.COMMON, "bootstrap_timeout_ms", 1_500)  # into the broken network
    with fault, rig.working(broker):
        eventually(lambda: "can't take over its partitions" in caplog.text)
        assert done == []
        assert rig.committed("work") == {}
        fault.close()
        eventually(lambda: done == [1] and rig.all_committed("work"), BACK_SECONDS)
    assert "is made again: it could not take over" in caplog.text
