"""The dispatcher: which mails share a message, and that it releases claimed mails when Kafka is away."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerConnectionError
from sqlalchemy import text

from ops.kafka import make_broker
from schemas.records import Custody
from schemas.settings import Settings
from schemas.tables import SourceKind
from storage import stored_files
from storage.blobs.store import BlobMissingError, Blobs, of_batch
from storage.database import Database
from storage.ledger import entries
from storage.resources import Resources
from storage.source_rows import ensure_source
from tests.builders.mails_with_files import age
from tests.builders.old_rows import old_mail
from tests.builders.world import World, in_ledger, make_world
from tests.servers.lmtp import serving
from workers import metrics, runner
from workers.dispatcher import Dispatcher


def test_a_source_whose_order_kafka_did_not_take_is_not_left_leased(resources: Resources, world: World) -> None:
    broker = make_broker(resources.settings)
    runner.declare(broker, lambda: resources)
    with resources.database.system() as connection:
        source = ensure_source(connection, SourceKind.MAILDIR, uuid4().hex)
    with pytest.raises(BrokerConnectionError):
        Dispatcher(resources, broker).order_fetches()
    with resources.database.system() as connection:
        row = connection.execute(
            text("select leased_until, last_error from sources where id = :id"), {"id": source}
        ).one()
    assert row.leased_until is None
    assert "Kafka" in row.last_error


def test_the_dispatcher_deletes_originals_whose_time_is_over(resources: Resources, world: World) -> None:
    custody = in_ledger(world, raw=resources.blobs.put(world.tenant_id, of_batch(uuid4()), b"a mail"))
    with world.owner().begin() as connection:
        connection.execute(
            text("update mails set state = 'posted', ended_at = now() - interval '91 days' where id = :id"),
            {"id": custody.mail_id},
        )
    dispatcher = Dispatcher(resources, make_broker(resources.settings))
    assert dispatcher.delete_originals in dict(dispatcher.jobs)
    counted = metrics.ORIGINALS_DELETED.labels("retention")._value.get()
    while dispatcher.delete_originals():
        pass
    assert metrics.ORIGINALS_DELETED.labels("retention")._value.get() > counted
    with pytest.raises(BlobMissingError):
        resources.blobs.get(custody.raw)


def test_the_dispatcher_deletes_files_that_no_update_has(resources: Resources, world: World) -> None:
    (key,) = stored_files.put(resources.database, resources.blobs, world.tenant_id, [b"a file"])
    age(world)
    dispatcher = Dispatcher(resources, make_broker(resources.settings))
    assert dispatcher.delete_files in dict(dispatcher.jobs)
    while dispatcher.delete_files():
        pass
    with pytest.raises(BlobMissingError):
        resources.blobs.get(key)


class Sent(StubBroker):
    """A broker that notes how many mails each message has."""

    def __init__(self) -> None:
        super().__init__(middleware=[])
        self.shares: list[int] = []

    def enqueue_many(self, messages: Iterable[dramatiq.Message[None]]) -> None:
        self.shares += [len(message.args[0]) for message in messages]


def emitted(resources: Resources, mails: Sequence[Custody], *, alone: bool = False) -> list[int]:
    """Emits the mails; returns how many each message has."""
    broker = Sent()
    Dispatcher(resources, broker)._emit_mails(mails, "admitted", alone=alone)  # type: ignore[arg-type]
    return broker.shares


def test_ordinary_mails_travel_together_and_a_large_one_alone(resources: Resources, world: World) -> None:
    mails = [in_ledger(world) for _ in range(5)]
    large = mails[2].model_copy(update={"size": entries.ORDINARY_BYTES + 1})
    assert emitted(resources, [*mails[:2], large, *mails[3:]]) == [4, 1]


def test_what_did_not_come_through_travels_alone(resources: Resources, world: World) -> None:
    assert emitted(resources, [in_ledger(world) for _ in range(3)], alone=True) == [1, 1, 1]


def test_while_the_disk_is_nearly_full_no_fetch_is_ordered(resources: Resources, world: World) -> None:
    with resources.database.system() as connection:
        source = ensure_source(connection, SourceKind.MAILDIR, uuid4().hex)
    lease = text("select lease from sources where id = :id")

    def order(reserve: int) -> int:
        settings = resources.settings.replace(disk_reserve=reserve)
        broker = Sent()
        runner.declare(broker, lambda: resources)
        Dispatcher(Resources(settings, resources.database, resources.blobs), broker).order_fetches()  # type: ignore[arg-type]
        with resources.database.system() as connection:
            return int(connection.execute(lease, {"id": source}).scalar_one())

    assert [order(2**60), order(0)] == [0, 1]


def test_the_dispatcher_sends_canaries_in_a_thread_and_counts_those_that_arrived(own_database: Settings) -> None:
    # it sends one to each tenant with replies on: the shared database has those of all tests
    world = make_world(str(own_database.database.owner_url))
    database = Database(own_database.database.url)
    resources = Resources(own_database, database, Blobs(own_database.blobs.url))

    def counted() -> float:
        return float(sum(bucket.get() for bucket in metrics.CANARY_SECONDS.labels("lmtp")._buckets))

    with resources.database.system() as connection:
        ensure_source(connection, SourceKind.LMTP, "lmtp")
    with serving(resources, canary_seconds=300) as settings:
        dispatcher = Dispatcher(Resources(settings, resources.database, resources.blobs), Sent())  # type: ignore[arg-type]
        assert dispatcher.send_canaries in dict(dispatcher.jobs)
        for _ in range(99):
            dispatcher.send_canaries()
            if dispatcher._canaries is not None:
                dispatcher._canaries.join(30)
            with resources.database.tenant(world.tenant_id) as connection:
                found = connection.execute(text("select handle from canaries")).scalars().all()
            if found:
                break
    with resources.database.tenant(world.tenant_id) as connection:
        recipient = connection.execute(text("select recipient from mails")).scalar_one()
        assert found[0] in recipient
        connection.execute(text("update canaries set came_at = now()"))
    before = counted()
    dispatcher.send_canaries()
    dispatcher.send_canaries()
    assert counted() == before + 1
    assert dispatcher._canaries is not None
    dispatcher._canaries.join()
    database.close()
    world.owner().dispose()


def test_the_dispatcher_adds_up_the_counts_of_mails_and_checks_them_once_a_night(
    resources: Resources, world: World
) -> None:
    in_ledger(world)
    with world.owner().begin() as connection:
        connection.execute(text("delete from mail_count_checks"))
    dispatcher = Dispatcher(resources, make_broker(resources.settings))
    assert {dispatcher.add_up_counts, dispatcher.check_counts} <= {job for job, _ in dispatcher.jobs}
    while dispatcher.add_up_counts():
        pass
    for _ in range(3):
        dispatcher.check_counts()
        assert dispatcher._check is not None
        dispatcher._check.join()
    with resources.database.system() as connection:
        changes = connection.execute(text("select count(*) from mail_count_changes")).scalar_one()
        checks = connection.execute(text("select drift from mail_count_checks")).scalars().all()
        counted = connection.execute(
            text("select in_flight from mail_counts where tenant_id = :id"), {"id": world.tenant_id}
        ).scalar_one()
    assert (changes, checks, counted) == (0, [0], 1)


def test_the_dispatcher_archives_old_rows_once_a_night_if_the_settings_say_what_is_old(
    resources: Resources, world: World, tmp_path: Path
) -> None:
    old = old_mail(resources.database, world)
    with world.owner().begin() as connection:
        connection.execute(text("delete from archives where kind = 'night'"))

    def turn(resources: Resources) -> bool:
        dispatcher = Dispatcher(resources, make_broker(resources.settings))
        assert dispatcher.archive_old in {job for job, _ in dispatcher.jobs}
        dispatcher.archive_old()
        if dispatcher._archiving is not None:
            dispatcher._archiving.join()
        return dispatcher._archiving is not None

    def archived() -> bool:
        with world.owner().begin() as connection:
            query = text("select archived_at is not null from mails where id = :id")
            return bool(connection.execute(query, {"id": old.id}).scalar_one())

    assert (turn(resources), archived()) == (False, False)
    settings = resources.settings.replace(archive_folder=tmp_path, archive_mails_days=365)
    nightly = replace(resources, settings=settings)
    assert (turn(nightly), archived()) == (True, True)
    assert len(list(tmp_path.glob("mails/*/*.jsonl.gz"))) >= 1
    assert not turn(nightly)  # not twice in a night
