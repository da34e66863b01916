"""The installation of a game day: two hosts that share Kafka (three nodes), PostgreSQL, blobs and a mail server.

A host is a group of processes on this machine with ports of their own; its loss is the death of all of them at once.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from sqlalchemy import make_url

from ops.cluster import Cluster
from ops.demo import mailprogram, seed
from ops.demo.sink import Sink
from ops.demo.waiting import wait_until
from ops.embedded.process import free_port
from schemas.tables import Authentication
from storage.database import Database
from tests.chaos.bench import QUESTION, SETTINGS, WRITER, Bench, add_mailbox
from tests.chaos.gameday.disk import Disk
from tests.chaos.proxied_cluster import DEADLINES
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.kafka_nodes import KafkaNodes
from tests.servers.prometheus import Prometheus
from tests.servers.silent_proxy import Proxy

#: The roles that run on each host; the console runs on the first alone.
ROLES = ("worker", "courier", "dispatch", "lmtp")
HOSTS = ("a", "b")
#: By how much windows and waits of the rules are shorter, and the seconds between two scrapes.
TIMES, SCRAPE_SECONDS = 20, 3
#: Seconds for the first mail, on a busy machine.
_FIRST_SECONDS = 180


class Site(Cluster):
    """The processes of both hosts. `lmtp_ports` are those of the LMTP servers."""

    def __init__(self, folder: Path, nodes: KafkaNodes, postgres: Proxy, overrides: Mapping[str, str]) -> None:
        super().__init__(folder, overrides=overrides)
        self.kafka = None  # its nodes are started before us
        self.nodes, self.proxy = nodes, postgres
        second = free_port()
        for role in ROLES:
            self.add_process(self.name(role, "b"), (role,), {"lmtp_port": str(second)} if role == "lmtp" else None)
        self._second = second

    @staticmethod
    def name(role: str, host: str) -> str:
        """Returns the name of a role's process on a host."""
        return role if host == HOSTS[0] else f"{role}-{host}"

    @property
    def lmtp_ports(self) -> tuple[int, ...]:
        """The ports of the LMTP servers of both hosts."""
        return self.settings.lmtp.port, self._second

    def _values(self) -> dict[str, str]:
        assert self.postgres is not None
        self.proxy.target = self.postgres.port
        url = make_url(self.postgres.url).set(port=self.proxy.port).render_as_string(hide_password=False)
        return super()._values() | {
            "database_url": url,
            "kafka_servers": self.nodes.servers,
            "topic_replication": "3",
        }


@dataclass(frozen=True)
class Scene:
    """What faults act on."""

    site: Site
    bench: Bench
    dovecot: Dovecot
    mailbox: Mailbox
    disk: Disk
    smtp: Proxy
    prometheus: Prometheus


@contextmanager
def running(folder: Path) -> Iterator[Scene]:
    """Runs the installation in the folder; it is ready, and a first update is out."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    with ExitStack() as stack:
        sink, disk = stack.enter_context(Sink()), stack.enter_context(Disk(folder / "disk"))
        smtp, postgres = stack.enter_context(Proxy(sink.port)), stack.enter_context(Proxy())
        dovecot = stack.enter_context(Dovecot(ca))
        nodes = stack.enter_context(KafkaNodes(folder / "kafka-nodes"))
        overrides = {
            "smtp_host": "127.0.0.1",
            "smtp_port": str(smtp.port),
            "blob_url": str(disk.blobs),
            "disk_reserve": str(disk.reserve),
            "source_ca_file": str(folder / "ca.pem"),
            "source_private": "true",
            "stall_seconds": "30",  # less would flood the topics on a busy machine
        }
        site = stack.enter_context(Site(folder, nodes, postgres, SETTINGS | DEADLINES | overrides))
        for role in ROLES:
            site.start_process(Site.name(role, "b"))
        assert site.postgres is not None
        database = stack.enter_context(closing(Database(site.postgres.url)))  # past the proxy: we are no part of it
        planted = seed.plant(str(site.settings.database.owner_url), Authentication.OFF)  # nobody signs
        seed.post(database, planted, QUESTION)
        wait_until(lambda: bool(sink.to(WRITER.email)), seconds=_FIRST_SECONDS, what="the update mail")
        reply_to = mailprogram.read(sink.to(WRITER.email)[0]).reply_to
        bench = Bench(site, database, planted, reply_to, sink)
        mailbox = dovecot.mailbox("gameday")
        add_mailbox(bench, dovecot, "gameday")
        targets = {
            f"casemail-{role}-{host}": site.metrics(Site.name(role, host)).removeprefix("http://")
            for role in ROLES
            for host in HOSTS
        }
        prometheus = Prometheus(folder / "prometheus", targets, seconds=SCRAPE_SECONDS, times=TIMES)
        stack.enter_context(prometheus)
        yield Scene(site, bench, dovecot, mailbox, disk, smtp, prometheus)
