"""A scrape is answered at once, even when the database or Kafka is slow or away, and reading harms nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import event, make_url, text

from ops.embedded import Postgres
from ops.kafka import make_broker
from schemas.tables import now
from storage.database import Database
from storage.deadlines import Deadlines
from storage.ledger import conservation
from storage.resources import Resources
from tests.builders.rows import run
from tests.builders.world import World, in_ledger, make_settings, make_world
from tests.servers.silent_proxy import Proxy
from workers import election
from workers.exporter import ClusterCollector
from workers.readings import Pace, Readings, figures

# the proxy may cut a connection off while it is being opened
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning")


class Part:
    """A source of metrics that counts how often a reading began, and waits while `goes_on` is not set."""

    def __init__(self) -> None:
        self.begun = 0
        self.goes_on = Event()
        self.goes_on.set()
        self.fails = False

    def read(self) -> Iterator[Metric]:
        self.begun += 1
        number = self.begun
        assert self.goes_on.wait(60)
        if self.fails:
            raise OSError("away")
        yield GaugeMetricFamily("number", "Which reading it was.", value=number)


def shown(collect: Callable[[], Iterator[Metric]]) -> dict[str, float]:
    """Returns the samples of a scrape, by name and part."""
    return {
        " ".join([sample.name, sample.labels.get("part", "")]).strip(): sample.value
        for metric in collect()
        for sample in metric.samples
    }


#: Waits for no slow part, and reads each part again at once.
IMPATIENT = Pace(period=0.01, patience=0.2, rest=0)


@contextmanager
def reading(*parts: Part, pace: Pace = IMPATIENT) -> Iterator[Readings]:
    """Yields readings of these parts, named by their place, while they are read."""
    readings = Readings({str(place): part.read for place, part in enumerate(parts)}, pace)
    readings.start()
    try:
        yield readings
    finally:
        readings.stop()
        for part in parts:
            part.goes_on.set()


def page(readings: Readings) -> dict[str, float]:
    """Returns what a scrape shows of the readings."""
    return shown(lambda: figures(readings.all))


def until(shows: Callable[[], bool]) -> None:
    """Waits until `shows` returns True."""
    deadline = monotonic() + 60
    while not shows():
        assert monotonic() < deadline
        sleep(0.01)


def test_a_scrape_waits_for_nothing_and_shows_what_was_read_last() -> None:
    slow, quick = Part(), Part()
    with reading(slow, quick) as both:
        until(lambda: page(both).get("casemail_up 0") == 1)
        slow.goes_on.clear()
        begun = slow.begun
        until(lambda: page(both)["casemail_up 0"] == 0)
        seen = page(both)
        assert (seen["casemail_up 1"], "number" in seen) == (1, True)
        assert seen["casemail_read_age_seconds 0"] > seen["casemail_read_age_seconds 1"]
        assert slow.begun <= begun + 1  # it is not asked again while it is asked
        slow.goes_on.set()
        until(lambda: page(both)["casemail_up 0"] == 1)


def test_before_the_first_read_has_ended_a_part_is_neither_up_nor_down() -> None:
    part = Part()
    part.goes_on.clear()
    with reading(part, pace=Pace(patience=60)) as parts:
        until(lambda: part.begun == 1)
        assert page(parts) == {}


def test_what_fails_says_so_and_keeps_its_last_figures() -> None:
    part = Part()
    with reading(part) as parts:
        until(lambda: page(parts).get("casemail_up 0") == 1)
        part.fails = True
        until(lambda: page(parts)["casemail_up 0"] == 0)
        assert page(parts)["number"] >= 1
        part.fails = False
        until(lambda: page(parts)["casemail_up 0"] == 1)


def test_what_took_long_rests_long() -> None:
    slow, other = Part(), Part()
    with reading(slow, pace=Pace(period=0, quick=0.0, rest=1e9)), reading(other):
        until(lambda: slow.begun == 1)
        until(lambda: other.begun > 20)
        assert slow.begun == 1


@contextmanager
def collecting(resources: Resources) -> Iterator[ClusterCollector]:
    """Yields a collector that takes part in the election, and reads again and again."""
    collector = ClusterCollector(resources, make_broker(resources.settings), Pace(period=0.1, patience=0.5, rest=0))
    collector.start()
    try:
        yield collector
    finally:
        collector.close()


def leads(collector: ClusterCollector) -> bool:
    return shown(collector.collect)["casemail_exporter_leader"] == 1


def test_one_dispatcher_exports_and_another_takes_over_at_once_when_it_leaves(resources: Resources) -> None:
    with collecting(resources) as first:
        until(lambda: leads(first))
        until(lambda: "casemail_up database" in shown(first.collect))
        with collecting(resources) as second:
            for _ in range(10):
                assert not leads(second)
                assert "casemail_up database" not in shown(second.collect)
                sleep(0.05)
            first._election.stop()
            until(lambda: leads(second))
            assert not leads(first)
            assert "casemail_up database" not in shown(first.collect)
            until(lambda: shown(second.collect).get("casemail_up database") == 1)


def test_a_leader_that_is_gone_without_a_word_loses_its_lease(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(election, "LEASE_SECONDS", 2.0)
    monkeypatch.setattr(election, "RENEW_SECONDS", 0.5)
    with collecting(resources) as first:
        until(lambda: leads(first))
        first._election._stop.set()  # it renews no more, as a frozen process
        with collecting(resources) as second:
            until(lambda: leads(second))
            assert not leads(first)


def test_with_postgresql_silent_and_kafka_away_a_scrape_shows_what_there_is(
    migrated: Postgres, world: World, tmp_path: Path
) -> None:
    with Proxy(make_url(migrated.url).port) as proxy:
        url = make_url(migrated.url).set(port=proxy.port).render_as_string(hide_password=False)
        settings = make_settings(url, tmp_path).replace(metrics_every_tenant=True)
        (tmp_path / "blobs").mkdir()
        database = Database(url, limits=Deadlines(connect=2, system=2))
        with collecting(Resources(settings, database, None)) as collector:  # type: ignore[arg-type]

            def up(part: str) -> float | None:
                return shown(collector.collect).get(f"casemail_up {part}")

            until(lambda: (up("database"), up("kafka")) == (1, 0))
            assert "casemail_disk_free_bytes" in shown(collector.collect)
            with proxy.fault("blackhole"):
                until(lambda: (up("database"), up("outbox")) == (0, 0))
                assert "casemail_mails" in shown(collector.collect)  # as they were read last
                assert "casemail_disk_free_bytes" in shown(collector.collect)
            # or a read would still hang when the connections are closed
            until(lambda: {up(part) for part in ("database", "canaries", "outbox", "sources")} == {1})


def test_every_dispatcher_shows_its_disk_and_a_blob_folder_that_is_gone_spoils_no_scrape(resources: Resources) -> None:
    with collecting(resources) as first:
        until(lambda: leads(first))
        gone = resources.settings.replace(blob_url="/gone/blobs")
        with collecting(Resources(gone, resources.database, resources.blobs)) as second:
            until(lambda: shown(first.collect).get("casemail_up disk") == 1)
            until(lambda: shown(second.collect).get("casemail_up disk") == 0)
            assert "casemail_disk_free_bytes" in shown(first.collect)
            assert not leads(second)


def test_a_scrape_takes_no_connection_that_the_dispatcher_needs(resources: Resources) -> None:
    small = Database(resources.settings.database.url, pool_size=1, spare=0, limits=Deadlines(connect=2, system=2))
    with small.system(), collecting(Resources(resources.settings, small, resources.blobs)) as collector:
        until(lambda: shown(collector.collect).get("casemail_up database") == 1)
        until(lambda: shown(collector.collect).get("casemail_up outbox") == 1)
    small.close()


def test_tenants_with_nothing_to_tell_are_summed_up(resources: Resources, world: World) -> None:
    quiet, held, lying = (make_world(world.owner_url) for _ in range(3))
    for each in (quiet, held, lying):
        in_ledger(each)
        run(each, "insert into intake values (uuidv7(), :id, uuidv7(), 1)", id=each.tenant_id)
    for each, state in ((quiet, "dropped"), (held, "held"), (lying, "posted")):
        run(each, "update mails set state = :s, ended_at = now() where tenant_id = :id", s=state, id=each.tenant_id)

    def mails(every: bool) -> dict[tuple[str, str], float]:
        # the shared database has more tenants with something to tell than are named by default
        settings = resources.settings.replace(metrics_every_tenant=every, metrics_most_named=100_000)
        with collecting(Resources(settings, resources.database, resources.blobs)) as collector:
            until(lambda: shown(collector.collect).get("casemail_up database") == 1)
            samples = [sample for metric in collector.collect() for sample in metric.samples]
        found = {}
        for sample in samples:
            if sample.name in ("casemail_mails", "casemail_oldest_held_seconds"):
                found[sample.labels["tenant"], sample.labels.get("place", "oldest")] = sample.value
        return found

    told, every = mails(every=False), mails(every=True)
    assert (quiet.slug, "received") in every
    assert (quiet.slug, "received") not in told
    assert (told[held.slug, "held"], told[lying.slug, "unaccounted"]) == (1, 1)
    assert told[held.slug, "oldest"] > 0
    assert told["(others)", "unaccounted"] == told["(others)", "held"] == told["(others)", "oldest"] == 0
    for place in ("received", "dropped", "posted", "held", "unaccounted"):
        sums = [sum(n for (_, at), n in found.items() if at == place) for found in (told, every)]
        assert sums[0] == sums[1], place
    with world.owner().begin() as connection:  # the other tests' mails are accounted for
        connection.execute(text("update mails set state = 'held' where tenant_id = :id"), {"id": lying.tenant_id})


def of_tenant(name: str, *, held: int = 0, lost: int = 0, since: datetime | None = None) -> conservation.Conservation:
    return conservation.Conservation(name, held + lost + 1, 1, 0, held, 0, 0, since, None)


def test_only_the_most_urgent_tenants_are_named_and_the_sums_stay_the_same() -> None:
    begun = now()
    lines = [of_tenant(f"held {day}", held=1, since=begun - timedelta(days=day)) for day in range(20)]
    lines += [of_tenant("lost", lost=1), of_tenant("well")]
    told = conservation.with_something_to_tell(lines, 3)
    assert [line.tenant for line in told] == ["lost", "held 19", "held 18", conservation.OTHERS]
    assert told[-1].held_since == begun - timedelta(days=17)
    for place in ("received", "posted", "held", "unaccounted"):
        assert sum(getattr(line, place) for line in told) == sum(getattr(line, place) for line in lines)


def test_conservation_is_one_statement_that_asks_nothing_for_each_tenant_or_mail(
    database: Database, migrated: Postgres
) -> None:
    statements: list[str] = []
    event.listen(database._system, "before_cursor_execute", lambda *given: statements.append(given[2]))
    with database.system() as connection:
        conservation.conservation(connection)
        counted = [statement for statement in statements if "from" in statement]
        plan: list[dict[str, Any]] = connection.execute(
            text(f"explain (format json, verbose) {counted[0]}")
        ).scalar_one()
    assert len(counted) == 1
    assert "SubPlan" not in str(plan)
    assert "Function Call" not in str(plan)
