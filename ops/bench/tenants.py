"""`casemail bench tenants`: how long a quiet tenant waits while many others have a backlog."""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import create_engine, text

from ops.bench import world
from ops.bench.generator import Correspondent, fill_maildir, mails
from ops.bench.run import push, sink_of
from ops.cluster import Cluster
from ops.embedded.process import free_port
from schemas.tables import SourceKind
from storage.database import Database
from storage.source_rows import ensure_source

#: The longest allowed p95 of the quiet tenant, in seconds.
MOST_SECONDS = 1.0
_PAUSE_SECONDS = 0.3
_DEADLINE_SECONDS = 900.0

_QUIET = text("""
select extract(epoch from m.ended_at - m.received_at)::float8 from mails m join tenants t on t.id = m.tenant_id
where t.slug = :quiet and m.state = 'posted' and m.received_at >= :since and m.received_at < :until
""")
_LEFT = text("""
select count(*) from mails m join tenants t on t.id = m.tenant_id where t.slug <> :quiet and m.ended_at is null
""")
_NOISE = text("""
select count(*), extract(epoch from max(ended_at) - min(received_at))::float8 from mails m
join tenants t on t.id = m.tenant_id where t.slug <> :quiet
""")
_NOW = text("select clock_timestamp()")

_out = Console()
app = typer.Typer()


@app.command("tenants")
def command(
    tenants: Annotated[int, typer.Option(min=1, help="Noisy tenants.")] = 60,
    each: Annotated[int, typer.Option(min=1, help="Mails of each noisy tenant.")] = 300,
    samples: Annotated[int, typer.Option(min=5, help="Mails of the quiet tenant before the noise begins.")] = 40,
) -> None:
    """Runs the benchmark."""
    raise typer.Exit(run(tenants=tenants, each=each, samples=samples))


def run(*, tenants: int, each: int, samples: int) -> int:
    """Measures and prints; returns 0 if the quiet tenant's p95 is at most `MOST_SECONDS`, else 1."""
    port = free_port()
    overrides = {"smtp_host": "127.0.0.1", "smtp_port": str(port), "sender_mails": "0"}
    with (
        TemporaryDirectory(prefix="casemail-bench-") as name,
        sink_of(port),
        Cluster(Path(name), overrides=overrides) as cluster,
    ):
        people = world.build(cluster.settings, tenants=tenants + 1, cases=1)
        last = f"bench{tenants}"
        quiet = [person for person in people if person.reply_to.endswith(f"@{last}.example")]
        noisy = [person for person in people if not person.reply_to.endswith(f"@{last}.example")]
        scene = _Scene(cluster, Path(name), last)
        alone = scene.sample(quiet, samples, seed=1)
        scene.start_noise(noisy, tenants * each)
        beside = scene.sample_until_quiet(quiet)
        count, seconds = scene.noise()
        scene.close()
    return _report(alone, beside, f"{tenants} tenants with {each} mails each: {count / seconds:.0f} mails a second")


class _Scene:
    """A running cluster, in which the tenant `quiet` sends a mail now and then."""

    def __init__(self, cluster: Cluster, folder: Path, quiet: str) -> None:
        self._cluster, self._folder, self._quiet = cluster, folder, quiet
        self._owner = create_engine(str(cluster.settings.database.owner_url), isolation_level="AUTOCOMMIT")
        self._sent = 0

    def sample(self, people: list[Correspondent], count: int, seed: int) -> list[float]:
        """Sends mails of the quiet tenant, one after another. Returns the seconds from custody to the end of each."""
        since = self._now()
        for _ in range(count):
            self._send_one(people, seed)
        self._wait_for_quiet(since, count)
        return self._latencies(since)

    def sample_until_quiet(self, people: list[Correspondent]) -> list[float]:
        """Likewise, until the noise is over."""
        since, count, until = self._now(), 0, time.monotonic() + _DEADLINE_SECONDS
        while self._left() and time.monotonic() < until:
            self._send_one(people, seed=2)
            count += 1
        self._wait_for_quiet(since, count)
        return self._latencies(since)

    def start_noise(self, people: Sequence[Correspondent], count: int) -> None:
        """Adds a Maildir with `count` mails as a source; returns once the first of them are in custody."""
        folder = fill_maildir(self._folder / "noise", mails(3, count, list(people), with_pdf=False))
        with Database(self._cluster.settings.database.url).system() as connection:
            ensure_source(connection, SourceKind.MAILDIR, folder.name, location=str(folder), period_seconds=86_400)
        until = time.monotonic() + _DEADLINE_SECONDS
        while not self._left() and time.monotonic() < until:
            time.sleep(0.05)

    def noise(self) -> tuple[int, float]:
        """Returns how many mails of the noisy tenants there were, and the seconds until all had ended."""
        with self._owner.connect() as connection:
            count, seconds = connection.execute(_NOISE, {"quiet": self._quiet}).one()
        return int(count), float(seconds)

    def close(self) -> None:
        """Closes the connections."""
        self._owner.dispose()

    def _send_one(self, people: list[Correspondent], seed: int) -> None:
        self._sent += 1
        push(self._cluster.settings.lmtp.port, mails(1_000 * seed + self._sent, 1, people, with_pdf=False))
        time.sleep(_PAUSE_SECONDS)

    def _wait_for_quiet(self, since: object, count: int) -> None:
        until = time.monotonic() + _DEADLINE_SECONDS
        while len(self._latencies(since)) < count and time.monotonic() < until:
            time.sleep(0.2)

    def _latencies(self, since: object) -> list[float]:
        with self._owner.connect() as connection:
            values = {"quiet": self._quiet, "since": since, "until": self._now()}
            return list(connection.execute(_QUIET, values).scalars())

    def _left(self) -> int:
        with self._owner.connect() as connection:
            return int(connection.execute(_LEFT, {"quiet": self._quiet}).scalar_one())

    def _now(self) -> object:
        with self._owner.connect() as connection:
            return connection.execute(_NOW).scalar_one()


def _report(alone: list[float], beside: list[float], noise: str) -> int:
    _out.print(noise)
    for name, seconds in (("alone", alone), ("beside the noise", beside)):
        cuts = quantiles(seconds, n=20, method="inclusive")
        _out.print(f"  the quiet tenant {name}: p50 {cuts[9]:.2f} s, p95 {cuts[18]:.2f} s, {len(seconds)} mails")
    return 0 if quantiles(beside, n=20, method="inclusive")[18] <= MOST_SECONDS else 1
