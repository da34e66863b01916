"""Canaries are sent regularly, come in like other mail, reach their own end state, and are counted when missing."""

from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from cases.addresses.tokens import read
from ops.demo.sink import Sink
from ops.kafka import make_broker
from schemas.reasons import Reason
from schemas.records import FetchedMail, ParsedMail, Rejection
from schemas.tables import MailState, SourceKind, new_id
from storage import canaries as canary_table
from storage.ledger import admission, conservation
from storage.resources import Resources
from storage.source_rows import ensure_source
from tests.builders.mailboxes import add, options, order
from tests.builders.world import KEYS, World
from tests.servers.dovecot import Dovecot
from tests.servers.lmtp import serving
from workers import canaries
from workers.canaries import Due
from workers.deadletter.stage import settle
from workers.exporter import ClusterCollector
from workers.fetch.pull.stage import fetch
from workers.parse.stage import parse
from workers.validate.stage import validate


def due(resources: Resources, world: World, seconds: int = 300) -> list[Due]:
    """Returns this world's canaries that are due; claims those of other worlds, too."""
    found: list[Due] = []
    for _ in range(99):
        with resources.database.system() as connection:
            turn = canaries.due(connection, resources.settings.secrets.address_keys, seconds)
        found += [canary for canary in turn if canary.address.endswith("@" + world.mail_domain)]
        if not turn:
            return found
    raise AssertionError("canaries are always due")


@pytest.fixture(autouse=True)
def lmtp_source(resources: Resources) -> None:
    with resources.database.system() as connection:
        ensure_source(connection, SourceKind.LMTP, "lmtp")


def finish(resources: Resources, world: World) -> Rejection:
    """Takes the world's only mail through the stages; returns its rejection."""
    with resources.database.system() as connection:
        (custody,) = [
            mail for mail in admission.admit(connection, window=9, most=9_999) if mail.tenant_id == world.tenant_id
        ]
    read_mail = parse(FetchedMail(custody=custody), resources)
    assert isinstance(read_mail, ParsedMail)
    (rejection,) = validate([read_mail], resources)
    assert isinstance(rejection, Rejection)
    settle([rejection], resources)
    return rejection


def test_a_canary_is_due_once_in_its_period_and_never_by_default(resources: Resources, world: World) -> None:
    assert due(resources, world, 0) == []
    (canary,) = due(resources, world)
    assert due(resources, world) == []
    assert canary.mailbox == ""
    with world.owner().begin() as connection:
        connection.execute(text("update canaries set sent_at = sent_at - interval '301 seconds'"))
    assert len(due(resources, world)) == 1
    assert resources.settings.canaries.seconds == 0


def test_it_goes_the_whole_way_by_lmtp_to_its_own_end_and_its_latency_is_counted_once(
    resources: Resources, world: World
) -> None:
    found = due(resources, world)
    with serving(resources) as settings:
        canaries.send(found, settings)
    assert finish(resources, world).reason is Reason.CANARY
    with resources.database.tenant(world.tenant_id) as connection:
        row = connection.execute(text("select state, reason from mails")).one()
        assert (row.state, row.reason) == (MailState.DROPPED, "canary")
        assert connection.execute(text("select count(*) from outbox")).scalar_one() == 0, "nothing is sent of it"
    with resources.database.system() as connection:
        counted = canary_table.count(connection)
        assert [kind for kind, seconds in counted if 0 <= seconds < 120] == [SourceKind.LMTP]
        assert canary_table.count(connection) == []
        line = next(counts for counts in conservation.conservation(connection) if counts.tenant == world.slug)
    assert (line.received, line.dropped, line.unaccounted) == (1, 1, 0)


def test_it_comes_by_the_mail_server_in_front_or_to_a_mailbox_where_one_is_named(
    resources: Resources, world: World
) -> None:
    source_id = new_id()
    with resources.database.system() as connection:
        ensure_source(connection, SourceKind.IMAP, str(source_id))
    with world.owner().begin() as connection:
        connection.execute(
            text("update sources set tenant_id = :tenant, options = cast(:options as jsonb) where name = :name"),
            {
                "tenant": world.tenant_id,
                "options": '{"canary_seconds": 60, "canary_address": "box@provider.example"}',
                "name": str(source_id),
            },
        )
    found = due(resources, world)
    assert sorted(canary.mailbox for canary in found) == ["", "box@provider.example"]
    with Sink() as sink, Sink() as front:
        settings = resources.settings.replace(smtp_port=sink.port, canary_smtp=f"{front.host}:{front.port}")
        canaries.send(found, settings)
        (to_box,), (to_front,) = sink.mails, front.mails
    assert to_box.recipients == ("box@provider.example",)
    for mail in (to_box, to_front):
        to = message_from_bytes(mail.data)["To"]
        assert read(KEYS, world.tenant_id, to.rpartition("@")[0]) is not None, "we know it again by its To"
        assert mail.sender == ""


def test_it_comes_back_by_the_mailbox_that_it_was_sent_to(
    resources: Resources, world: World, dovecot: Dovecot, ca_file: Path
) -> None:
    near = Resources(
        resources.settings.replace(source_private=True, source_ca_file=ca_file),
        resources.database,
        resources.blobs,
    )
    user = uuid4().hex
    given = options(dovecot, user, canary_address="box@provider.example", canary_seconds=300)
    source_id = add(resources, world, given)
    (canary,) = [due_canary for due_canary in due(resources, world) if due_canary.mailbox]
    with Sink() as sink:
        canaries.send([canary], resources.settings.replace(smtp_port=sink.port))
        (sent,) = sink.mails
    dovecot.mailbox(user).fill({"canary": b"Delivered-To: box@provider.example\r\n" + sent.data})
    fetch(order(resources, source_id), near)
    assert finish(resources, world).reason is Reason.CANARY
    with resources.database.system() as connection:
        assert SourceKind.IMAP in [kind for kind, seconds in canary_table.count(connection) if 0 <= seconds < 120]


def test_one_that_does_not_come_is_missed(resources: Resources, world: World) -> None:
    canaries.send(due(resources, world), resources.settings)  # no server listens
    # those of all the tests' other tenants are late, too
    shows_all = replace(resources, settings=resources.settings.replace(metrics_every_tenant=True))
    collector = ClusterCollector(shows_all, make_broker(resources.settings))

    def missing() -> float | None:
        samples = [sample for family in collector._canaries() for sample in family.samples]
        labels = {"tenant": world.slug, "source": "lmtp"}
        return next((sample.value for sample in samples if sample.labels == labels), None)

    assert missing() is None
    with world.owner().begin() as connection:
        connection.execute(text("update canaries set sent_at = sent_at - interval '6 minutes'"))
    assert missing() == 1
    collector.close()


def test_an_address_of_a_canary_that_somebody_made_up_is_none(resources: Resources, world: World) -> None:
    forged = f"case-canary-wa{'a' * 32}@{world.mail_domain}"
    with serving(resources) as settings:
        canaries.send([Due(forged, "")], settings)
    assert finish(resources, world).reason is not Reason.CANARY
