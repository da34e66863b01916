"""Traces: one from the fetch of a batch to the post of its mails, through Kafka; nothing of it when they are off."""

import subprocess
import sys
from base64 import b32encode
from contextlib import closing
from pathlib import Path

import pytest

from ops.cluster import Cluster
from ops.demo.waiting import wait_until
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources
from tests.builders import mailboxes
from tests.builders.addresses import reply_address
from tests.builders.mailboxes import options
from tests.builders.plain_mails import plain_mail
from tests.builders.rows import run
from tests.builders.world import KEYS, make_world
from tests.servers.dovecot import Dovecot
from tests.servers.trace_receiver import TraceReceiver

MARKER = "Zanzibar"
#: Each span of a mail that posts, and the span that it belongs to.
WAY = {
    "batch imap": "",
    "custody": "batch imap",
    "admitted": "batch imap",
    "parse": "admitted",
    "validate": "parse",
    "attachments": "validate",
    "post": "attachments",
}
IMPORTED = "import sys, workers.runner, workers.dispatcher; print(sum('opentelemetry' in name for name in sys.modules))"


@pytest.mark.timeout(300)
def test_one_trace_leads_from_the_fetch_of_a_batch_to_the_post_of_its_mail(
    tmp_path: Path, ca_file: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = f"a:{b32encode(KEYS[0][1]).decode()}"
    cluster = Cluster(
        tmp_path, overrides={"source_ca_file": str(ca_file), "source_private": "true", "address_keys": keys}
    )
    with TraceReceiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        try:
            cluster.start_servers()
            world = make_world(str(cluster.settings.database.owner_url))
            with closing(Database(cluster.settings.database.url)) as database:
                to = reply_address(database, world, world.post(database, "staff", "client"), "client")
                box = dovecot.mailbox(world.slug)
                raw = plain_mail(to, f"Delivered-To: {to}", author=world.email("client"), body=f"{MARKER} it is.")
                box.fill({"1": raw})
                resources = Resources(cluster.settings, database, Blobs(cluster.settings.blobs.url))
                mailboxes.add(resources, world, options(dovecot, box.user))
            for name in ("dispatch", "courier", "worker"):
                cluster.start_process(name)
            ends = {"batch imap", "post"}
            wait_until(lambda: ends <= {span.name for span in receiver.spans}, seconds=120, what="the last stage")
            (first,) = [span for span in receiver.spans if span.name == "batch imap"]
            wait_until(
                lambda: {span.name for span in receiver.spans if span.trace == first.trace} >= WAY.keys(),
                seconds=30,
                what="all spans of the batch",
            )
            ((mail_id,),) = run(world, "select id::text from mails where tenant_id = :id", id=world.tenant_id)
        finally:
            cluster.stop()
        spans = {span.id: span for span in receiver.spans if span.trace == first.trace}
        found = {span.name: spans[span.parent].name if span.parent else "" for span in spans.values()}
        assert found == WAY
        services = {span.name: span.service for span in spans.values()}
        assert (services["batch imap"], services["admitted"], services["post"]) == (
            "casemail courier",
            "casemail dispatch",
            "casemail worker",
        )
        assert mail_id in next(span for span in spans.values() if span.name == "post").attributes["casemail.mails"]
        assert {"outbox", "send"} <= {span.name for span in receiver.spans}, "the notices are sent in traces of theirs"
        assert MARKER.encode() not in receiver.raw
        assert world.slug.encode() not in receiver.raw, "people's addresses have it"
        assert b"people.example" not in receiver.raw


def test_opentelemetry_is_not_imported_when_traces_are_off() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip() == "0"
