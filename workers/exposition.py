"""What `/metrics` shows: what this host's processes count, conservation of every tenant, the lag of every topic."""

from collections.abc import Iterator
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from schemas.tables import now
from storage import conservation
from workers import canaries
from workers.broker import KafkaBroker, lag
from workers.fetch.room import Room
from workers.house import House

_PLACES = ("received", "posted", "forwarded", "held", "dropped", "in_flight", "unaccounted")


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


class HouseCollector(Collector):
    """Reads conservation from the database and lag from Kafka at each scrape."""

    def __init__(self, house: House, broker: KafkaBroker) -> None:
        self._house = house
        self._broker = broker
        self._room = Room(house.settings)

    def collect(self) -> Iterator[Metric]:
        """The gauges; a source that can't be read is left out and shows as `casemail_up 0`."""
        up = GaugeMetricFamily("casemail_up", "Whether a part could be read at this scrape.", labels=["part"])
        for part, read in (
            ("database", self._conservation),
            ("kafka", self._lag),
            ("disk", self._disk),
            ("canaries", self._canaries),
        ):
            try:
                found = list(read())
            except Exception:  # noqa: BLE001  # the scrape must show what can be shown
                up.add_metric([part], 0)
            else:
                up.add_metric([part], 1)
                yield from found
        yield up

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
        with self._house.database.system() as connection:
            lines = conservation.conservation(connection)
        for line in lines:
            for place in _PLACES:
                gauge.add_metric([line.tenant, place], getattr(line, place))
            waiting = (now() - line.held_since).total_seconds() if line.held_since else 0
            oldest.add_metric([line.tenant], waiting)
        yield from (gauge, oldest)

    def _disk(self) -> Iterator[Metric]:
        if self._room.free is not None:
            free, words = self._room.free, "Free bytes on the disk of the blob store."
            yield GaugeMetricFamily("casemail_disk_free_bytes", words, value=free)
            words = "1 while the disk is nearly full and no mail is taken in, else 0."
            yield GaugeMetricFamily("casemail_intake_stopped", words, value=int(self._room.stopped))

    def _canaries(self) -> Iterator[Metric]:
        words = "Canary mails of the last day that are late, by tenant and kind of source; must be zero."
        gauge = GaugeMetricFamily("casemail_canaries_missing", words, labels=["tenant", "source"])
        with self._house.database.system() as connection:
            late = canaries.missing(connection, self._house.settings.canary_late_seconds)
        for tenant, source, number in late:
            gauge.add_metric([tenant, source], number)
        yield gauge

    def _lag(self) -> Iterator[Metric]:
        gauge = GaugeMetricFamily("casemail_consumer_lag", "Records of a topic not yet worked off.", labels=["topic"])
        for queue in sorted(self._broker.get_declared_queues()):
            topic = self._broker.topics(queue).main
            group, wire = self._broker.group(queue), self._broker.options.wire
            gauge.add_metric([queue], lag(self._broker.servers, group, [topic], wire=wire)[topic])
        yield gauge
