"""Migrating beside other processes: one at a time, behind a long transaction, and without locking large tables."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import make_url, text

from ops.backup.pg_tools import find
from storage.migrations import MigrationError, config, pending, script, sql, upgrade
from storage.migrations.indexes import LARGE, create_concurrently
from tests.builders.command import casemail_here
from tests.builders.environment import GOOD
from tests.ops.checks.conftest import empty, migrated_empty, template
from tests.servers.own_database import OwnDatabase

__all__ = ["empty", "migrated_empty", "template"]

#: The last migration that may lock a large table to make an index.
BEFORE_THE_RULE = "0074"
#: A statement that makes an index, and locks its table meanwhile.
_LOCKING = re.compile(rf"create (unique )?index (?!concurrently)\S+ on ({'|'.join(LARGE)})\b", re.IGNORECASE)


def test_of_four_that_migrate_at_once_one_works_and_the_others_find_nothing_to_do(empty: OwnDatabase) -> None:
    told: list[str] = []
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: upgrade(empty.owner_url, empty.url, tell=told.append), range(4)))
    assert sorted(map(len, done)) == [0, 0, 0, len(script.known())]
    assert pending(empty.owner_url) == {}
    assert set(told) <= {"Another `casemail migrate` is at work. This one waits."}


def test_a_long_transaction_in_the_way_is_named_and_the_migration_goes_on_after_it(empty: OwnDatabase) -> None:
    _all_but_the_newest(empty)
    waited, told = Event(), list[str]()

    def tell(words: str) -> None:
        told.append(words)
        waited.set()

    with ThreadPoolExecutor(1) as pool, empty.owner().connect() as blocker:
        blocker.execute(text("lock table alembic_version in exclusive mode"))
        migration = pool.submit(upgrade, empty.owner_url, empty.url, tell=tell)
        assert waited.wait(90)
        blocker.rollback()
        assert migration.result(90) == [script.newest()]
    assert re.search(r"gave way to pid \d+ \(casemail_owner", told[0]), told


def _all_but_the_newest(database: OwnDatabase) -> None:
    command.upgrade(config(database.owner_url), list(script.known())[-2])
    with database.owner().begin() as connection:
        login = make_url(database.url).username
        connection.execute(text(f"grant casemail_app, casemail_system to {login} with inherit false"))


def test_a_migration_that_waited_too_long_says_for_whom(empty: OwnDatabase) -> None:
    _all_but_the_newest(empty)
    with empty.owner().connect() as blocker:
        blocker.execute(text("lock table alembic_version in exclusive mode"))
        with pytest.raises(MigrationError, match=r"waited too long for pid \d+.*pg_terminate_backend"):
            upgrade(empty.owner_url, empty.url, seconds=0, tell=lambda _: None)
    assert upgrade(empty.owner_url, empty.url) == [script.newest()]


def test_check_lists_what_is_pending_and_sql_prints_what_migrates_a_database(empty: OwnDatabase) -> None:
    urls = {name: make_url(url).set(drivername="postgresql") for name, url in _urls(empty).items()}
    settings = GOOD | {name: url.render_as_string(hide_password=False) for name, url in urls.items()}
    done = casemail_here("migrate", "--check", **settings)
    assert done.exit_code == 1
    assert done.output.splitlines()[-1] == f"{len(script.known())} migrations are to be run"
    printed = casemail_here("migrate", "--sql", **settings).output
    psql = [find("psql", 18), "--quiet", "--set", "ON_ERROR_STOP=1", settings["OWNER_DATABASE_URL"]]
    subprocess.run(psql, input=printed, text=True, check=True, stdout=subprocess.DEVNULL)
    assert casemail_here("migrate", "--check", **settings).exit_code == 0
    assert upgrade(empty.owner_url, empty.url) == []


def _urls(database: OwnDatabase) -> dict[str, str]:
    return {"DATABASE_URL": database.url, "OWNER_DATABASE_URL": database.owner_url}


def test_later_migrations_make_indexes_on_large_tables_concurrently() -> None:
    assert _LOCKING.findall(sql(script.known(), "casemail")), "the older ones do not"
    later = script.after(BEFORE_THE_RULE)
    assert _LOCKING.findall(sql(later, "casemail")) == []


def test_an_index_is_made_again_after_a_try_that_was_cut_off(migrated_empty: OwnDatabase) -> None:
    with migrated_empty.owner().connect() as connection:
        context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
        with Operations.context(context):
            for _ in range(2):
                with context.begin_transaction(_per_migration=True):
                    create_concurrently("tried", "mails", ["tenant_id"])
        valid = connection.execute(text("select indisvalid from pg_index where indexrelid = 'tried'::regclass"))
        assert valid.scalar_one() is True


@pytest.mark.parametrize("revision", list(script.known())[1:-1:6])
def test_every_version_since_is_migrated(revision: str, empty: OwnDatabase) -> None:
    command.upgrade(config(empty.owner_url), revision)
    assert list(pending(empty.owner_url)) == list(script.after(revision))
    assert upgrade(empty.owner_url, empty.url) == list(script.after(revision))
