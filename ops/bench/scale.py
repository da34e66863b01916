"""`casemail bench scale`: how long queries take with many tenants and mails, and what the archive frees."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from sqlalchemy import Connection, create_engine, text

from ops.bench import hot_paths, scale_rows
from ops.embedded import Postgres
from storage.archive import move
from storage.archive.rows import Kind
from storage.database import Database
from storage.deadlines import Deadlines
from storage.ledger import mail_counts
from storage.ledger.conservation import conservation
from storage.migrations import upgrade

#: The longest allowed scrape, in seconds.
MOST_SECONDS = 1.0
_ROUNDS = 9
_STATEMENT_SECONDS = 3_600
_BUSIEST = text("select tenant_id from mail_counts order by received desc limit 1")
_SIZES = text("select relname, pg_total_relation_size(oid) from pg_class where relname = any(:tables) order by 2 desc")

_out = Console()
app = typer.Typer()


@app.command("scale")
def command(
    tenants: Annotated[int, typer.Option(min=1, help="Tenants.")] = 1_000,
    mails: Annotated[int, typer.Option(min=1, help="Mails of all tenants, three tenths of them of one.")] = 1_000_000,
) -> None:
    """Runs the benchmark."""
    raise typer.Exit(run(tenants=tenants, mails=mails))


def run(*, tenants: int, mails: int) -> int:
    """Measures and prints; returns 0 if a scrape takes at most `MOST_SECONDS` and nothing is unaccounted, else 1."""
    with TemporaryDirectory(prefix="casemail-bench-") as name, Postgres(Path(name)) as server:
        upgrade(server.owner_url, server.url)
        scale_rows.fill(server, tenants, mails)
        database = Database(server.url, limits=Deadlines().long(_STATEMENT_SECONDS))
        counted = _count(database)
        _out.print(f"{tenants} tenants, {mails} mails, seconds: median and longest of {_ROUNDS}, in one session")
        scrape = _measure(database)
        _out.print(f"  the nightly check counts all rows: {counted:.1f}")
        unaccounted, received = _sums(database)
        _archive(server, database)
        after, received_after = _sums(database)
        database.close()
    _out.print(f"{received} received, {unaccounted} unaccounted; after the archive {received_after} and {after}")
    return 0 if scrape <= MOST_SECONDS and received == received_after == mails and not unaccounted + after else 1


def _count(database: Database) -> float:
    """Makes the counts; returns in how many seconds."""
    with database.system() as connection:
        counted = _seconds(lambda: mail_counts.check(connection))
    with database.system() as connection:
        while mail_counts.add_up(connection, most=20_000):
            pass
    return counted


def _measure(database: Database) -> float:
    """Prints how long each of `hot_paths` takes; returns the median of a scrape. Changes nothing."""
    with database.rehearsal.system() as connection:
        tenant_id: UUID = connection.execute(_BUSIEST).scalar_one()
        custody = {"custody of 50 mails": hot_paths.custody(tenant_id)}
        found = _times(connection, {**hot_paths.SYSTEM, **custody, **hot_paths.MISSES})
    with database.rehearsal.tenant(tenant_id) as connection:
        _times(connection, {**hot_paths.TENANT, **hot_paths.MISSES_OF_TENANT})
    return found["a scrape reads the counts"]


def _times(connection: Connection, paths: Mapping[str, Callable[[Connection], object]]) -> dict[str, float]:
    found = {}
    for name, ask in paths.items():
        seconds = [_seconds(lambda ask=ask: ask(connection)) for _ in range(_ROUNDS)]  # type: ignore[misc]
        found[name] = median(seconds)
        _out.print(f"  {name}: {median(seconds):.4f} {max(seconds):.4f}")
    return found


def _archive(server: Postgres, database: Database) -> None:
    """Archives what is old, and prints how long that takes and what it frees."""
    before = _sizes(server)
    with TemporaryDirectory(prefix="casemail-bench-") as name:
        begun, rows = time.perf_counter(), 0
        for _, number in move.move(database, dict.fromkeys(Kind, scale_rows.OLD_DAYS - 10), Path(name)):
            rows += number
        seconds = time.perf_counter() - begun
        written = sum(path.stat().st_size for path in Path(name).rglob("*") if path.is_file())
    _out.print(f"  the archive: {rows} rows in {seconds:.0f} s, {written / 1e6:.0f} MB of files")
    after = _sizes(server, full=True)
    for table in sorted(before, key=before.__getitem__, reverse=True):
        _out.print(f"  {table}: {before[table] / 1e6:.0f} MB, without its old rows {after[table] / 1e6:.0f} MB")


def _sizes(server: Postgres, *, full: bool = False) -> dict[str, int]:
    """Returns the bytes of each table with its indexes; `full`: after its free space was given back."""
    engine = create_engine(server.superuser_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for table in scale_rows.TABLES if full else ():
            connection.exec_driver_sql(f"vacuum full {table}")
        found = {row[0]: row[1] for row in connection.execute(_SIZES, {"tables": list(scale_rows.TABLES)})}
    engine.dispose()
    return found


def _sums(database: Database) -> tuple[int, int]:
    """Returns how many mails are unaccounted, and how many were received."""
    with database.system() as connection:
        lines = conservation(connection)
    return sum(abs(line.unaccounted) for line in lines), sum(line.received for line in lines)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
