"""A scrape is answered at once, even when the database or Kafka is slow or away, and reading harms nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import event, make_url, text

from ops.embedded import Postgres
from ops.kafka import make_broker
from storage.database import Database
from storage.deadlines import Deadlines
from storage.ledger import conservation
from storage.resources import Resources
from tests.builders.rows import run
from tests.builders.world import World, in_ledger, make_settings, make_world
from tests.servers.silent_proxy import Proxy
from workers.exporter import ClusterCollector
from workers.readings import Pace, Readings

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


def settle(of: Readings) -> None:
    """Waits until all readings have ended."""
    for reading in of._all:
        reading.wait(monotonic() + 60)


#: Waits for no slow part, and reads each part again at once.
IMPATIENT = Pace(patience=0.2, rest=0, rest_failed=0)


def test_what_takes_long_is_shown_as_it_was_and_is_not_asked_again_meanwhile() -> None:
    slow, quick = Part(), Part()
    both = Readings({"slow": slow.read, "quick": quick.read}, IMPATIENT)
    assert shown(both.collect)["casemail_up slow"] == 1
    slow.goes_on.clear()
    for _ in range(3):
        page = shown(both.collect)
    assert (page["casemail_up slow"], page["casemail_up quick"]) == (0, 1)
    assert page["casemail_read_age_seconds slow"] > page["casemail_read_age_seconds quick"]
    assert (slow.begun, quick.begun) == (2, 4)
    slow.goes_on.set()
    settle(both)
    assert shown(both.collect)["casemail_up slow"] == 1


def test_a_second_scrape_does_not_wait_for_what_the_first_waits_for() -> None:
    part = Part()
    part.goes_on.clear()
    parts = Readings({"part": part.read}, Pace(patience=60.0))
    pages: list[dict[str, float]] = []
    first = Thread(target=lambda: pages.append(shown(parts.collect)))
    first.start()
    while not part.begun:
        first.join(0.01)
    assert shown(parts.collect) == {"casemail_up part": 0}
    assert first.is_alive()
    part.goes_on.set()
    first.join()
    assert (part.begun, pages[0]["casemail_up part"]) == (1, 1)


def test_what_fails_says_so_and_keeps_its_last_figures() -> None:
    part = Part()
    parts = Readings({"part": part.read}, IMPATIENT)
    assert shown(parts.collect)["number"] == 1
    part.fails = True
    page = shown(parts.collect)
    assert (page["casemail_up part"], page["number"]) == (0, 1)
    part.fails = False
    page = shown(parts.collect)
    assert (page["casemail_up part"], page["number"]) == (1, 3)


def test_what_took_long_rests_long() -> None:
    part = Part()
    part.goes_on.clear()
    parts = Readings({"part": part.read}, Pace(quick=0.0))
    reading = parts._all[0]
    assert reading.begin()
    reading.wait(0)
    part.goes_on.set()
    settle(parts)
    assert not reading.begin()
    assert part.begun == 1


@contextmanager
def collecting(resources: Resources) -> Iterator[ClusterCollector]:
    collector = ClusterCollector(resources, make_broker(resources.settings), Pace(patience=5.0, rest=0, rest_failed=0))
    yield collector
    settle(collector._readings)
    collector.close()


def test_with_postgresql_silent_and_kafka_away_a_scrape_shows_what_there_is(
    migrated: Postgres, world: World, tmp_path: Path
) -> None:
    with Proxy(make_url(migrated.url).port) as proxy:
        url = make_url(migrated.url).set(port=proxy.port).render_as_string(hide_password=False)
        settings = make_settings(url, tmp_path).replace(metrics_every_tenant=True)
        (tmp_path / "blobs").mkdir()
        database = Database(url, limits=Deadlines(connect=2, system=2))
        with collecting(Resources(settings, database, None)) as collector:  # type: ignore[arg-type]
            registry = CollectorRegistry()
            registry.register(collector)

            def up(part: str) -> float | None:
                return registry.get_sample_value("casemail_up", {"part": part})

            received = {"tenant": world.slug, "place": "received"}
            assert (up("database"), up("kafka"), up("disk")) == (1, 0, 1)
            collector._readings.patience = 0.2
            with proxy.fault("blackhole"):
                assert (up("database"), up("outbox"), up("disk")) == (0, 0, 1)
                assert registry.get_sample_value("casemail_mails", received) == 0
            settle(collector._readings)
            collector._readings.patience = 5.0
            assert up("database") == 1


def test_a_scrape_takes_no_connection_that_the_dispatcher_needs(resources: Resources) -> None:
    small = Database(resources.settings.database.url, pool_size=1, spare=0, limits=Deadlines(connect=2, system=2))
    with small.system(), collecting(Resources(resources.settings, small, resources.blobs)) as collector:
        page = shown(collector.collect)
    small.close()
    assert page["casemail_up database"] == page["casemail_up outbox"] == 1


def test_tenants_with_nothing_to_tell_are_summed_up(resources: Resources, world: World) -> None:
    quiet, held, lying = (make_world(world.owner_url) for _ in range(3))
    for each in (quiet, held, lying):
        in_ledger(each)
        run(each, "insert into intake values (uuidv7(), :id, uuidv7(), 1)", id=each.tenant_id)
    for each, state in ((quiet, "dropped"), (held, "held"), (lying, "posted")):
        run(each, "update mails set state = :s, ended_at = now() where tenant_id = :id", s=state, id=each.tenant_id)

    def mails(every: bool) -> dict[tuple[str, str], float]:
        settings = resources.settings.replace(metrics_every_tenant=every)
        with collecting(Resources(settings, resources.database, resources.blobs)) as collector:
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
