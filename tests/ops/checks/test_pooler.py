"""A PostgreSQL that is too old, or a pooler that the settings do not name, is refused in one sentence."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from ops.checks import start
from ops.checks.start import StartError
from ops.embedded import Postgres
from schemas.settings import Settings
from storage import pooler
from storage.database import APP_ROLE, SYSTEM_ROLE, Database, open_database
from storage.deadlines import Deadlines
from storage.migrations import state
from tests.builders.command import casemail, command_settings
from tests.builders.world import World
from tests.servers.old_postgres import old_postgres
from tests.servers.pgbouncer import SESSIONS, PgBouncer

STATE = text("""
select current_user::text, current_setting('statement_timeout'), current_setting('lock_timeout'),
    current_setting('idle_in_transaction_session_timeout'), pg_backend_pid()
""")


@pytest.fixture(scope="module")
def pgbouncer(migrated: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgBouncer]:
    with PgBouncer(tmp_path_factory.mktemp("pgbouncer"), migrated, ignored="options") as server:
        yield server


def test_an_old_postgresql_is_refused_by_migrate_and_by_each_process(tmp_path: Path, settings: Settings) -> None:
    with old_postgres(tmp_path / "old") as server:
        env = command_settings(settings.replace(database_url=server.url)) | {"OWNER_DATABASE_URL": server.owner_url}
        for command in ("migrate", "lmtp"):
            done = casemail(command, **env)
            assert done.returncode == 2
            assert "PostgreSQL has version 16; casemail needs PostgreSQL 18 or later." in done.stderr
            assert "Traceback" not in done.stderr
        with psycopg.connect(server.owner_url.replace("+psycopg", "")) as owner:
            assert owner.execute("select count(*) from pg_class where relname = 'mails'").fetchone() == (0,)


@pytest.mark.parametrize("ignored", ["", "options"])
def test_a_pooler_that_is_not_named_is_refused_in_one_sentence(
    migrated: Postgres, settings: Settings, tmp_path: Path, ignored: str
) -> None:
    with PgBouncer(tmp_path / "pgbouncer", migrated, ignored=ignored) as server:
        unnamed = settings.replace(database_url=server.url)
        with pytest.raises(StartError) as caught:
            start.check(unnamed)
        (problem,) = caught.value.problems
        assert "Set CASEMAIL_DATABASE_POOLER=true, or name PostgreSQL itself." in problem
        done = casemail("lmtp", **command_settings(unnamed))
        assert done.returncode == 2
        assert problem in done.stderr


def test_a_pooler_that_is_named_is_no_fault(pgbouncer: PgBouncer, settings: Settings) -> None:
    with state.plain(pgbouncer.url, Deadlines.of(settings)) as connection:
        assert state.problem(state.read(connection)) == ""
    with closing(Database(pgbouncer.url, pooler=True)) as database, database.system() as connection:
        assert pooler.problem(connection) == ""


def test_behind_a_pooler_each_transaction_has_its_role_its_limits_and_its_tenant(
    pgbouncer: PgBouncer, settings: Settings, world: World
) -> None:
    pooled = settings.replace(database_url=pgbouncer.url, database_pooler=True)
    cases = text("select count(*) from cases where id = :case")
    with closing(open_database(pooled)) as database:

        def one(number: int) -> int:
            if number % 2:
                with database.system() as connection:
                    state = connection.execute(STATE).one()
                assert state[:4] == (SYSTEM_ROLE, f"{settings.database.system_seconds}s", "10s", "2min")
            else:
                with database.tenant(world.tenant_id) as connection:
                    state = connection.execute(STATE).one()
                    assert connection.execute(cases, {"case": world.case_id}).scalar_one() == 1
                assert state[:4] == (APP_ROLE, "30s", "10s", "2min")
            return int(state[4])

        with ThreadPoolExecutor(8) as pool:
            sessions = set(pool.map(one, range(400)))
        assert 1 <= len(sessions) <= SESSIONS


def test_a_session_that_the_pooler_gives_to_another_client_has_no_role_and_no_tenant(
    pgbouncer: PgBouncer, migrated: Postgres, world: World
) -> None:
    with closing(Database(pgbouncer.url, pooler=True)) as database, database.tenant(world.tenant_id) as connection:
        pid = connection.execute(STATE).one()[4]
    with psycopg.connect(pgbouncer.url.replace("+psycopg", "")) as other:
        left = "select current_user::text, current_setting('app.tenant_id', true), pg_backend_pid()"
        user, tenant, same = other.execute(left).fetchone() or ()
    assert same == pid
    assert (user, tenant or None) == ("casemail", None)
