"""Fixtures for the whole pipeline: Kafka, a separate PostgreSQL, a worker and a dispatcher in this process.

A test module imports all of them: they depend on each other.
"""

from collections.abc import Iterator
from contextlib import closing
from threading import Event, Thread
from uuid import uuid4

import dramatiq
import pytest
from sqlalchemy import text

from cases.addresses.tokens import Address, AddressKind, write
from ops.embedded import Kafka, Postgres
from ops.kafka import check_topics, ensure_topics, make_broker
from schemas.settings import Settings
from storage.blobs.store import Blobs
from storage.database import Database
from storage.migrations import upgrade
from storage.resources import Resources
from tests.builders.world import KEYS, World, make_settings, make_world
from tests.servers.name_server import NameServer
from workers import runner
from workers.broker import KafkaBroker, TopicError
from workers.dispatcher import Dispatcher
from workers.fetch.custody import Arrival


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Yields a separate PostgreSQL, because the dispatcher would work on mails that other tests left open."""
    with Postgres(tmp_path_factory.mktemp("postgres")) as started:
        upgrade(started.owner_url, started.url)
        yield started


@pytest.fixture(scope="module")
def names() -> Iterator[NameServer]:
    running = NameServer()
    yield running
    running.close()


@pytest.fixture(scope="module")
def settings(server: Postgres, kafka: Kafka, names: NameServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = make_settings(server.url, tmp_path_factory.mktemp("pipeline"))
    return made.replace(
        kafka_servers=kafka.servers,
        dns_servers=names.address,
        topic_prefix=f"{uuid4().hex[:8]}.",
        topic_partitions=1,
        stall_seconds=1.0,
    )


@pytest.fixture(scope="module")
def resources(settings: Settings) -> Iterator[Resources]:
    with closing(Database(settings.database.url)) as database:
        yield Resources(settings, database, Blobs(settings.blobs.url))


@pytest.fixture(scope="module")
def broker(settings: Settings, resources: Resources) -> Iterator[KafkaBroker]:
    """Yields the broker, with a worker and a dispatcher at work."""
    with pytest.raises(TopicError, match="run `casemail topics`"):
        check_topics(settings)
    ensure_topics(settings)
    made = make_broker(settings)
    runner.declare(made, lambda: resources)
    worker = dramatiq.Worker(made, worker_threads=4)
    stop = Event()
    clockwork = Thread(target=Dispatcher(resources, made).run, args=(stop,))
    worker.start()
    clockwork.start()
    yield made
    stop.set()
    clockwork.join()
    worker.stop()
    made.close()


@pytest.fixture
def world(server: Postgres) -> World:
    return make_world(server.owner_url)


def reply(world: World, resources: Resources, author: str, words: str = "Yes, it is.") -> Arrival:
    """Returns an answer by `author` to an update that was sent to the client."""
    update_id = world.post(resources.database, "staff", "client")
    with resources.database.tenant(world.tenant_id) as connection:
        handle = connection.execute(
            text("select handle from update_recipients where update_id = :update and user_id = :person"),
            {"update": update_id, "person": world.people["client"]},
        ).scalar_one()
    address = write(KEYS, world.tenant_id, Address(AddressKind.REPLY, handle), "2026-7", world.mail_domain)
    raw = f"From: {world.email(author)}\r\nTo: {address}\r\nSubject: Re: A leak\r\n\r\n{words}\r\n".encode()
    return Arrival(raw, address, world.email(author), "test")
