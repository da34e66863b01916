"""Collects the figures of the whole cluster for `/metrics`, from the database and Kafka."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from schemas.tables import now
from storage import canaries, figures
from storage.ledger import conservation, mail_counts
from storage.resources import Resources
from storage.scraped import Scraped
from workers.broker import KafkaBroker, groups
from workers.election import Election
from workers.fetch.disk_space import DiskSpace
from workers.readings import PACE, Pace, Readings
from workers.readings import figures as figures_of

#: Connections to PostgreSQL only for these figures: the dispatcher's other connections are for its jobs.
_CONNECTIONS = 2
#: Seconds that reads may still take when the dispatcher stops.
_CLOSE_SECONDS = 5.0

LEADER = Scraped(
    "casemail_exporter_leader", "1 at the dispatcher that exports the figures of the cluster, 0 at the others."
)
MAILS = Scraped("casemail_mails", "Mails of a tenant by where they are; unaccounted must be zero.", "tenant", "place")
OLDEST_HELD = Scraped(
    "casemail_oldest_held_seconds", "Age of the oldest mail that is held for a person; 0 where none is.", "tenant"
)
OLDEST_IN_FLIGHT = Scraped(
    "casemail_oldest_in_flight_seconds",
    "Age of the oldest mail that has not come to an end state; 0 where none is in flight.",
    "tenant",
)
DRIFT = Scraped(
    "casemail_conservation_drift", "Mails that the last check found counted wrongly, and mended; must be zero."
)
CHECK_AGE = Scraped(
    "casemail_conservation_check_age_seconds", "Time since the counts of mails were compared with all rows."
)
OUTBOX_WAITING = Scraped("casemail_outbox_waiting", "Mails that wait to be sent.", "kind")
OUTBOX_OLDEST = Scraped("casemail_outbox_oldest_seconds", "Age of the oldest mail that waits to be sent.", "kind")
DISK_FREE = Scraped("casemail_disk_free_bytes", "Free bytes on the disk of the blob store.")
INTAKE_STOPPED = Scraped("casemail_intake_stopped", "1 while the disk is nearly full and no mail is taken in, else 0.")
CANARIES_MISSING = Scraped(
    "casemail_canaries_missing",
    "Canary mails of the last day that are late, by tenant and kind of source; must be zero.",
    "tenant",
    "source",
)
LAG = Scraped("casemail_consumer_lag", "Records of a topic not yet worked off.", "topic")
MEMBERS = Scraped("casemail_group_members", "Consumers of a topic, as Kafka knows them; 0: nobody reads it.", "topic")
PLACES = ("received", "posted", "forwarded", "held", "dropped", "in_flight", "unaccounted")

SOURCE_CLASSES = Scraped(
    "casemail_sources",
    "Fetched sources, each in one class; those that are `fine`, `inactive` or `untested` are not shown one by one.",
    "class",
)
#: The gauges of each source that is fetched, by the columns of `figures.sources`.
SOURCES = {
    column: Scraped(f"casemail_source_{column}", meaning, "source", "name")
    for column, meaning in {
        "success_age_seconds": "Time since the last fetch that succeeded, or since the first that failed.",
        "failures": "Fetches that failed in a row.",
        "left_behind": "Mails that the last fetch saw in the mailbox and could not take; must be zero.",
        "paused": "1 after its log-in was refused too often, else 0.",
        "undecided": "Old mails on which a person has to decide before anything is taken, else 0.",
        "active": "0 while a person has it paused, else 1.",
    }.items()
}
#: Longest name of a source in a label, in characters.
_NAME_LENGTH = 60


def _age(since: datetime | None) -> float:
    return (now() - since).total_seconds() if since else 0


def _of_mails(lines: Iterable[conservation.Conservation]) -> Iterator[Metric]:
    """Yields the gauges of each tenant's mails."""
    gauge, oldest, in_flight = MAILS.family(), OLDEST_HELD.family(), OLDEST_IN_FLIGHT.family()
    for line in lines:
        for place in PLACES:
            gauge.add_metric([line.tenant, place], getattr(line, place))
        oldest.add_metric([line.tenant], _age(line.held_since))
        in_flight.add_metric([line.tenant], _age(line.in_flight_since))
    yield from (gauge, oldest, in_flight)


def _by_kind(late: Iterable[tuple[str, str, int]]) -> Counter[str]:
    """Returns the sums of late canaries by kind of source."""
    sums: Counter[str] = Counter()
    for _, kind, number in late:
        sums[kind] += number
    return sums


class ClusterCollector(Collector):
    """Reads the figures of the whole cluster from the database and Kafka, if this dispatcher is elected to do so.

    The other dispatchers show `casemail_exporter_leader 0`, and of the figures only those of their own disk.
    """

    def __init__(self, resources: Resources, broker: KafkaBroker, pace: Pace = PACE) -> None:
        self._resources = resources
        self._broker = broker
        self._pace = pace
        self._disk_space = DiskSpace(resources.settings)
        self._database = resources.database.with_own_connections(_CONNECTIONS)
        self._own = Readings({"disk": self._disk}, pace)
        self._cluster: Readings | None = None
        self._election = Election(self._database, self._elected)

    def start(self) -> None:
        """Begins to read the disk, and takes part in the election."""
        self._own.start()
        self._election.start()

    def collect(self) -> Iterator[Metric]:
        """Yields all gauges; for a part that can't be read `casemail_up 0`, and the figures read last. Never waits."""
        cluster, leads = self._cluster, self._election.leads
        yield LEADER.family(int(leads))
        yield from figures_of([*self._own.all, *(cluster.all if leads and cluster else ())])

    def close(self) -> None:
        """Leaves the election, and closes the connections that are not in use."""
        self._own.stop()
        self._election.stop()  # which ends the cluster's reads, too
        self._own.join(_CLOSE_SECONDS)
        self._database.close()

    def _elected(self, leads: bool) -> None:  # the signature is Election's
        ended, self._cluster = self._cluster, None
        if ended is not None:
            ended.stop()
            ended.join(_CLOSE_SECONDS)  # or its connection would be left open when the dispatcher stops meanwhile
        if leads:
            parts = {
                "database": self._conservation,
                "kafka": self._kafka,
                "canaries": self._canaries,
                "outbox": self._outbox,
                "sources": self._sources,
            }
            self._cluster = Readings(parts, self._pace)
            self._cluster.start()

    def _conservation(self) -> Iterator[Metric]:
        with self._database.system() as connection:
            lines = conservation.conservation(connection)
            last = mail_counts.last_check(connection)
        shows = self._resources.settings.metrics
        yield from _of_mails(
            lines if shows.every_tenant else conservation.with_something_to_tell(lines, shows.most_named)
        )
        drift, age = DRIFT.family(), CHECK_AGE.family()
        if last is not None:
            drift.add_metric([], last.drift)
            age.add_metric([], last.age)
        yield from (drift, age)

    def _outbox(self) -> Iterator[Metric]:
        count, oldest = OUTBOX_WAITING.family(), OUTBOX_OLDEST.family()
        with self._database.system() as connection:
            rows = figures.outbox(connection)
        for row in rows:
            count.add_metric([row.kind], row.waiting)
            oldest.add_metric([row.kind], _age(row.since))
        yield from (count, oldest)

    def _sources(self) -> Iterator[Metric]:
        """Yields how many fetched sources are in which class, and gauges labelled with a source's id and name."""
        shows = self._resources.settings.metrics
        with self._database.system() as connection:
            classes = figures.source_classes(connection)
            rows = figures.sources(connection, most=shows.most_named, every=shows.every_tenant)
        count = SOURCE_CLASSES.family()
        for name, number in classes.items():
            count.add_metric([name], number)
        yield count
        for column, scraped in SOURCES.items():
            gauge = scraped.family()
            for row in rows:
                if (value := getattr(row, column)) is not None:
                    gauge.add_metric([str(row.id), row.name[:_NAME_LENGTH]], float(value))
            yield gauge

    def _disk(self) -> Iterator[Metric]:
        if self._disk_space.free is not None:
            yield DISK_FREE.family(self._disk_space.free)
            yield INTAKE_STOPPED.family(int(self._disk_space.stopped))

    def _canaries(self) -> Iterator[Metric]:
        gauge = CANARIES_MISSING.family()
        with self._database.system() as connection:
            late = canaries.missing(connection, self._resources.settings.canaries.late_seconds)
        shows = self._resources.settings.metrics
        named = len(late) if shows.every_tenant else shows.most_named
        for tenant, source, number in late[:named]:
            gauge.add_metric([tenant, source], number)
        for source, number in _by_kind(late[named:]).items():
            gauge.add_metric([conservation.OTHERS, source], number)
        yield gauge

    def _kafka(self) -> Iterator[Metric]:
        """Yields how many records wait, and how many consumers Kafka knows, by topic.

        Kafka knows also of consumers whose processes died without a word: they are members until their session ends.
        """
        lag, members = LAG.family(), MEMBERS.family()
        queues = sorted(self._broker.get_declared_queues())
        topics = {self._broker.group(queue): self._broker.topics(queue).main for queue in queues}
        found = groups(self._broker.servers, topics, security=self._broker.options.security)
        for queue in queues:
            group = found[self._broker.group(queue)]
            lag.add_metric([queue], group.lag)
            members.add_metric([queue], group.members)
        yield from (lag, members)
