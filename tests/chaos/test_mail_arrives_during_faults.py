"""Mail comes in while Kafka, PostgreSQL or the topics are gone, and while the disk is full: every mail ends once."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient
from sqlalchemy import text

from ops.demo.delivery import Letter
from ops.demo.waiting import wait_until
from ops.embedded.process import free_port
from ops.kafka import ensure_topics
from storage.blobs.store import Blobs
from storage.resources import Resources
from tests.builders.world import World
from tests.chaos.bench import Bench, await_all_posted_once, deliver, running
from tests.contract.rig import ROUNDS
from tests.servers.lmtp import serving
from tests.servers.postfix import Postfix
from tests.servers.small_disk import small_disk

pytestmark = pytest.mark.timeout(600)
LONG = ROUNDS > 2
MAILS = 1_000 if LONG else 300
KAFKA_SECONDS = 60.0 if LONG else 15.0
POSTGRES_SECONDS = 30.0 if LONG else 8.0


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with running(tmp_path_factory.mktemp("intake")) as bench:
        yield bench


def hand_over(postfix: Postfix, letters: dict[str, Letter]) -> None:
    """Gives all the mails to Postfix."""
    with postfix.client() as client:
        for letter in letters.values():
            client.sendmail(letter.sender, [letter.recipient], letter.data)


def test_while_kafka_is_gone_every_mail_is_accepted_and_then_ends_once(bench: Bench) -> None:
    letters, kafka = bench.letters("Kafka gone", MAILS), bench.cluster.kafka
    assert kafka is not None
    kafka.kill()
    gone = time.monotonic()
    assert deliver(bench, letters) == MAILS
    assert bench.posted("Kafka gone") == []
    time.sleep(max(0.0, gone + KAFKA_SECONDS - time.monotonic()))
    kafka.start()
    await_all_posted_once(bench, letters, "Kafka gone")


def test_while_postgresql_is_gone_postfix_keeps_what_we_cant_take_and_all_enter_once(bench: Bench) -> None:
    letters, postgres = bench.letters("PostgreSQL gone", MAILS), bench.cluster.postgres
    assert postgres is not None
    with Postfix(f"lmtp:inet:127.0.0.1:{bench.cluster.settings.lmtp.port}") as postfix, ThreadPoolExecutor(1) as pool:
        delivery = pool.submit(hand_over, postfix, letters)
        wait_until(lambda: len(bench.posted("PostgreSQL gone")) > 5, seconds=60, what="the first updates")
        postgres.kill()
        time.sleep(POSTGRES_SECONDS)
        assert " 451 4.3.0 " in postfix.log
        postgres.start()
        bench.database.close()  # its connections went with the server
        delivery.result(60)
        wait_until(lambda: not postfix.queued, seconds=60, what="Postfix to be empty")
    await_all_posted_once(bench, letters, "PostgreSQL gone")


def test_after_all_topics_were_deleted_in_mid_flight_every_mail_ends_once(bench: Bench) -> None:
    letters, settings = bench.letters("topics gone", 2 * MAILS), bench.cluster.settings
    with ThreadPoolExecutor(1) as pool, closing(KafkaAdminClient(bootstrap_servers=settings.kafka.servers)) as admin:
        delivery = pool.submit(deliver, bench, letters)
        wait_until(lambda: len(bench.posted("topics gone")) > 5, seconds=60, what="the first updates")
        ours = [topic for topic in admin.list_topics() if not topic.startswith("__")]
        admin.delete_topics(ours)
        assert len(bench.posted("topics gone")) < len(letters), "some were on their way"
        wait_until(lambda: not set(ours) & set(admin.list_topics()), seconds=90, what="the topics to go")
        assert len(ensure_topics(settings)) >= len(ours)
        assert delivery.result(60) == len(letters)
    await_all_posted_once(bench, letters, "topics gone")


def test_when_the_disk_runs_full_of_mail_postfix_keeps_the_rest_and_all_enter_once(
    resources: Resources, world: World, tmp_path: Path
) -> None:
    port, mails = free_port(), 300
    ours = {f"case-{number}@{world.mail_domain}" for number in range(mails)}
    with small_disk(tmp_path) as (folder, fill), Postfix(f"lmtp:inet:127.0.0.1:{port}") as postfix:
        fill(2_000_000)
        # such a small disk can fill within a second
        small = {"disk_reserve": 1_500_000, "disk_check_seconds": 0.0}
        settings = resources.settings.replace(blob_url=str(folder), **small)
        with serving(Resources(settings, resources.database, Blobs(str(folder))), lmtp_port=port):
            with postfix.client() as client:
                for address in ours:
                    client.sendmail("a@x.example", [address], f"Subject: {uuid4()}\r\n\r\n{'x' * 3_000}\r\n")
            wait_until(lambda: "452 4.3.1" in postfix.log, seconds=60, what="the disk to be full")
            assert 0 < len(entered(resources, world)) < mails
            fill(0)
            wait_until(lambda: not postfix.queued, seconds=60, what="Postfix to be empty")
    assert sorted(entered(resources, world)) == sorted(ours)


def entered(resources: Resources, world: World) -> list[str]:
    with resources.database.tenant(world.tenant_id) as connection:
        return list(connection.execute(text("select recipient from mails where duplicate_of is null")).scalars())
