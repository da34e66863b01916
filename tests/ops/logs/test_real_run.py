"""The logs of a real casemail: a line for each step of each mail, no content, no address, and no flood in an outage."""

import json
from base64 import b32encode
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from smtplib import LMTP
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from prometheus_client.parser import text_string_to_metric_families

from ops.cluster import PROCESSES, Cluster
from ops.demo.smtp_server import SmtpServer
from ops.demo.waiting import wait_until
from storage.database import Database
from tests.builders.addresses import reply_address
from tests.builders.command import casemail
from tests.builders.mails_with_files import PDF, mail_with
from tests.builders.plain_mails import plain_mail
from tests.builders.rows import run
from tests.builders.world import KEYS, World, make_world

pytestmark = pytest.mark.timeout(400)
#: In the words, header fields and file names of all mails.
MARKER = "Zanzibar"
#: What the mail server says of one recipient; a log may show it without the address.
REFUSED = "550 5.1.1 no mailbox here for"
#: Failures of the dispatcher after which an outage has lasted: more than a minute's lines, if each were logged.
LASTING = 100

OPEN = """
select (select count(*) from mails where ended_at is null), (select count(*) from outbox where state = 'waiting'),
    (select count(*) from batches where finished_at is null)
"""


class OneRefused:
    """Takes all mail but that to people called `member`."""

    async def handle_RCPT(  # the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("member."):
            return f"{REFUSED} {address}\x07"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@dataclass(frozen=True)
class Ran:
    """A casemail that has worked off some mails, and their ids in the ledger by what they are."""

    cluster: Cluster
    world: World
    mails: dict[str, str]

    def lines(self, *roles: str) -> list[dict[str, Any]]:
        """Returns the lines that these processes logged, by default all."""
        return [
            json.loads(line)
            for role in roles or PROCESSES
            for line in self.cluster.processes[role].log.read_text().splitlines()
        ]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    outgoing = SmtpServer(OneRefused())
    outgoing.start()
    keys = f"a:{b32encode(KEYS[0][1]).decode()}"
    overrides = {"smtp_port": str(outgoing.port), "address_keys": keys, "push_batch_seconds": "1"}
    with Cluster(tmp_path_factory.mktemp("logs"), overrides=overrides) as cluster:
        world = make_world(str(cluster.settings.database.owner_url))
        with closing(Database(cluster.settings.database.url)) as database:
            yield Ran(cluster, world, worked_off(cluster, world, database))
    outgoing.stop()


def worked_off(cluster: Cluster, world: World, database: Database) -> dict[str, str]:
    """Delivers mails of several kinds, waits until all and their notices have ended, and returns their ids."""
    run(world, "update tenants set catch_all = :to where id = :id", to=f"catcher@{MARKER}.example", id=world.tenant_id)
    to = reply_address(database, world, world.post(database, "staff", "client", "member"), "client")
    client, fields = world.email("client"), (f"X-Note: {MARKER}", f"Subject: Re: A leak in {MARKER}")
    words = f"{MARKER} it is."
    kinds = {
        "posted": (client, to, mail_with(client, to, (f"{MARKER}.pdf", PDF), words=words)),
        "forwarded": (f"stranger@{MARKER}.example", to, plain_mail(to, *fields, author=f"{MARKER} <s@x.example>")),
        "two authors": (client, to, plain_mail(to, *fields, f"From: {MARKER}@x.example", author=client, body=words)),
        "unreadable": (client, to, b"\xff\x00" + MARKER.encode() * 50),
    }
    kinds["duplicate"] = kinds["posted"]
    mails = {}
    for kind, (sender, recipient, raw) in kinds.items():
        with LMTP(cluster.settings.lmtp.host, cluster.settings.lmtp.port) as client_of_lmtp:
            client_of_lmtp.ehlo()
            client_of_lmtp.mail(sender)
            client_of_lmtp.rcpt(recipient)
            _, reply = client_of_lmtp.data(raw)
        reference = reply.decode().split()[-1]
        ((mails[kind],),) = run(world, "select id::text from mails where source_ref = :ref", ref=reference)
    wait_until(lambda: run(world, OPEN) == [(0, 0, 0)], seconds=120, what="all mails and notices to end")
    return mails


def steps(ran: Ran, kind: str) -> list[tuple[str, str, str]]:
    """Returns stage, outcome and reason of each line about a mail, in the order of time."""
    mine = [line for line in ran.lines() if line["event"] == "mail" and line["mail"] == ran.mails[kind]]
    in_order = sorted(mine, key=lambda line: line["timestamp"])
    return [(line["stage"], line["outcome"], line.get("reason", "")) for line in in_order]


def test_each_step_of_a_mail_has_one_line(ran: Ran) -> None:
    assert steps(ran, "posted") == [
        ("custody", "in custody", ""),
        ("parse", "to validate", ""),
        ("validate", "to attachments", ""),
        ("attachments", "to post", ""),
        ("post", "posted", ""),
    ]
    assert steps(ran, "forwarded") == [
        ("custody", "in custody", ""),
        ("parse", "to validate", ""),
        ("validate", "rejected", "author_unknown"),
        ("deadletter", "forwarding", "author_unknown"),
    ]
    assert steps(ran, "duplicate") == [("custody", "duplicate", "")]
    about = [line for line in ran.lines() if line["event"] == "mail"]
    assert all(line["tenant"] == str(ran.world.tenant_id) and line["batch"] and line["ms"] >= 0 for line in about)
    forwards = [line for line in ran.lines("courier") if line.get("mail") == ran.mails["forwarded"]]
    assert [(line["event"], line["kind"], line["outcome"]) for line in forwards] == [
        ("outgoing mail", "catch_all", "sent")
    ]


def test_each_batch_has_one_line_with_its_numbers(ran: Ran) -> None:
    batches = [line for line in ran.lines("lmtp") if line["event"] == "batch"]
    assert sum(line["taken"] for line in batches) == len(ran.mails)
    assert sum(line["duplicates"] for line in batches) == 1
    of_mails = {line["batch"] for line in ran.lines() if line["event"] == "mail"}
    assert Counter(line["batch"] for line in batches) == Counter(of_mails)


def test_the_words_of_the_mail_server_that_refused_a_notice_are_in_the_log_and_in_find(ran: Ran) -> None:
    (refused,) = [line for line in ran.lines("courier") if line["event"] == "an outgoing mail was not sent"][:1]
    assert refused["error"] == f"{REFUSED} m***@people.example"
    assert (refused["kind"], refused["outcome"], refused["attempt"]) == ("notice", "refused", 1)
    env = {name.removeprefix("CASEMAIL_").lower(): value for name, value in ran.cluster.env.items()}
    shown = casemail("find", ran.mails["posted"], **env).stdout
    assert f"  notice     failed, 1 try: {REFUSED} {ran.world.email('member')}\n" in shown


def test_no_word_of_a_mail_and_no_whole_address_is_in_a_log(ran: Ran) -> None:
    logs = {role: ran.cluster.processes[role].log.read_text() for role in PROCESSES}
    assert len(logs["worker"].splitlines()) > 10, "there is something to search"
    for role, log in logs.items():
        assert MARKER.lower() not in log.lower(), role
        assert ran.world.slug not in log.replace(f"m***@{ran.world.slug}", ""), f"{role}: people's addresses have it"
        assert not [word for word in log.split() if "@" in word and "***@" not in word], role


def failures(ran: Ran) -> float:
    page = httpx.get(f"{ran.cluster.metrics('dispatch')}/metrics", timeout=30).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "casemail_dispatcher_failures_total"
    )


def test_an_outage_is_told_in_some_lines_and_counted(ran: Ran) -> None:
    postgres = ran.cluster.postgres
    assert postgres is not None
    before = {role: len(ran.lines(role)) for role in PROCESSES}
    postgres.kill()
    try:
        wait_until(lambda: failures(ran) >= LASTING, seconds=120, what="an outage that lasts")
    finally:
        postgres.start()
    wait_until(
        lambda: httpx.get(f"{ran.cluster.metrics('dispatch')}/readyz", timeout=30).is_success,
        seconds=60,
        what="the dispatcher to work again",
    )
    for role, lines in before.items():
        told = ran.lines(role)[lines:]
        assert len(told) < LASTING, Counter(line["event"] for line in told)
    assert any(line["event"] == "duty failed" for line in ran.lines("dispatch")), "it is told"
