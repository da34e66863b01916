"""1,000 mails and every fault: no mail is lost, enters twice, or is acknowledged before custody."""

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ops.embedded import Postgres
from schemas.tables import SourceKind
from storage.blobs.store import Blobs
from storage.database import Database
from storage.ledger import leases
from storage.migrations import upgrade
from storage.resources import Resources
from tests.builders import mailboxes
from tests.builders.mailboxes import entered, mails, options, order, prints, row
from tests.builders.world import World, make_world
from tests.servers.cutting_proxy import CuttingProxy
from tests.servers.dovecot import Dovecot, Mailbox
from tests.workers.fetch.crash import POINTS, run
from workers.fetch.custody import CustodyService
from workers.fetch.pull.stage import fetch

MAILS = 1_000


def in_custody(resources: Resources, world: World) -> set[str]:
    """Returns the hashes of all mails in the ledger, including duplicates."""
    with resources.database.tenant(world.tenant_id) as connection:
        raws = connection.execute(text("select raw from mails")).scalars().all()
    return prints({resources.blobs.get(raw) for raw in raws})


class Observer:
    """Compares the mailbox with the ledger: the bytes and the row of each acknowledged mail must be in custody."""

    def __init__(
        self,
        resources: Resources,
        world: World,
        dovecot: Dovecot,
        box: Mailbox,
        given: dict[str, bytes],
        after: str,
    ) -> None:
        self._resources, self._world, self._dovecot, self._box = resources, world, dovecot, box
        self._given, self._after = prints(given.values()), after

    def look(self) -> int:
        """Returns how many mails were acknowledged; fails if one of them is not in custody."""
        match self._after:
            case "move":
                acknowledged = prints(self._box.bodies("casemail"))
            case "flag":
                acknowledged = prints(self._dovecot.seen(self._box.user))
            case _:
                acknowledged = self._given - prints(self._box.bodies())
        missing = acknowledged - in_custody(self._resources, self._world)
        assert not missing, "a mail was acknowledged that is not in custody"
        return len(acknowledged)


@pytest.mark.parametrize(
    ("kind", "after"), [(SourceKind.IMAP, "move"), (SourceKind.IMAP, "flag"), (SourceKind.POP3, "delete")]
)
def test_a_fetcher_killed_at_every_step_loses_nothing_and_takes_nothing_twice(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, kind: SourceKind, after: str
) -> None:
    given = mails(world, MAILS)
    box.fill(given)
    source = mailboxes.add(fetching, world, options(dovecot, box.user, kind, after=after), kind=kind)
    observer = Observer(fetching, world, dovecot, box, given, after)
    for place, point in enumerate(POINTS):
        assert run(fetching.settings, source, point, 2 if point != "end" else 1) == -signal.SIGKILL, point
        observer.look()
        if place == 0:
            assert entered(fetching, world) != []  # the first group was committed before the kill
        if point == "acknowledge":
            assert run(fetching.settings, source, point, 9) == -signal.SIGKILL
            assert observer.look() > 0 or kind is SourceKind.POP3
    assert run(fetching.settings, source) == 0
    assert observer.look() == MAILS
    assert entered(fetching, world) == sorted(prints(given.values()))
    assert row(fetching, source).left_behind == 0


def until_done(resources: Resources, source: UUID, done: Callable[[], bool], *, most: int = 40) -> int:
    """Fetches as the scheduler would until `done()` is true; returns how many fetches failed."""
    failed = 0
    for _ in range(most):
        fetch(order(resources, source), resources)
        failed += int(row(resources, source).last_error != "")
        if done():
            return failed
    pytest.fail("not done")


@pytest.mark.parametrize("kind", [SourceKind.IMAP, SourceKind.POP3])
def test_connections_that_are_cut_in_the_middle_of_mails_lose_nothing(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, kind: SourceKind
) -> None:
    given = mails(world, MAILS, X_Filler="f" * 500)
    box.fill(given)
    name = "imap" if kind is SourceKind.IMAP else "pop3"
    with CuttingProxy(dovecot.ports[name], (100_000, 130_001, 155_003, 180_007, 222_011, 1, 700, 260_017)) as cutter:
        plain = options(dovecot, box.user, kind, security="none").model_copy(update={"port": cutter.port})
        source = mailboxes.add(fetching, world, plain, kind=kind)
        until_done(fetching, source, lambda: box.bodies() == [])
        assert cutter.cut >= 6
    assert entered(fetching, world) == sorted(prints(given.values()))
    if kind is SourceKind.IMAP:
        assert prints(box.bodies("casemail")) == prints(given.values())


def test_of_two_fetchers_at_once_the_older_stops_and_nothing_enters_twice(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    given = mails(world, MAILS)
    box.fill(given)
    source = mailboxes.add(fetching, world, options(dovecot, box.user))
    threads = []
    for _ in range(2):
        ordered = order(fetching, source)
        threads.append(threading.Thread(target=fetch, args=(ordered, fetching)))
        threads[-1].start()
        time.sleep(0.4)
    for thread in threads:
        thread.join()
    until_done(fetching, source, lambda: box.bodies() == [])
    assert entered(fetching, world) == sorted(prints(given.values()))
    assert prints(box.bodies("casemail")) == prints(given.values())


def test_a_lost_lease_stops_a_fetch_between_two_groups(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.fill(mails(world, 200))
    source = mailboxes.add(fetching, world, options(dovecot, box.user))
    real, calls = CustodyService.take, []

    def take(self: CustodyService, *args: Any, **named: Any) -> None:
        real(self, *args, **named)
        calls.append(1)
        if len(calls) == 2:
            order(fetching, source)

    monkeypatch.setattr(CustodyService, "take", take)
    fetch(order(fetching, source), fetching)
    assert len(calls) == 2
    assert len(box.bodies("casemail")) == 100


def test_while_postgresql_is_away_for_thirty_seconds_nothing_is_reported_and_afterwards_all_is_taken(
    fetching: Resources, dovecot: Dovecot, box: Mailbox, tmp_path: Path
) -> None:
    server = Postgres(tmp_path / "postgres")
    server.start()
    database = Database(server.url)
    try:
        upgrade(server.owner_url, server.url)
        world = make_world(server.owner_url)
        resources = Resources(fetching.settings, database, Blobs(str(tmp_path / "blobs")))
        given = mails(world, MAILS)
        box.fill(given)
        source = mailboxes.add(resources, world, options(dovecot, box.user))
        observer = Observer(resources, world, dovecot, box, given, "move")
        away = threading.Event()
        watch = threading.Thread(target=_away, args=(server, box, away))
        watch.start()
        failures, until = 0, time.monotonic() + 120
        while box.bodies():
            assert time.monotonic() < until
            try:
                fetch(order(resources, source), resources)
            except (DBAPIError, leases.LeaseLostError):
                failures += 1
                time.sleep(0.5)
        watch.join()
        assert away.is_set()
        assert failures > 0
        database.close()  # its connections broke when the server was killed
        assert observer.look() == MAILS
        assert entered(resources, world) == sorted(prints(given.values()))
    finally:
        database.close()
        server.stop()


def _away(server: Postgres, box: Mailbox, away: threading.Event) -> None:
    while not box.bodies("casemail"):
        time.sleep(0.02)
    server.kill()
    before = len(box.bodies("casemail"))
    time.sleep(30)
    # the last committed group may not have been moved yet when the database was killed
    if before < MAILS and len(box.bodies("casemail")) <= before + 50:
        away.set()
    server.start()
