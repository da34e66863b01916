"""No query that runs again and again reads a whole table, and the archive leaves the plans as they are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, text

from ops.bench import hot_paths, scale, scale_rows
from ops.embedded import Postgres
from storage.archive import move
from storage.archive.rows import Kind
from storage.database import Database
from storage.ledger import mail_counts
from storage.migrations import upgrade

#: Tables with a row for each mail, or more.
LARGE = scale_rows.TABLES


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Yields a PostgreSQL of its own with 100 tenants and 20,000 mails."""
    with Postgres(tmp_path_factory.mktemp("scale")) as started:
        upgrade(started.owner_url, started.url)
        scale_rows.fill(started, 100, 20_000)
        yield started


@pytest.fixture(scope="module")
def database(server: Postgres) -> Iterator[Database]:
    made = Database(server.url)
    with made.system() as connection:
        mail_counts.check(connection)
    with made.system() as connection:
        while mail_counts.add_up(connection, most=20_000):
            pass
    yield made
    made.close()


@pytest.fixture(scope="module")
def tenant(database: Database) -> UUID:
    """Returns the tenant with the most mails."""
    with database.system() as connection:
        found: UUID = connection.execute(
            text("select tenant_id from mail_counts order by received desc limit 1")
        ).scalar_one()
    return found


@contextmanager
def planned(connection: Connection) -> Iterator[list[str]]:
    """Yields a list that gets the plan of each statement on this connection."""
    plans: list[str] = []

    def explain(_: Any, cursor: Any, statement: str, parameters: Any, __: Any, many: bool) -> None:
        if statement.lstrip().lower().startswith(("select", "with", "insert", "update", "delete", "(")):
            asked = cursor.connection.cursor()
            for each in parameters if many else [parameters]:
                asked.execute(f"explain {statement}", each)
                plans.append("\n".join(row[0] for row in asked.fetchall()))

    event.listen(connection, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(connection, "before_cursor_execute", explain)


def whole_tables(plans: list[str]) -> list[str]:
    """Returns the plans that read a large table from its beginning to its end."""
    return [
        plan
        for plan in plans
        if any(f"Seq Scan on {table} " in f"{line} " for line in plan.splitlines() for table in LARGE)
    ]


def check(connection: Connection, ask: Callable[[Connection], object]) -> None:
    with planned(connection) as plans:
        ask(connection)
    assert plans
    assert whole_tables(plans) == []


@pytest.mark.parametrize("name", hot_paths.SYSTEM)
def test_what_the_processes_ask_reads_no_whole_table(database: Database, name: str) -> None:
    with database.rehearsal.system() as connection:
        check(connection, hot_paths.SYSTEM[name])


@pytest.mark.parametrize("name", hot_paths.TENANT)
def test_what_people_wait_for_reads_no_whole_table(database: Database, tenant: UUID, name: str) -> None:
    with database.rehearsal.tenant(tenant) as connection:
        check(connection, hot_paths.TENANT[name])


def test_custody_reads_no_whole_table(database: Database, tenant: UUID) -> None:
    with database.rehearsal.system() as connection:
        check(connection, hot_paths.custody(tenant))


def test_a_query_that_reads_a_whole_table_is_seen(database: Database) -> None:
    with database.rehearsal.system() as connection, planned(connection) as plans:
        connection.execute(text("select count(*) from mails where whole_size > 7"))
    assert len(whole_tables(plans)) == 1


def test_the_benchmark_counts_each_mail_before_and_after_the_archive(database: Database, tmp_path: Path) -> None:
    before = scale._sums(database)
    moved = sum(number for _, number in move.move(database, dict.fromkeys(Kind, 390), tmp_path))
    assert moved > 20_000
    assert scale._sums(database) == before == (0, 20_000)
    with database.rehearsal.system() as connection:
        for ask in hot_paths.SYSTEM.values():
            check(connection, ask)
