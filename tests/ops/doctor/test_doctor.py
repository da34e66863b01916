"""`casemail doctor` tells each fault, and what to do. The faults are real."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import dramatiq
import pytest
from rich.console import Console
from sqlalchemy import text

from ops.checks import start
from ops.cli.doctor import table
from ops.doctor import database, mail, servers
from ops.doctor.checks import CHECKS
from ops.doctor.findings import Check, Context, Finding, Status, run, well
from ops.embedded import Kafka
from ops.embedded.process import free_port
from ops.kafka import ensure_topics, make_broker
from schemas.settings import Settings
from schemas.tables import SourceKind, new_id, now
from storage.database import open_database
from storage.resources import Resources, open_resources
from tests.builders.command import casemail_here, command_settings
from tests.builders.world import batch_of, in_ledger, make_world
from tests.ops.checks.conftest import empty, migrated_empty, own, template
from tests.servers.mail_server import Answers, server
from tests.servers.name_server import NameServer
from tests.servers.own_database import OwnDatabase
from workers import runner

__all__ = ["empty", "migrated_empty", "own", "server", "template"]


@pytest.fixture
def context(own: Settings) -> Iterator[Context]:
    """Yields what checks use, of a cluster that has begun."""
    start.check(own)
    resources = open_resources(own)
    yield Context(own, resources)
    resources.database.close()


def found(check: Check, context: Context, status: Status) -> str:
    """Returns the words and remedies of a check, all of whose findings must have this status."""
    findings = check(context)
    assert {finding.status for finding in findings} == {status}, findings
    return " ".join(f"{finding.words} {finding.remedy}" for finding in findings)


def owner(database: OwnDatabase, statement: str, **values: object) -> None:
    with database.owner().begin() as connection:
        connection.execute(text(statement), values)


def test_a_cluster_that_has_begun_is_well(context: Context) -> None:
    for name in (
        "PostgreSQL",
        "row-level security",
        "login role",
        "keys",
        "blob store",
        "clock",
        "sources",
        "canaries",
    ):
        assert [finding.status for finding in CHECKS[name](context)] == [Status.OK], CHECKS[name](context)
    for name in ("mails under way", "held mails", "outbox", "DNS"):
        assert [finding.status for finding in CHECKS[name](context)] == [Status.OK], CHECKS[name](context)


def test_faults_of_the_database_are_found(context: Context, migrated_empty: OwnDatabase) -> None:
    owner(migrated_empty, "alter table cases disable row level security")
    assert "cases has rows of tenants" in found(database.row_level_security, context, Status.WRONG)
    owner(migrated_empty, "alter table cases enable row level security")
    owner(migrated_empty, "drop policy own_tenant on cases")
    assert "cases has rows of tenants" in found(database.row_level_security, context, Status.WRONG)
    owner(migrated_empty, "update alembic_version set version_num = '0071'")
    assert "Run `casemail migrate`" in found(database.schema, context, Status.WRONG)


def test_the_owner_as_login_role_is_found(context: Context, migrated_empty: OwnDatabase) -> None:
    as_owner = context.settings.replace(database_url=migrated_empty.owner_url)
    with closing(open_database(as_owner)) as opened:
        wide = Context(as_owner, Resources(as_owner, opened, context.resources.blobs))
        assert "The login role owns" in found(database.row_level_security, wide, Status.WRONG)
    owner(migrated_empty, "grant select on cases to casemail")
    assert "reads 1 tables without taking a role" in found(database.rights, context, Status.WARNING)


def test_another_key_and_a_lost_blob_store_are_found(context: Context, migrated_empty: OwnDatabase) -> None:
    other = Context(context.settings.replace(address_keys=(("z", b"x" * 20),)), context.resources)
    assert "casemail cluster accept" in found(database.cluster, other, Status.WRONG)
    world = make_world(migrated_empty.owner_url)
    in_ledger(world, raw=f"{world.tenant_id}/raw/{new_id()}/{'0' * 64}")
    world.owner().dispose()
    assert "The newest mail is not there" in found(database.blob_store, context, Status.WRONG)


def test_a_clock_that_is_off_is_found(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    for seconds, status in ((10.0, Status.WARNING), (3_600.0, Status.WRONG)):
        monkeypatch.setattr(time, "time", lambda seconds=seconds: real() + seconds)
        assert "NTP" in found(database.clock, context, status)


def test_a_disk_without_room_is_found(context: Context) -> None:
    full = Context(context.settings.replace(disk_reserve=10**18), context.resources)
    assert "no mail is taken below" in found(servers.disk, full, Status.WRONG)


def test_names_without_records_and_a_resolver_that_fails_are_found(
    context: Context, migrated_empty: OwnDatabase
) -> None:
    world = make_world(migrated_empty.owner_url)
    world.owner().dispose()
    with closing(NameServer()) as names:
        asked = Context(context.settings.replace(dns_servers=names.address), context.resources)
        words = found(servers.domains, asked, Status.WARNING)
        assert f"{world.mail_domain} has no MX record" in words
        assert f"{world.mail_domain} has no SPF record" in words
        names.exchangers[world.mail_domain] = "mx.example"
        names.texts[world.mail_domain] = ["v=spf1 -all"]
        assert "1 of 1" in found(servers.domains, asked, Status.OK)
        names.texts[world.mail_domain] = ["v=spf1 -all", "V=SPF1 +all"]
        assert "2 SPF records" in found(servers.domains, asked, Status.WRONG)
        names.failing.add(world.mail_domain)
        (finding,) = run({"DNS": servers.domains}, asked)["DNS"]
        assert finding.status is Status.WRONG
        assert world.mail_domain in finding.words


def test_a_mail_server_is_asked_and_gets_no_mail(context: Context, server: tuple[Answers, Resources]) -> None:
    answers, sending = server
    assert "takes mail" in found(servers.smtp, Context(sending.settings, context.resources), Status.OK)
    encrypted = Context(sending.settings.replace(smtp_security="starttls"), context.resources)
    assert "STARTTLS" in found(servers.smtp, encrypted, Status.WRONG)
    away = Context(sending.settings.replace(smtp_port=free_port()), context.resources)
    assert "CASEMAIL_SMTP_" in found(servers.smtp, away, Status.WRONG)
    assert answers.mails == []


def test_sources_and_mails_that_wait_are_found(context: Context, migrated_empty: OwnDatabase) -> None:
    world = make_world(migrated_empty.owner_url)
    batch_of(world, SourceKind.IMAP, "box")
    long_ago = now() - timedelta(days=4)
    owner(
        migrated_empty,
        "update sources set active = true, failures = 7, last_error = 'no route', last_success_at = :then",
        then=long_ago,
    )
    assert "no route" in found(mail.sources, context, Status.WRONG)
    owner(migrated_empty, "update sources set last_success_at = now(), failures = 1")
    assert "casemail source test box" in found(mail.sources, context, Status.WARNING)
    in_ledger(world)
    assert found(mail.stuck, context, Status.OK)
    owner(migrated_empty, "update mails set received_at = :then", then=long_ago)
    assert "1 mails are under way since" in found(mail.stuck, context, Status.WRONG)
    owner(migrated_empty, "update mails set state = 'held', ended_at = :then", then=long_ago)
    assert f"1 mails of {world.slug} wait for a person" in found(mail.held, context, Status.WARNING)
    world.owner().dispose()


def test_topics_that_nobody_reads_are_found_until_they_are_read(context: Context, kafka: Kafka) -> None:
    settings = context.settings.replace(
        kafka_servers=kafka.servers, topic_prefix=f"{uuid4().hex[:8]}.", topic_partitions=1
    )
    asked = Context(settings, context.resources)
    assert "Run `casemail topics`" in found(servers.topics, asked, Status.WRONG)
    ensure_topics(settings)
    assert "one replica" in found(servers.topics, asked, Status.WARNING)
    words = found(servers.consumers, asked, Status.WRONG)
    assert "Nobody reads attachments, authenticate" in words
    assert "`casemail courier` and `casemail heavy` and `casemail worker`" in words
    broker = make_broker(settings)
    runner.declare(broker, lambda: context.resources)
    worker = dramatiq.Worker(broker, worker_threads=1)
    worker.start()
    try:
        until = time.monotonic() + 90
        while servers.consumers(asked)[0].status is not Status.OK:
            assert time.monotonic() < until
            time.sleep(0.5)
    finally:
        worker.stop()
        broker.close()


def test_a_check_that_fails_or_hangs_is_a_finding_and_the_others_are_told(context: Context) -> None:
    def fails(_context: Context) -> list[Finding]:
        raise OSError("no such\nthing")

    def hangs(_context: Context) -> list[Finding]:
        time.sleep(60)
        return []

    told = run({"fails": fails, "hangs": hangs, "well": lambda _context: well("Fine.")}, context, seconds=3)
    assert {name: findings[0].status for name, findings in told.items()} == {
        "fails": Status.WRONG,
        "hangs": Status.WRONG,
        "well": Status.OK,
    }
    assert told["fails"][0].words == "It could not be checked: no such."
    assert "3 s" in told["hangs"][0].words


def test_the_command_tells_all_checks_as_json_and_by_its_exit_code(own: Settings) -> None:
    env = command_settings(own) | {"KAFKA_SERVERS": f"127.0.0.1:{free_port()}", "SMTP_PORT": str(free_port())}
    done = casemail_here("doctor", "--json", "--seconds", "60", **env)
    assert done.exit_code == int(Status.WRONG), done.output
    told = json.loads(done.stdout)
    assert told["status"] == "wrong"
    by_name = {each["check"]: each for each in told["checks"]}
    assert by_name.keys() == CHECKS.keys()
    assert by_name["topics"]["status"] == by_name["outgoing mail"]["status"] == "wrong"
    assert by_name["PostgreSQL"]["status"] == "ok"


def test_the_table_shows_every_word_also_on_a_narrow_terminal() -> None:
    told = {
        "row-level security": [Finding(Status.WRONG, "cases has no row-level security.", "Find out who removed it.")],
        "clock": well("It is 0.0 s off PostgreSQL's.\x1b[31m"),
    }
    console = Console(record=True, width=60, file=StringIO())
    console.print(table(told))
    shown = " ".join(console.export_text(clear=False).split())
    assert "row-level security" in shown
    assert "\x1b" not in shown
