"""What `/metrics` shows: what this host's processes count, conservation of every tenant, the lag of every topic."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from sqlalchemy import text

from schemas.tables import PUSHING, now
from storage.ledger import conservation
from storage.resources import Resources
from workers import canaries
from workers.broker import KafkaBroker, lags
from workers.fetch.disk_space import DiskSpace
from workers.readings import Readings

#: Connections to PostgreSQL of the readings alone: those of the dispatcher are for its duties.
_CONNECTIONS = 2

_PLACES = ("received", "posted", "forwarded", "held", "dropped", "in_flight", "unaccounted")

#: What is shown of each source that is fetched, and what it means; the columns of `_SOURCES`.
_SOURCE_GAUGES = {
    "success_age_seconds": "Time since the last fetch that succeeded, or since the first that failed.",
    "failures": "Fetches that failed in a row.",
    "left_behind": "Mails that the last fetch saw in the mailbox and could not take; must be zero.",
    "paused": "1 after its log-in was refused too often, else 0.",
    "undecided": "Old mails on which a person has to decide before anything is taken, else 0.",
    "active": "0 while a person has it paused, else 1.",
}
_SOURCES = text("""
select id, name, failures, left_behind, (paused_for = 'login')::int as paused, active::int as active,
    case when old_mails = 'asked' then old_count else 0 end as undecided,
    extract(epoch from now() - coalesce(last_success_at, failing_since))::float8 as success_age_seconds
from sources where kind <> all(:pushing) order by id
""")
# an id of ours has the time in which it was made
_OUTBOX = text("""
select kind, count(*) as waiting, min(uuid_extract_timestamp(id)) as since from outbox where state = 'waiting'
group by kind order by kind
""")
#: Longest name of a source in a label, in characters.
_NAME_LENGTH = 60


class HostCollector(Collector):
    """Adds up what the processes that share `folder` have written there; gauges of those that have died are removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sum = MultiProcessCollector(CollectorRegistry(), str(folder))  # type: ignore[no-untyped-call]

    def collect(self) -> Iterator[Metric]:
        for file in self._folder.glob("gauge_live*_*.db"):
            process = int(file.stem.rpartition("_")[2])
            if not psutil.pid_exists(process):  # it was killed: nobody else could remove them
                mark_process_dead(process, str(self._folder))  # type: ignore[no-untyped-call]
        yield from self._sum.collect()  # type: ignore[no-untyped-call]


def _age(since: datetime | None) -> float:
    return (now() - since).total_seconds() if since else 0


class HouseCollector(Collector):
    """Reads conservation from the database and lag from Kafka, beside the scrape that asks for them."""

    def __init__(self, resources: Resources, broker: KafkaBroker) -> None:
        self._house = resources
        self._broker = broker
        self._room = DiskSpace(resources.settings)
        self._database = resources.database.with_own_connections(_CONNECTIONS)
        self._readings = Readings(
            {
                "database": self._conservation,
                "kafka": self._lag,
                "disk": self._disk,
                "canaries": self._canaries,
                "outbox": self._outbox,
                "sources": self._sources,
            }
        )

    def collect(self) -> Iterator[Metric]:
        """The gauges, at once: what can't be read shows as `casemail_up 0`, with the figures read last, if any."""
        yield from self._readings.collect()

    def close(self) -> None:
        """Closes the connections that are not in use."""
        self._database.close()

    def _conservation(self) -> Iterator[Metric]:
        gauge = GaugeMetricFamily(
            "casemail_mails",
            "Mails of a tenant by where they are; unaccounted must be zero.",
            labels=["tenant", "place"],
        )
        oldest = GaugeMetricFamily(
            "casemail_oldest_held_seconds",
            "Age of the oldest mail that is held for a person; 0 where none is.",
            labels=["tenant"],
        )
        in_flight = GaugeMetricFamily(
            "casemail_oldest_in_flight_seconds",
            "Age of the oldest mail that has not come to an end state; 0 where none is in flight.",
            labels=["tenant"],
        )
        with self._database.system() as connection:
            lines = conservation.conservation(connection)
        for line in lines:
            for place in _PLACES:
                gauge.add_metric([line.tenant, place], getattr(line, place))
            oldest.add_metric([line.tenant], _age(line.held_since))
            in_flight.add_metric([line.tenant], _age(line.in_flight_since))
        yield from (gauge, oldest, in_flight)

    def _outbox(self) -> Iterator[Metric]:
        count = GaugeMetricFamily("casemail_outbox_waiting", "Mails that wait to be sent.", labels=["kind"])
        oldest = GaugeMetricFamily("casemail_outbox_oldest_seconds", "Age of the oldest of them.", labels=["kind"])
        with self._database.system() as connection:
            rows = connection.execute(_OUTBOX).all()
        for row in rows:
            count.add_metric([row.kind], row.waiting)
            oldest.add_metric([row.kind], _age(row.since))
        yield from (count, oldest)

    def _sources(self) -> Iterator[Metric]:
        """How the sources that are fetched do: one line for each, by its id and its name."""
        with self._database.system() as connection:
            rows = connection.execute(_SOURCES, {"pushing": sorted(PUSHING)}).all()
        for name, words in _SOURCE_GAUGES.items():
            gauge = GaugeMetricFamily(f"casemail_source_{name}", words, labels=["source", "name"])
            for row in rows:
                if (value := getattr(row, name)) is not None:
                    gauge.add_metric([str(row.id), row.name[:_NAME_LENGTH]], float(value))
            yield gauge

    def _disk(self) -> Iterator[Metric]:
        if self._room.free is not None:
            free, words = self._room.free, "Free bytes on the disk of the blob store."
            yield GaugeMetricFamily("casemail_disk_free_bytes", words, value=free)
            words = "1 while the disk is nearly full and no mail is taken in, else 0."
            yield GaugeMetricFamily("casemail_intake_stopped", words, value=int(self._room.stopped))

    def _canaries(self) -> Iterator[Metric]:
        words = "Canary mails of the last day that are late, by tenant and kind of source; must be zero."
        gauge = GaugeMetricFamily("casemail_canaries_missing", words, labels=["tenant", "source"])
        with self._database.system() as connection:
            late = canaries.missing(connection, self._house.settings.canaries.late_seconds)
        for tenant, source, number in late:
            gauge.add_metric([tenant, source], number)
        yield gauge

    def _lag(self) -> Iterator[Metric]:
        gauge = GaugeMetricFamily("casemail_consumer_lag", "Records of a topic not yet worked off.", labels=["topic"])
        queues = sorted(self._broker.get_declared_queues())
        topics = {self._broker.group(queue): self._broker.topics(queue).main for queue in queues}
        found = lags(self._broker.servers, topics, security=self._broker.options.security)
        for queue in queues:
            gauge.add_metric([queue], found[self._broker.group(queue)])
        yield gauge
