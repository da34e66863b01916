"""Logs and metrics: no text of a mail becomes a log line, a field or a time series."""

import json
import subprocess
import sys

import dramatiq
from dramatiq.brokers.stub import StubBroker
from prometheus_client import REGISTRY, generate_latest

from ops.embedded import Postgres
from schemas.records import FetchedMail
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.world import World, in_ledger
from workers import runner
from workers.pipeline import STAGES, TOPICS

HOSTILE = 'Eve\n2026-11-26 level=error msg="root logged in"\r{"level": "critical"}\u2028\x1b[31m\x00=cmd|\'/c calc\'!A1'

LOGGING = """
import logging, sys
import structlog
from ops import logs
from schemas.settings.logs import Logs
logs.configure(Logs(format=sys.argv[2]))
hostile = sys.argv[1].encode().decode("unicode_escape")
structlog.get_logger("casemail").warning("fetch failed", error=hostile, **{"level ": hostile})
logging.getLogger("uvicorn.error").error("refused %s", hostile)
try:
    raise ValueError(hostile)
except ValueError as error:
    structlog.get_logger("casemail").error("mail parked", exc_info=error)
    logging.getLogger("library").exception(hostile)
"""


def logged(form: str) -> str:
    arguments = [sys.executable, "-c", LOGGING, HOSTILE.encode("unicode_escape").decode(), form]
    return subprocess.run(arguments, capture_output=True, timeout=300, check=True).stderr.decode()


def test_43_a_log_line_is_one_json_object_whatever_a_mail_says() -> None:
    lines = [json.loads(line) for line in logged("json").splitlines()]
    assert [line["level"] for line in lines] == ["warning", "error", "error", "error"]
    assert lines[0]["error"] == HOSTILE
    assert lines[1]["event"] == f"refused {HOSTILE}"
    assert lines[2]["exception"].endswith("ValueError"), "its words may quote a mail"


def test_a_log_for_people_has_no_control_characters_and_no_line_of_a_mail() -> None:
    lines = logged("console").split("\n")
    assert [line.split()[1] for line in lines if line and not line.startswith("  ")][:2] == ["warning", "error"]
    assert not any(line.startswith("2026-11-26") for line in lines)
    assert not any(char in "".join(lines) for char in "\x1b\x00\r\u2028")


def test_43_nothing_that_a_mail_says_is_a_label_of_a_metric(
    resources: Resources, database: Database, world: World
) -> None:
    address = reply_address(database, world, world.post(database, "staff", "client"), "client")
    marker = f"Mallory-{world.slug}"
    ways = {
        "posted": (world.email("client"), address),
        "of a stranger": (f"{marker}@evil.example", address),
        "to nowhere": (world.email("client"), f"{marker}@{world.mail_domain}"),
        "unclear": (f"{marker}, {marker}", address),
    }
    broker = StubBroker()
    dramatiq.set_encoder(runner.JsonEncoder())
    for stage in STAGES:
        broker.declare_queue(stage.topic)
    for author, recipient in ways.values():
        raw = (
            f'From: {author}\r\nTo: {recipient}\r\nSubject: Re: {marker}="}} 1\r\nMessage-ID: <{marker}@x>\r\n'
            f"X-{marker}: 1\r\n\r\n{marker}\r\n"
        )
        key = resources.blobs.put(world.tenant_id, "raw", raw.encode())
        custody = in_ledger(world, recipient=recipient, raw=key, sender=f"{marker}@evil.example")
        for message in runner.messages([FetchedMail(custody=custody)]):
            broker.enqueue(message)
    passed = 0
    while waiting := [queue for queue in broker.queues.values() if queue.qsize()]:
        message = dramatiq.Message.decode(waiting[0].get())
        stage = next(stage_ for stage_ in STAGES if stage_.topic == message.queue_name)
        runner._run(stage, broker, lambda: resources, message.args[0])
        passed += 1
    assert passed >= 3 * len(ways), "each went through parse, validate and an end"
    shown = generate_latest(REGISTRY).decode()
    assert 'casemail_rejections_total{reason="author_unknown"}' in shown
    assert marker.lower() not in shown.lower()
    assert set(TOPICS.values()) == {stage.topic for stage in STAGES}


def test_the_error_of_a_statement_does_not_show_its_values(migrated: Postgres, world: World) -> None:
    database = Database(migrated.url)
    try:
        with database.tenant(world.tenant_id) as connection:
            connection.exec_driver_sql("select 1 / 0 where %s <> ''", ("the words of a mail",))
    except Exception as error:  # noqa: BLE001  # any exception would be logged
        found = str(error)
    finally:
        database.close()
    assert "division by zero" in found
    assert "the words" not in found
