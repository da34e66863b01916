"""The pipeline from custody to the end state, on real Kafka and PostgreSQL, with a worker in this process."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text

from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from schemas.tables import new_id
from storage.blobs.store import Blobs
from storage.ledger import conservation
from storage.resources import Resources
from tests.builders.mails_with_files import PDF, mail_with
from tests.builders.world import KEYS, World
from tests.servers.pipeline import broker, names, reply, resources, server, settings, world
from workers.broker import KafkaBroker
from workers.exporter import ClusterCollector
from workers.fetch.custody import CustodyService

__all__ = ["broker", "names", "resources", "server", "settings", "world"]

DEADLINE = 60.0


def ended(world: World, resources: Resources) -> tuple[str, str]:
    """Waits until the tenant's only mail has ended; returns its state and reason."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        with resources.database.tenant(world.tenant_id) as connection:
            row = connection.execute(text("select state, reason from mails where ended_at is not null")).first()
        if row:
            return row.state, row.reason
        time.sleep(0.05)
    raise TimeoutError("the mail has not ended")


def test_an_answer_becomes_an_update(broker: KafkaBroker, resources: Resources, world: World) -> None:
    CustodyService(resources).take(new_id(), [reply(world, resources, "client")])
    assert ended(world, resources) == ("posted", "")
    with resources.database.tenant(world.tenant_id) as connection:
        row = connection.execute(text("select text, author_id from updates where via = 'email'")).one()
    assert (row.text, row.author_id) == ("Yes, it is.", world.people["client"])


def test_a_stranger_is_held_where_there_is_no_catch_all(
    broker: KafkaBroker, resources: Resources, world: World
) -> None:
    CustodyService(resources).take(new_id(), [reply(world, resources, "nobody")])
    assert ended(world, resources) == ("held", "author_unknown")


def test_a_mail_whose_sender_must_be_proven_goes_by_way_of_the_check(
    broker: KafkaBroker, resources: Resources, world: World
) -> None:
    with world.owner().begin() as connection:
        statement = text("update tenants set authentication = 'enforce' where id = :id")
        connection.execute(statement, {"id": world.tenant_id})
    CustodyService(resources).take(new_id(), [reply(world, resources, "client")])
    assert ended(world, resources) == ("held", "sender_not_proven")


def test_a_mail_that_nothing_proves_posts_as_not_verified(
    broker: KafkaBroker, resources: Resources, world: World
) -> None:
    with world.owner().begin() as connection:
        statement = text("update tenants set authentication = 'limit' where id = :id")
        connection.execute(statement, {"id": world.tenant_id})
    CustodyService(resources).take(new_id(), [reply(world, resources, "client")])
    assert ended(world, resources) == ("posted", "")
    with resources.database.tenant(world.tenant_id) as connection:
        row = connection.execute(text("select unverified, validated from updates where via = 'email'")).one()
    assert tuple(row) == (True, True)


def test_a_mail_that_is_no_answer_becomes_a_message(broker: KafkaBroker, resources: Resources, world: World) -> None:
    answer = reply(world, resources, "client")
    CustodyService(resources).take(new_id(), [replace(answer, raw=answer.raw.replace(b"Re: A leak", b"My holiday"))])
    assert ended(world, resources) == ("held", "not_related")


def test_a_mail_whose_bytes_are_gone_is_parked_for_a_person(
    broker: KafkaBroker, resources: Resources, world: World
) -> None:
    lost = Resources(resources.settings, resources.database, Blobs(str(resources.settings.blobs.url) + ".elsewhere"))
    CustodyService(lost).take(new_id(), [reply(world, resources, "client")])
    # the tests' dispatcher gives up sooner than the stage, which waits for a store that lags
    assert ended(world, resources) in {("held", "original_missing"), ("held", "stalled")}


def test_a_bad_mail_does_not_keep_those_that_travel_with_it(
    broker: KafkaBroker, resources: Resources, world: World
) -> None:
    class Losing(Blobs):
        """Stores all blobs of a group, then deletes the third."""

        def put_all(self, items: Sequence[tuple[UUID, str, bytes]], envelopes: Sequence[bytes] = ()) -> list[str]:
            keys = super().put_all(items, envelopes)
            Blobs(str(resources.settings.blobs.url)).delete([keys[2]])
            return keys

    answers = [reply(world, resources, "client", f"Answer {number}.") for number in range(6)]
    CustodyService(Resources(resources.settings, resources.database, Losing(resources.settings.blobs.url))).take(
        new_id(), answers
    )
    deadline = time.monotonic() + DEADLINE
    states: Counter[str] = Counter()
    while states.total() < len(answers) and time.monotonic() < deadline:
        with resources.database.tenant(world.tenant_id) as connection:
            states = Counter(connection.execute(text("select state from mails where ended_at is not null")).scalars())
    assert states == Counter(posted=5, held=1)


def test_a_mail_that_kafka_forgot_comes_through_all_the_same(
    broker: KafkaBroker, resources: Resources, world: World
) -> None:
    CustodyService(resources).take(new_id(), [reply(world, resources, "client")])
    with world.owner().begin() as connection:
        # as if the mail had been admitted and an operator had then emptied the topic
        connection.execute(
            text(
                "update mails set state = 'moving', emissions = 1, emitted_at = now() - interval '1 hour'"
                " where tenant_id = :id and state = 'waiting'"
            ),
            {"id": world.tenant_id},
        )
    assert ended(world, resources) == ("posted", "")


def test_a_file_that_waited_for_the_scanner_is_added_by_itself(
    broker: KafkaBroker, resources: Resources, world: World
) -> None:
    answer = reply(world, resources, "client")
    raw = mail_with(world.email("client"), answer.recipient, ("a.pdf", PDF))
    CustodyService(resources).take(new_id(), [replace(answer, raw=raw)])
    assert ended(world, resources) == ("posted", "")
    with world.owner().begin() as connection:
        # as if the malware scanner had been away when the mail came
        mine = {"id": world.tenant_id}
        connection.execute(text("delete from update_files where tenant_id = :id"), mine)
        waits = '[{"name": "a.pdf", "why": "", "part": 1, "reason": "not_scanned"}]'
        changed = "left_out = :waits, files_due_at = now()"
        statement = f"update updates set {changed} where tenant_id = :id and mail_id is not null"
        connection.execute(text(statement), {**mine, "waits": waits})
    deadline = time.monotonic() + DEADLINE
    names: list[str] = []
    while not names and time.monotonic() < deadline:
        time.sleep(0.1)
        with resources.database.tenant(world.tenant_id) as connection:
            names = list(connection.execute(text("select name from update_files")).scalars())
    assert names == ["a.pdf"]
    with resources.database.tenant(world.tenant_id) as connection:
        row = connection.execute(text("select left_out, files_due_at from updates where mail_id is not null")).one()
    assert (row.left_out, row.files_due_at) == ([], None)


def test_a_held_mail_that_a_case_worker_accepts_posts_once_as_its_author(
    broker: KafkaBroker, resources: Resources, world: World
) -> None:
    CustodyService(resources).take(new_id(), [reply(world, resources, "member")])
    assert ended(world, resources) == ("held", "not_a_recipient")
    worker = Decider(world.tenant_id, world.people["manager"], "Manager", KEYS)
    with resources.database.tenant(world.tenant_id) as connection:
        mail_id = connection.execute(text("select id from mails")).scalar_one()
        assert decisions.act(connection, worker, Action.ACCEPT, {mail_id: 0}).done == [mail_id]
    assert ended(world, resources) == ("posted", "")
    with resources.database.tenant(world.tenant_id) as connection:
        row = connection.execute(text("select author_id, mail_id, answers from updates where via = 'email'")).one()
    assert (row.author_id, row.mail_id) == (world.people["member"], mail_id)
    with resources.database.system() as connection:
        (line,) = [counts for counts in conservation.conservation(connection) if counts.tenant == world.slug]
    assert (line.received, line.posted, line.held, line.unaccounted) == (1, 1, 0, 0)


def test_metrics_show_conservation_and_lag(broker: KafkaBroker, resources: Resources, world: World) -> None:
    CustodyService(resources).take(
        new_id(), [reply(world, resources, "client"), replace(reply(world, resources, "client"), raw=b"")]
    )
    ended(world, resources)
    registry = CollectorRegistry()
    collector = ClusterCollector(
        replace(resources, settings=resources.settings.replace(metrics_every_tenant=True)), broker
    )
    registry.register(collector)
    collector.start()
    deadline, page = time.monotonic() + DEADLINE, ""
    while time.monotonic() < deadline and not ('part="kafka"} 1.0' in page and f'tenant="{world.slug}"' in page):
        time.sleep(0.1)
        page = generate_latest(registry).decode()
    collector.close()
    assert "casemail_exporter_leader 1.0" in page
    assert 'casemail_group_members{topic="inbound.post"} 1.0' in page
    assert 'casemail_group_members{topic="outbox.send"} 1.0' in page
    # it has left: it shows nothing of the cluster any more
    assert "casemail_mails{" not in generate_latest(registry).decode()
    assert f'casemail_mails{{place="received",tenant="{world.slug}"}} 2.0' in page
    assert f'casemail_mails{{place="unaccounted",tenant="{world.slug}"}} 0.0' in page
    assert f'casemail_oldest_held_seconds{{tenant="{world.slug}"}}' in page
    assert 'casemail_consumer_lag{topic="inbound.post"}' in page
    assert 'casemail_up{part="kafka"} 1.0' in page
