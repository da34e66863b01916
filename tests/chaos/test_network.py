"""The network between the broker and Kafka breaks for a while: nothing is lost, and all goes on by itself."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from tests.chaos.chain import IMPATIENT, Chain
from tests.chaos.proxy import Fault, ProxiedKafka, Proxy
from tests.contract.rig import FAST, Rig
from workers.broker import KafkaBroker

FAULT_SECONDS = 5.0  # longer than the session and the delivery timeout
BACK_SECONDS = 25.0


# of the proxy: a connection that is cut off while it is being made
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning")


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxiedKafka]:
    with Proxy() as proxy, ProxiedKafka(tmp_path_factory.mktemp("proxied-kafka"), proxy) as kafka:
        yield kafka


@pytest.fixture
def chain(proxied: ProxiedKafka) -> Iterator[Chain]:
    """A chain whose broker knows Kafka only through the proxy; what looks at Kafka for the test goes past it."""
    with closing(Rig(proxied.servers)) as rig:
        broker = KafkaBroker(proxied.proxy.address, topic_prefix=rig.prefix, options=replace(FAST, **IMPATIENT))
        with closing(broker):
            yield Chain(rig, broker)


@pytest.mark.parametrize("kind", ["slow", "reset", "refuse", "blackhole"])
def test_a_broken_network_loses_nothing_and_all_goes_on_when_it_is_whole(
    kind: Fault, proxied: ProxiedKafka, chain: Chain
) -> None:
    with chain.running():
        with proxied.proxy.fault(kind):
            time.sleep(FAULT_SECONDS)
        chain.goes_on(BACK_SECONDS)
    assert chain.refused or kind in {"slow", "reset"}  # with luck these let through what is tried again
