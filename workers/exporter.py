"""Collects the figures of the whole cluster for `/metrics`, from the database and Kafka."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from schemas.tables import now
from storage import canaries, figures
from storage.ledger import conservation, mail_counts
from storage.resources import Resources
from workers.broker import KafkaBroker, groups
from workers.election import Election
from workers.fetch.disk_space import DiskSpace
from workers.readings import PACE, Pace, Readings

#: Connections to PostgreSQL only for these figures: the dispatcher's other connections are for its jobs.
_CONNECTIONS = 2
#: Seconds that reads may still take when the dispatcher stops.
_CLOSE_SECONDS = 5.0

_PLACES = ("received", "posted", "forwarded", "held", "dropped", "in_flight", "unaccounted")

#: The figures of each source that is fetched, and what they mean: the columns of `figures.sources`.
_SOURCE_GAUGES = {
    "success_age_seconds": "Time since the last fetch that succeeded, or since the first that failed.",
    "failures": "Fetches that failed in a row.",
    "left_behind": "Mails that the last fetch saw in the mailbox and could not take; must be zero.",
    "paused": "1 after its log-in was refused too often, else 0.",
    "undecided": "Old mails on which a person has to decide before anything is taken, else 0.",
    "active": "0 while a person has it paused, else 1.",
}
#: Longest name of a source in a label, in characters.
_NAME_LENGTH = 60


def _age(since: datetime | None) -> float:
    return (now() - since).total_seconds() if since else 0


def _of_mails(lines: Iterable[conservation.Conservation]) -> Iterator[Metric]:
    """Yields the gauges of each tenant's mails."""
    words = "Mails of a tenant by where they are; unaccounted must be zero."
    gauge = GaugeMetricFamily("casemail_mails", words, labels=["tenant", "place"])
    words = "Age of the oldest mail that is held for a person; 0 where none is."
    oldest = GaugeMetricFamily("casemail_oldest_held_seconds", words, labels=["tenant"])
    words = "Age of the oldest mail that has not come to an end state; 0 where none is in flight."
    in_flight = GaugeMetricFamily("casemail_oldest_in_flight_seconds", words, labels=["tenant"])
    for line in lines:
        for place in _PLACES:
            gauge.add_metric([line.tenant, place], getattr(line, place))
        oldest.add_metric([line.tenant], _age(line.held_since))
        in_flight.add_metric([line.tenant], _age(line.in_flight_since))
    yield from (gauge, oldest, in_flight)


class ClusterCollector(Collector):
    """Reads the figures of the whole cluster from the database and Kafka, if this dispatcher is elected to do so.

    The other dispatchers show none of these figures, only `casemail_exporter_leader 0`.
    """

    def __init__(self, resources: Resources, broker: KafkaBroker, pace: Pace = PACE) -> None:
        self._resources = resources
        self._broker = broker
        self._pace = pace
        self._disk_space = DiskSpace(resources.settings)
        self._database = resources.database.with_own_connections(_CONNECTIONS)
        self._readings: Readings | None = None
        self._election = Election(self._database, self._elected)

    def start(self) -> None:
        """Takes part in the election."""
        self._election.start()

    def collect(self) -> Iterator[Metric]:
        """Yields all gauges; for a part that can't be read `casemail_up 0`, and the figures read last. Never waits."""
        readings, leads = self._readings, self._election.leads
        words = "1 at the dispatcher that exports the figures of the cluster, 0 at the others."
        yield GaugeMetricFamily("casemail_exporter_leader", words, value=int(leads))
        yield from self._disk()
        if leads and readings is not None:
            yield from readings.collect()

    def close(self) -> None:
        """Leaves the election, and closes the connections that are not in use."""
        readings = self._readings
        self._election.stop()
        if readings is not None:
            readings.join(_CLOSE_SECONDS)
        self._database.close()

    def _elected(self, leads: bool) -> None:  # the signature is Election's
        if self._readings is not None:
            self._readings.stop()
        self._readings = None
        if leads:
            readings = Readings(
                {
                    "database": self._conservation,
                    "kafka": self._kafka,
                    "canaries": self._canaries,
                    "outbox": self._outbox,
                    "sources": self._sources,
                },
                self._pace,
            )
            readings.start()
            self._readings = readings

    def _conservation(self) -> Iterator[Metric]:
        with self._database.system() as connection:
            lines = conservation.conservation(connection)
            last = mail_counts.last_check(connection)
        every = self._resources.settings.metrics.every_tenant
        yield from _of_mails(lines if every else conservation.with_something_to_tell(lines))
        words = "Mails that the last check found counted wrongly, and mended; must be zero."
        drift = GaugeMetricFamily("casemail_conservation_drift", words)
        words = "Time since the counts of mails were compared with all rows."
        age = GaugeMetricFamily("casemail_conservation_check_age_seconds", words)
        if last is not None:
            drift.add_metric([], last.drift)
            age.add_metric([], last.age)
        yield from (drift, age)

    def _outbox(self) -> Iterator[Metric]:
        count = GaugeMetricFamily("casemail_outbox_waiting", "Mails that wait to be sent.", labels=["kind"])
        oldest = GaugeMetricFamily("casemail_outbox_oldest_seconds", "Age of the oldest of them.", labels=["kind"])
        with self._database.system() as connection:
            rows = figures.outbox(connection)
        for row in rows:
            count.add_metric([row.kind], row.waiting)
            oldest.add_metric([row.kind], _age(row.since))
        yield from (count, oldest)

    def _sources(self) -> Iterator[Metric]:
        """Yields the gauges of the fetched sources, labelled with id and name."""
        with self._database.system() as connection:
            rows = figures.sources(connection)
        for name, words in _SOURCE_GAUGES.items():
            gauge = GaugeMetricFamily(f"casemail_source_{name}", words, labels=["source", "name"])
            for row in rows:
                if (value := getattr(row, name)) is not None:
                    gauge.add_metric([str(row.id), row.name[:_NAME_LENGTH]], float(value))
            yield gauge

    def _disk(self) -> Iterator[Metric]:
        if self._disk_space.free is not None:
            free, words = self._disk_space.free, "Free bytes on the disk of the blob store."
            yield GaugeMetricFamily("casemail_disk_free_bytes", words, value=free)
            words = "1 while the disk is nearly full and no mail is taken in, else 0."
            yield GaugeMetricFamily("casemail_intake_stopped", words, value=int(self._disk_space.stopped))

    def _canaries(self) -> Iterator[Metric]:
        words = "Canary mails of the last day that are late, by tenant and kind of source; must be zero."
        gauge = GaugeMetricFamily("casemail_canaries_missing", words, labels=["tenant", "source"])
        with self._database.system() as connection:
            late = canaries.missing(connection, self._resources.settings.canaries.late_seconds)
        for tenant, source, number in late:
            gauge.add_metric([tenant, source], number)
        yield gauge

    def _kafka(self) -> Iterator[Metric]:
        """Yields how many records wait, and how many consumers Kafka knows, by topic.

        Kafka knows also of consumers whose processes died without a word: they are members until their session ends.
        """
        lag = GaugeMetricFamily("casemail_consumer_lag", "Records of a topic not yet worked off.", labels=["topic"])
        members = GaugeMetricFamily(
            "casemail_group_members", "Consumers of a topic, as Kafka knows them; 0: nobody reads it.", labels=["topic"]
        )
        queues = sorted(self._broker.get_declared_queues())
        topics = {self._broker.group(queue): self._broker.topics(queue).main for queue in queues}
        found = groups(self._broker.servers, topics, security=self._broker.options.security)
        for queue in queues:
            group = found[self._broker.group(queue)]
            lag.add_metric([queue], group.lag)
            members.add_metric([queue], group.members)
        yield from (lag, members)
