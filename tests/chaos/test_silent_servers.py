"""PostgreSQL, or Kafka too, goes silent: its connections stay open, without answers. Every role reports it, goes
on by itself when the servers answer again, and stops when it is asked to."""

from collections.abc import Iterator

import psutil
import pytest

from ops.demo.waiting import wait_until
from tests.chaos.bench import await_all_posted_once, take
from tests.chaos.silent_rig import ROLES, Rig, running

pytestmark = [
    pytest.mark.timeout(600),
    # the warning comes from the proxy when a connection is cut off while it is being made
    pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning"),
]


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with running(tmp_path_factory.mktemp("silent")) as rig:
        yield rig


def test_connections_that_went_silent_are_replaced_by_every_role(rig: Rig) -> None:
    before, after = rig.bench.letters("before", 12), rig.bench.letters("after", 12)
    assert rig.console() == 200
    rig.bring(before)
    await_all_posted_once(rig.bench, before, "before")
    rig.postgres.silence()
    rig.bring(after)
    await_all_posted_once(rig.bench, after, "after")
    wait_until(lambda: rig.console() == 200, seconds=60, what="the console")
    wait_until(lambda: rig.up("database"), seconds=60, what="/metrics to count again")
    assert {name for name in ROLES if rig.bench.cluster.processes[name].running} == set(ROLES)


def test_while_postgresql_is_silent_mail_is_put_off_and_afterwards_it_posts(rig: Rig) -> None:
    letters = rig.bench.letters("silence", 8)
    first = next(iter(letters.values()))
    with rig.postgres.fault("blackhole"):
        assert not take(rig.bench, first)
        assert rig.push(first) == 503
        assert rig.console() == 503
        wait_until(lambda: not rig.up("database"), seconds=60, what="/metrics to say that it can't read")
        assert rig.up("disk")
    rig.bring(letters)
    await_all_posted_once(rig.bench, letters, "silence")


def test_a_frozen_postgresql_is_waited_for_and_no_mail_is_lost(rig: Rig) -> None:
    letters, server = rig.bench.letters("frost", 8), rig.bench.cluster.postgres
    assert server is not None
    family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        assert not take(rig.bench, next(iter(letters.values())))
    finally:
        for process in family:
            process.resume()
    rig.bring(letters)
    await_all_posted_once(rig.bench, letters, "frost")
