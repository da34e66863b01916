"""A running casemail behind proxies that can go silent: to PostgreSQL, Kafka, the mail server and the blob store."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from ops.demo import mailprogram, seed
from ops.demo.delivery import Letter
from ops.demo.sink import Sink
from ops.demo.waiting import wait_until
from ops.embedded.process import free_port
from schemas.tables import Authentication
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources
from tests.builders.pushed_mails import add_webhook, signed
from tests.chaos.bench import QUESTION, SETTINGS, WRITER, Bench, take
from tests.chaos.proxied_cluster import DEADLINES, ProxiedCluster
from tests.servers.s3 import S3Server
from tests.servers.silent_proxy import Proxy
from workers.fetch.push.endpoints import Provider

ROLES = ("worker", "courier", "dispatch", "lmtp", "console", "webhook", "api")


@dataclass(frozen=True)
class Rig:
    """A running casemail behind proxies; `push` sends a mail to its webhook and returns the status of the answer."""

    bench: Bench
    postgres: Proxy
    kafka: Proxy
    smtp: Proxy
    blobs: Proxy
    push: Callable[[Letter], int]

    def console(self) -> int:
        """Returns the status of a page for which the console asks the database."""
        url = f"{self.bench.cluster.settings.console.url}/healthz"
        return httpx.get(url, timeout=60).status_code

    def up(self, part: str) -> bool:
        """Returns whether /metrics says that the part could be read."""
        page = httpx.get(f"{self.bench.cluster.metrics('dispatch')}/metrics", timeout=60).text
        return f'casemail_up{{part="{part}"}} 1.0' in page

    def ready(self, role: str) -> bool:
        """Returns whether the role says that it has all it needs."""
        with suppress(httpx.TransportError):
            url = f"{self.bench.cluster.metrics(role)}/readyz"
            return httpx.get(url, timeout=60).status_code == httpx.codes.OK
        return False

    def bring(self, letters: dict[str, Letter]) -> None:
        """Sends mails by the webhook and by LMTP in turn, each until it is taken."""
        for number, letter in enumerate(letters.values()):
            way = partial(take, self.bench, letter) if number % 2 else partial(self._pushed, letter)
            wait_until(way, seconds=120, what="a mail to be taken")

    def _pushed(self, letter: Letter) -> bool:
        return self.push(letter) == httpx.codes.OK


@contextmanager
def running(folder: Path, *, in_bucket: bool = False) -> Iterator[Rig]:
    """Runs a casemail, with its blobs in a folder, or in a bucket of an S3 server behind the proxy `blobs`."""
    with ExitStack() as stack:
        sink = stack.enter_context(Sink())
        postgres, kafka = stack.enter_context(Proxy()), stack.enter_context(Proxy())
        smtp, blobs = stack.enter_context(Proxy(sink.port)), stack.enter_context(Proxy())
        port = free_port()
        changes = {
            "smtp_host": "127.0.0.1",
            "smtp_port": str(smtp.port),
            "smtp_timeout": "5",
            "webhook_port": str(port),
            "api_port": str(free_port()),
            "canary_seconds": "0",
        }
        if in_bucket:
            changes["blob_url"] = _bucket(stack, folder, blobs)
        cluster = stack.enter_context(ProxiedCluster(folder, postgres, kafka, SETTINGS | DEADLINES | changes))
        assert cluster.postgres is not None
        database = stack.enter_context(closing(Database(cluster.postgres.url)))
        planted = seed.plant(str(cluster.settings.database.owner_url), Authentication.OFF)  # nobody signs
        seed.post(database, planted, QUESTION)
        wait_until(lambda: bool(sink.to(WRITER.email)), seconds=120, what="the update mail")
        reply_to = mailprogram.read(sink.to(WRITER.email)[0]).reply_to
        resources = Resources(cluster.settings, database, Blobs(cluster.settings.blobs.url))
        path, secret = add_webhook(resources, Provider.GENERIC)
        for role in ("webhook", "api"):
            cluster.start_process(role)

        def push(letter: Letter) -> int:
            headers = signed(secret, letter.data, letter.recipient, sender=letter.sender)
            url = f"http://127.0.0.1:{port}/in/{path}"
            return httpx.post(url, content=letter.data, headers=headers, timeout=120).status_code

        rig = Rig(Bench(cluster, database, planted, reply_to, sink), postgres, kafka, smtp, blobs, push)
        for role in ROLES:
            wait_until(partial(rig.ready, role), seconds=120, what=f"{role} to be ready")
        yield rig


def _bucket(stack: ExitStack, folder: Path, proxy: Proxy) -> str:
    """Starts an S3 server that all processes reach through the proxy; returns the URL of a bucket."""
    server = stack.enter_context(S3Server(folder))
    server.make_bucket("casemail")
    proxy.target = server.port
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    for name, value in (server.env | {"AWS_ENDPOINT_URL": f"http://{proxy.address}"}).items():
        patch.setenv(name, value)
    return "s3://casemail"
