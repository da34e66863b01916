"""PostgreSQL, or Kafka too, goes silent: its connections stay open, without answers. Every role reports it, goes
on by itself when the servers answer again, and stops when it is asked to."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import partial

import httpx
import psutil
import pytest

from ops.demo import mailprogram, seed
from ops.demo.delivery import Letter
from ops.demo.sink import Sink
from ops.demo.waiting import wait_until
from ops.embedded.process import ServerProcess, free_port
from schemas.tables import Authentication
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources
from tests.builders.pushed_mails import add_webhook, signed
from tests.chaos.bench import QUESTION, SETTINGS, WRITER, Bench, await_all_posted_once, take
from tests.chaos.proxied_cluster import DEADLINES, ProxiedCluster
from tests.servers.silent_proxy import Proxy
from workers.fetch.push.endpoints import Provider

pytestmark = [
    pytest.mark.timeout(600),
    # the warning comes from the proxy when a connection is cut off while it is being made
    pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning"),
]
#: Seconds for each process to stop. A worker takes longest, because it finishes its work.
GRACE_SECONDS = 90
ROLES = ("worker", "courier", "dispatch", "lmtp", "console", "webhook")


@dataclass(frozen=True)
class Rig:
    """A running casemail behind proxies; `push` sends a mail to its webhook and returns the status of the answer."""

    bench: Bench
    postgres: Proxy
    kafka: Proxy
    push: Callable[[Letter], int]

    def console(self) -> int:
        """Returns the status of a page for which the console asks the database."""
        url = f"{self.bench.cluster.settings.console.url}/healthz"
        return httpx.get(url, timeout=60).status_code

    def up(self, part: str) -> bool:
        """Returns whether /metrics says that the part could be read."""
        page = httpx.get(f"{self.bench.cluster.metrics('dispatch')}/metrics", timeout=60).text
        return f'casemail_up{{part="{part}"}} 1.0' in page


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("silent")
    with ExitStack() as stack:
        sink = stack.enter_context(Sink())
        postgres, kafka = stack.enter_context(Proxy()), stack.enter_context(Proxy())
        port = free_port()
        changes = {
            "smtp_host": sink.host,
            "smtp_port": str(sink.port),
            "webhook_port": str(port),
            "canary_seconds": "0",
        }
        cluster = stack.enter_context(ProxiedCluster(folder, postgres, kafka, SETTINGS | DEADLINES | changes))
        assert cluster.postgres is not None
        database = stack.enter_context(closing(Database(cluster.postgres.url)))
        planted = seed.plant(str(cluster.settings.database.owner_url), Authentication.OFF)  # nobody signs
        seed.post(database, planted, QUESTION)
        wait_until(lambda: bool(sink.to(WRITER.email)), seconds=60, what="the update mail")
        reply_to = mailprogram.read(sink.to(WRITER.email)[0]).reply_to
        resources = Resources(cluster.settings, database, Blobs(cluster.settings.blobs.url))
        path, secret = add_webhook(resources, Provider.GENERIC)
        cluster.start_process("webhook")

        def push(letter: Letter) -> int:
            headers = signed(secret, letter.data, letter.recipient, sender=letter.sender)
            url = f"http://127.0.0.1:{port}/in/{path}"
            return httpx.post(url, content=letter.data, headers=headers, timeout=60).status_code

        def listens() -> bool:
            with suppress(httpx.TransportError):
                return httpx.get(f"http://127.0.0.1:{port}/health", timeout=60).status_code == 200
            return False

        wait_until(listens, seconds=60, what="the webhook")
        yield Rig(Bench(cluster, database, planted, reply_to, sink), postgres, kafka, push)


def pushed(rig: Rig, letter: Letter) -> bool:
    """Returns whether the webhook accepts the mail."""
    return rig.push(letter) == httpx.codes.OK


def has_ended(process: ServerProcess) -> bool:
    """Returns whether the process has ended."""
    return not process.running


def bring(rig: Rig, letters: dict[str, Letter]) -> None:
    """Sends mails by the webhook and by LMTP in turn, each until it is taken."""
    for number, letter in enumerate(letters.values()):
        way = partial(take, rig.bench, letter) if number % 2 else partial(pushed, rig, letter)
        wait_until(way, seconds=60, what="a mail to be taken")


def test_connections_that_went_silent_are_replaced_by_every_role(rig: Rig) -> None:
    before, after = rig.bench.letters("before", 12), rig.bench.letters("after", 12)
    assert rig.console() == 200
    bring(rig, before)
    await_all_posted_once(rig.bench, before, "before")
    rig.postgres.silence()
    bring(rig, after)
    await_all_posted_once(rig.bench, after, "after")
    wait_until(lambda: rig.console() == 200, seconds=60, what="the console")
    wait_until(lambda: rig.up("database"), seconds=60, what="/metrics to count again")
    assert {name for name in ROLES if rig.bench.cluster.processes[name].running} == set(ROLES)


def test_while_postgresql_is_silent_mail_is_put_off_and_afterwards_it_posts(rig: Rig) -> None:
    letters = rig.bench.letters("silence", 8)
    first = next(iter(letters.values()))
    with rig.postgres.fault("blackhole"):
        assert not take(rig.bench, first)
        assert rig.push(first) == 503
        assert rig.console() == 503
        wait_until(lambda: not rig.up("database"), seconds=60, what="/metrics to say that it can't read")
        assert rig.up("disk")
    bring(rig, letters)
    await_all_posted_once(rig.bench, letters, "silence")


def test_a_frozen_postgresql_is_waited_for_and_no_mail_is_lost(rig: Rig) -> None:
    letters, server = rig.bench.letters("frost", 8), rig.bench.cluster.postgres
    assert server is not None
    family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        assert not take(rig.bench, next(iter(letters.values())))
    finally:
        for process in family:
            process.resume()
    bring(rig, letters)
    await_all_posted_once(rig.bench, letters, "frost")


def test_every_role_stops_when_asked_to_while_postgresql_and_kafka_are_silent(rig: Rig) -> None:
    processes = rig.bench.cluster.processes
    with rig.postgres.fault("blackhole"), rig.kafka.fault("blackhole"):
        assert not take(rig.bench, next(iter(rig.bench.letters("end", 1).values())))
        for name in ROLES:
            os.kill(processes[name].pid, signal.SIGTERM)
        for name in ROLES:
            ended = partial(has_ended, processes[name])
            wait_until(ended, seconds=GRACE_SECONDS, what=f"{name} to end")
