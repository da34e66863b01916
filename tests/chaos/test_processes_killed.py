"""SIGKILL while mail flows: every mail in custody posts once, and none twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ops.demo.waiting import wait_until
from tests.chaos.bench import MAILS, Bench, await_all_posted_once, deliver, running


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Yields the running casemail of these tests."""
    with running(tmp_path_factory.mktemp("chaos")) as bench:
        yield bench


def test_a_worker_killed_in_mid_run_loses_and_doubles_nothing(bench: Bench) -> None:
    letters = bench.letters("workers")
    with ThreadPoolExecutor(1) as pool:
        delivery = pool.submit(deliver, bench, letters)
        wait_until(lambda: len(bench.posted("workers")) > MAILS // 10, seconds=90, what="the first updates")
        bench.cluster.processes["worker"].kill()
        assert delivery.result(timeout=90) == MAILS
    assert 0 < len(bench.posted("workers")) < MAILS
    bench.cluster.start_process("worker")
    await_all_posted_once(bench, letters, "workers")


def test_kafka_killed_in_mid_run_and_started_again_loses_and_doubles_nothing(bench: Bench) -> None:
    letters, kafka = bench.letters("Kafka"), bench.cluster.kafka
    assert kafka is not None
    with ThreadPoolExecutor(1) as pool:
        delivery = pool.submit(deliver, bench, letters)
        wait_until(lambda: len(bench.posted("Kafka")) > MAILS // 10, seconds=90, what="the first updates")
        kafka.kill()
        # custody needs no Kafka: all mails are taken while it is away
        assert delivery.result(timeout=90) == MAILS
    assert 0 < len(bench.posted("Kafka")) < MAILS
    kafka.start()
    await_all_posted_once(bench, letters, "Kafka")
