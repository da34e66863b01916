"""The engines of a process: opened once, and with lost connections replaced."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from storage.database import Database
from tests.builders.world import World

FIRST = 8  # threads that use a database first, at the same time
_END = text("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'lost'")


def test_connections_that_were_lost_while_nobody_used_them_are_replaced(database: Database, world: World) -> None:
    own = Database(f"{database._url}?application_name=lost")
    another = create_engine(database._url)
    for _ in range(2):
        with own.tenant(world.tenant_id) as first, own.tenant(world.tenant_id) as other, own.system() as system:
            assert [each.execute(text("select 1")).scalar_one() for each in (first, other, system)] == [1, 1, 1]
        with another.connect() as connection:
            assert connection.execute(_END).scalar_one() == 3
    own.close()
    another.dispose()


def test_threads_that_are_all_the_first_share_one_engine(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Engine] = []
    start, own_url = Barrier(FIRST), f"{database._url}?application_name=first"

    def slowly(*args: Any, **kwargs: Any) -> Engine:
        engine = create_engine(*args, **kwargs)
        if args[0] == own_url:  # a thread that another test left behind may connect to another database meanwhile
            time.sleep(0.2)
            opened.append(engine)
        return engine

    monkeypatch.setattr("storage.database.create_engine", slowly)

    def use(number: int) -> object:
        start.wait(60)
        with own.tenant(world.tenant_id) if number % 2 else own.system() as connection:
            return connection.execute(text("select 1")).scalar_one()

    with closing(Database(own_url)) as own, ThreadPoolExecutor(FIRST) as threads:
        assert list(threads.map(use, range(FIRST))) == [1] * FIRST
        assert len({id(rehearsal) for rehearsal in threads.map(lambda _: own.rehearsal, range(FIRST))}) == 1
    assert len(opened) == 2  # one for each role
