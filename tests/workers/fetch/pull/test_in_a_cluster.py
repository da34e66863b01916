"""A mailbox fetched by real processes: dispatcher, courier, Kafka, and a server that announces new mail."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from ops.cluster import Cluster
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources
from tests.builders import mailboxes
from tests.builders.mailboxes import entered, mails, options, prints
from tests.builders.world import World, make_world
from tests.servers.dovecot import Dovecot

#: Far longer than the test: mail that comes earlier came because the server announced it.
PERIOD = 3_600


@pytest.fixture
def cluster(tmp_path: Path, ca_file: Path) -> Iterator[Cluster]:
    """Yields a cluster of dispatcher, courier and worker with its own servers."""
    started = Cluster(tmp_path, overrides={"source_ca_file": str(ca_file), "source_private": "true"})
    try:
        started.start_servers()
        for name in ("dispatch", "courier", "worker"):
            started.start_process(name)
        yield started
    finally:
        started.stop()


def test_mail_is_fetched_when_its_time_comes_and_at_once_when_the_server_tells_of_it(
    cluster: Cluster, dovecot: Dovecot
) -> None:
    database = Database(cluster.settings.database.url)
    resources = Resources(cluster.settings, database, Blobs(cluster.settings.blobs.url))
    world = make_world(str(cluster.settings.database.owner_url))
    box = dovecot.mailbox(uuid4().hex)
    first, second = mails(world, 20), mails(world, 1, start=50)
    box.fill(first)
    source = mailboxes.add(resources, world, options(dovecot, box.user))
    with database.system() as connection:
        connection.execute(text("update sources set period_seconds = :period"), {"period": PERIOD})
    wait_for(resources, world, first)
    until = time.monotonic() + 60
    while mailboxes.row(resources, source).idle_until is None or _is_due(resources):
        assert time.monotonic() < until
        time.sleep(0.2)
    time.sleep(3)  # the fetch that follows the start of listening
    box.fill(second)
    wait_for(resources, world, first | second)  # within far less than the period
    ended(resources, world)
    database.close()


def _is_due(resources: Resources) -> bool:
    with resources.database.system() as connection:
        return bool(connection.execute(text("select bool_or(next_at <= now()) from sources")).scalar())


def wait_for(resources: Resources, world: World, given: dict[str, bytes]) -> None:
    until = time.monotonic() + 240
    while entered(resources, world) != sorted(prints(given.values())):
        assert time.monotonic() < until
        time.sleep(0.1)


def ended(resources: Resources, world: World) -> None:
    """Waits until all mails and their batches have ended."""
    until = time.monotonic() + 60
    while True:
        with resources.database.system() as connection:
            open_mails = connection.execute(text("select count(*) from mails where ended_at is null")).scalar_one()
            rows = connection.execute(text("select taken, finished_at from batches order by id")).all()
        if open_mails == 0 and all(row.finished_at for row in rows):
            assert sum(row.taken for row in rows) == 21
            return
        assert time.monotonic() < until
        time.sleep(0.2)
