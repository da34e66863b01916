"""A silent, slow or busy PostgreSQL costs seconds: nothing waits for it for ever."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import cast

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from ops.embedded import Postgres
from schemas.settings import Settings
from storage import database as database_module
from storage import deadlines
from storage.database import Database, is_transient, open_database
from storage.deadlines import Deadlines
from tests.builders.world import World
from tests.servers.silent_proxy import Proxy

ONE = text("select 1")
BACKEND = text("select pg_backend_pid()")
#: Short deadlines, so that the tests are short.
LIMITS = Deadlines(connect=2, statement=1, system=2, lock=1)

# the warning comes from the proxy when a connection is cut off while it is being made
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning")


@pytest.fixture
def proxy(migrated: Postgres) -> Iterator[Proxy]:
    with Proxy(make_url(migrated.url).port) as proxy:
        yield proxy


@pytest.fixture
def own(migrated: Postgres, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Yields the database as reached through the proxy."""
    monkeypatch.setattr(database_module, "MARGIN_SECONDS", 0.5)
    url = make_url(migrated.url).set(port=proxy.port).render_as_string(hide_password=False)
    database = Database(url, limits=LIMITS)
    yield database
    database.close()


def ask(database: Database, *, between: Callable[[], object] = bool, before_commit: Callable[[], object] = bool) -> int:
    """Runs a transaction of two statements; returns the id of the PostgreSQL process that answers."""
    with database.system() as connection:
        connection.execute(ONE)
        between()
        backend = int(connection.execute(BACKEND).scalar_one())
        before_commit()
    return backend


def test_a_connection_that_went_silent_while_nobody_used_it_is_replaced(own: Database, proxy: Proxy) -> None:
    first = ask(own)
    proxy.silence()
    assert ask(own) != first


def test_a_statement_on_a_connection_that_went_silent_fails_and_the_next_has_a_new_one(
    own: Database, proxy: Proxy
) -> None:
    first = ask(own)
    with pytest.raises(DBAPIError) as caught:
        ask(own, between=proxy.silence)
    assert is_transient(caught.value)
    assert ask(own) != first


def test_a_commit_that_is_not_answered_fails(own: Database, proxy: Proxy) -> None:
    with pytest.raises(DBAPIError) as caught:
        ask(own, before_commit=proxy.silence)
    assert is_transient(caught.value)


def test_while_postgresql_is_silent_one_thread_waits_for_it_and_work_resumes_when_it_is_back(
    own: Database, proxy: Proxy
) -> None:
    with proxy.fault("blackhole"), ThreadPoolExecutor(1) as pool:
        with pytest.raises(DBAPIError) as first:
            ask(own)
        waits = pool.submit(ask, own)
        while not own._asking.locked():
            sleep(0.01)
        with pytest.raises(DBAPIError, match="does not answer") as second:
            ask(own)
        assert not waits.done()
        assert isinstance(waits.exception(), DBAPIError)
    assert is_transient(first.value)
    assert is_transient(second.value)
    assert ask(own)


def test_a_slow_statement_is_ended_by_the_server_and_its_connection_stays(own: Database) -> None:
    first = ask(own)
    with pytest.raises(DBAPIError, match="statement timeout") as caught, own.system() as connection:
        connection.execute(text("select pg_sleep(60)"))
    assert is_transient(caught.value)
    assert ask(own) == first


def test_a_lock_that_is_not_had_in_time_is_tried_again_later(own: Database, world: World) -> None:
    lock = text("select pg_advisory_xact_lock(4711)")
    with world.owner().begin() as owner:
        owner.execute(lock)
        with pytest.raises(DBAPIError, match="lock timeout") as caught, own.system() as connection:
            connection.execute(lock)
    assert is_transient(caught.value)


def test_an_idle_transaction_is_ended(migrated: Postgres) -> None:
    hasty = Database(migrated.url, limits=Deadlines(idle=1))
    with pytest.raises(DBAPIError) as caught:
        ask(hasty, between=lambda: sleep(1.5))
    assert is_transient(caught.value)
    assert ask(hasty)
    hasty.close()


def test_what_all_connections_are_used_for_is_an_outage_and_no_fault_of_the_mail(migrated: Postgres) -> None:
    small = Database(migrated.url, pool_size=1, spare=0, limits=Deadlines(connect=2, system=1))
    with small.system(), pytest.raises(DBAPIError, match="got free") as caught:
        ask(small)
    small.close()
    assert is_transient(caught.value)


@pytest.mark.parametrize("role", ["tenant", "system"])
def test_each_role_has_the_deadlines_of_the_settings(settings: Settings, world: World, role: str) -> None:
    changes = {"database_statement_seconds": 21, "database_system_seconds": 11, "database_lock_seconds": 7}
    opened = open_database(settings.replace(**changes))
    scope = opened.tenant(world.tenant_id) if role == "tenant" else opened.system()
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with scope as connection:
        found = [connection.execute(text(f"show {name}")).scalar_one() for name in names]
        server = cast("deadlines.Connection", connection.connection.dbapi_connection)
        assert server.patience == (21 if role == "tenant" else 11) + deadlines.MARGIN_SECONDS
    opened.close()
    assert found == ["21s" if role == "tenant" else "11s", "7s", "2min"]
