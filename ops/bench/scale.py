"""`casemail bench scale`: what a scrape of the conservation costs with many tenants and mails, beside a full count."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import Connection, create_engine, text

from ops.embedded import Postgres
from storage.database import Database
from storage.deadlines import Deadlines
from storage.ledger import mail_counts
from storage.ledger.conservation import conservation
from storage.migrations import upgrade

#: The longest allowed scrape, in seconds.
MOST_SECONDS = 1.0
_SCRAPES = 9
_STATEMENT_SECONDS = 3_600
_TABLES = ("mails", "intake", "updates", "outbox")

_TENANTS = text("""
insert into tenants select (json_populate_record(t, json_build_object('id', uuidv7(), 'slug', 's' || n,
    'mail_domain', ''))).* from tenants t, generate_series(1, :tenants) n where t.slug = 'operator'
""")
# without the triggers and constraints, which would take most of the time; the check counts the rows afterwards
_QUICKLY = "set session_replication_role = replica"
_PLACES = """
create temp table places as select uuidv7() as id, uuidv7() as batch, t.id as tenant, n,
    case when n % 20 = 0 then 'forwarded' when n % 50 = 1 then 'held' when n % 50 = 2 then 'dropped'
        when n % 1000 = 3 then 'waiting' else 'posted' end as state
from (select n, case when n % 10 < 3 then 1 else 1 + (n::bigint * 7919) % {tenants} end as of
    from generate_series(1, {mails}) n) p
join (select id, row_number() over (order by slug) as row from tenants where slug ~ '^s[0-9]+$') t on t.row = p.of
"""
_MAILS = """
insert into mails (id, tenant_id, batch_id, content_key, source_ref, raw, size, recipient, sender, received_at, state,
    emissions, ended_at, reason, evidence, author, subject, run, raw_deleted_by, whole_size)
select id, tenant, batch, sha256(n::text::bytea) || sha256(n::text::bytea), 'ref', 'raw', 4000, 'r@s.example', 'a@x',
    now() - n * interval '1 second', state, 1, case when state <> 'waiting' then now() end, '', '{}', 'a@x',
    'Re: A case', 0, '', 0 from places
"""
_UPDATES = """
insert into updates (id, tenant_id, case_id, author_id, access_group_id, text, via, mail_id, written_at, posted_at, cut,
    left_out, validated, unverified, refresh_last_update, include_in_documents, to_tell, decision, decision_note)
select uuidv7(), tenant, tenant, tenant, tenant, repeat('words of an answer ', 12), 'email', id, now(), now(), '[]',
    '[]', true, false, true, true, '{}', '', '' from places where state = 'posted'
"""
_OUTBOX = """
insert into outbox (id, tenant_id, kind, mail_id, to_email, state, attempts, created_at, due_at, sent_at, error)
select uuidv7(), tenant, 'catch_all', id, 'all@catch.example', 'sent', 1, now(), now(), now(), ''
from places where state = 'forwarded'
"""
_INTAKE = "insert into intake (id, tenant_id, batch_id, taken) select uuidv7(), tenant, batch, 1 from places"

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
        _fill(server, tenants, mails)
        database = Database(server.url, limits=Deadlines().long(_STATEMENT_SECONDS))
        with database.system() as connection:
            counted = _seconds(lambda: mail_counts.check(connection))
        with database.system() as connection:
            while mail_counts.add_up(connection, most=20_000):
                pass
            lines = conservation(connection)
            scrapes = [_seconds(lambda: conservation(connection)) for _ in range(_SCRAPES)]
        database.close()
    unaccounted = sum(abs(line.unaccounted) for line in lines)
    received = sum(line.received for line in lines)
    _out.print(f"{tenants} tenants, {received} mails, {unaccounted} unaccounted")
    _out.print(f"  a scrape reads the counts: median {median(scrapes):.3f} s, longest {max(scrapes):.3f} s")
    _out.print(f"  the nightly check counts all rows: {counted:.1f} s, {counted / median(scrapes):.0f} times as long")
    return 0 if median(scrapes) <= MOST_SECONDS and not unaccounted and received == mails else 1


def _fill(server: Postgres, tenants: int, mails: int) -> None:
    engine = create_engine(server.superuser_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(_TENANTS, {"tenants": tenants})
        connection.exec_driver_sql(_QUICKLY)
        _insert(connection, tenants, mails)
        for table in _TABLES:
            connection.exec_driver_sql(f"vacuum analyze {table}")
    engine.dispose()


def _insert(connection: Connection, tenants: int, mails: int) -> None:
    connection.exec_driver_sql(_PLACES.format(tenants=tenants, mails=mails).replace("%", "%%"))
    for statement in (_MAILS, _UPDATES, _OUTBOX, _INTAKE):
        connection.exec_driver_sql(statement)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
