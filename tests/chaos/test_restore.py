"""The drill: the database is lost, restored from a backup of before half of the mail, and recovered.

No mail is lost, none posts twice, and nobody gets a notice or a forward twice.
"""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient
from sqlalchemy import text

from ops.backup import making, restoring
from ops.demo import mailprogram
from ops.demo.delivery import Letter
from ops.demo.waiting import wait_until
from ops.kafka import ensure_topics
from storage.migrations import for_restore
from tests.chaos.bench import WRITER, Bench, deliver, running
from tests.contract.rig import ROUNDS

pytestmark = pytest.mark.timeout(600)
MAILS = 1_000 if ROUNDS > 2 else 50
CATCH_ALL = "catch-all@office.example"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with running(tmp_path / "cluster") as bench:
        with bench.database.tenant(bench.planted.tenants[WRITER.tenant]) as connection:
            connection.execute(text("update tenants set catch_all = :to"), {"to": CATCH_ALL})
        yield bench


def strangers(bench: Bench, topic: str, count: int) -> list[Letter]:
    """Returns mails of people whom the tenant does not know: they are forwarded to the catch-all."""
    return [
        Letter(
            f"someone{number}@elsewhere.example",
            bench.reply_to,
            f"From: someone{number}@elsewhere.example\r\nTo: {bench.reply_to}\r\nSubject: {topic}\r\n"
            f"Message-ID: <{topic}.{number}@elsewhere.example>\r\n\r\nI am {number}.\r\n".encode(),
        )
        for number in range(count)
    ]


def answer_to_a_notice(bench: Bench, topic: str) -> dict[str, Letter]:
    """Returns an answer to a notice about an update on the topic, by the person who got the notice."""

    def found() -> list[tuple[str, mailprogram.Original]]:
        mails = [mail for mail in bench.sink.mails if f"about {topic}.".encode() in mail.data]
        return [(mail.recipients[0], mailprogram.read(mail)) for mail in mails if CATCH_ALL not in mail.recipients]

    wait_until(lambda: bool(found()), seconds=60, what="a notice")
    person, notice = found()[0]
    words = f"Answer to the notice about the chain of {topic}."
    data = (
        f"From: {person}\r\nTo: {notice.reply_to}\r\nSubject: Re: {notice.subject}\r\n"
        f"Message-ID: <{uuid4()}@x.example>\r\nIn-Reply-To: {notice.message_id}\r\n\r\n{words}\r\n"
    )
    return {words: Letter(person, notice.reply_to, data.encode())}


def message_ids(bench: Bench) -> Counter[bytes]:
    """Returns how often each mail was sent, by its Message-ID."""
    found = (re.search(rb"(?m)^Message-ID: (\S+)", mail.data) for mail in bench.sink.mails)
    return Counter(match[1] for match in found if match)


def settle(bench: Bench) -> None:
    """Waits until no mail is on its way in or out."""

    def is_quiet() -> bool:
        with bench.database.tenant(bench.planted.tenants[WRITER.tenant]) as connection:
            waiting = connection.execute(text("select count(*) from outbox where state = 'waiting'")).scalar_one()
        return bench.conservation().in_flight == 0 and waiting == 0

    wait_until(is_quiet, seconds=240, what="all mails to end, and all notices to be sent")


def recover(bench: Bench, *, kill: bool = False) -> str:
    """Runs the command and returns what it printed; with `kill`, kills it once it has taken in a mail."""
    command = [sys.executable, "-m", "ops", "recover"]
    before = bench.conservation().received
    process = subprocess.Popen(command, env=os.environ | bench.cluster.env, stdout=subprocess.PIPE, text=True)
    with process:
        if kill:
            wait_until(
                lambda: process.poll() is not None or bench.conservation().received > before, seconds=60, what="a mail"
            )
            process.send_signal(signal.SIGKILL)
        said = process.communicate(timeout=120)[0]
        print(said)
        assert kill or process.returncode == 0
        return said


def lose_and_restore(bench: Bench, folder: Path, *, wipe_kafka: bool) -> None:
    """Stops all processes, replaces the database by that of the backup, recovers, and starts them again."""
    settings = bench.cluster.settings
    for process in bench.cluster.processes.values():
        process.stop()
    bench.database.close()
    owner = settings.database.owner_url or ""
    wait_until(lambda: not for_restore.sessions(owner, settings.database.url), seconds=60, what="sessions to end")
    restoring.restore(settings, folder, replace=True)
    if wipe_kafka:
        with closing(KafkaAdminClient(bootstrap_servers=settings.kafka.servers)) as admin:
            ours = [topic for topic in admin.list_topics() if not topic.startswith("__")]
            admin.delete_topics(ours)
            wait_until(lambda: not set(ours) & set(admin.list_topics()), seconds=60, what="the topics to go")
        ensure_topics(settings)
    recover(bench, kill=True)
    recover(bench)
    for name in bench.cluster.processes:
        bench.cluster.start_process(name)


@pytest.mark.often
@pytest.mark.parametrize("wipe_kafka", [False, True] if ROUNDS > 2 else [False])
def test_after_a_restore_no_mail_is_lost_none_posts_twice_and_nothing_is_sent_twice(
    bench: Bench, tmp_path: Path, wipe_kafka: bool
) -> None:
    before, after = bench.letters("the time before", MAILS), bench.letters("the time after", MAILS)
    unknown = [strangers(bench, topic, MAILS // 10) for topic in ("before", "after")]
    assert deliver(bench, before) == MAILS
    deliver(bench, {letter.sender: letter for letter in unknown[0]})
    making.backup(bench.cluster.settings, tmp_path / "backup")  # some are on their way
    assert deliver(bench, after) == MAILS
    deliver(bench, {letter.sender: letter for letter in unknown[1]})
    chain = answer_to_a_notice(bench, "the time after")
    assert deliver(bench, chain) == 1
    settle(bench)
    assert bench.posted("the chain of the time after") == list(chain)
    sent = message_ids(bench)
    lose_and_restore(bench, tmp_path / "backup", wipe_kafka=wipe_kafka)
    settle(bench)
    if "not there yet" in recover(bench):
        settle(bench)
    recover(bench)
    settle(bench)
    assert sorted(bench.posted("the time before") + bench.posted("the time after")) == sorted([*before, *after])
    assert bench.posted("the chain of the time after") == list(chain)
    line = bench.conservation()
    assert (line.unaccounted, line.held, line.dropped, line.forwarded) == (0, 0, 0, 2 * (MAILS // 10))
    assert line.received == line.posted + line.forwarded
    assert message_ids(bench) == sent
    assert set(sent.values()) == {1}
