"""The counts of mails are those of the rows, whatever moves mails, also many transactions at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, text
from structlog.testing import capture_logs

from ops.embedded import Postgres
from schemas.reasons import Reason
from schemas.tables import MailState, OutboxKind, new_id, now
from storage import outbox
from storage.database import Database
from storage.ledger import admission, conservation, decided, endings, entries, mail_counts
from storage.ledger.endings import End
from storage.ledger.entries import NewMail
from storage.migrations import upgrade
from tests.builders.conservation import line, wrong_counts
from tests.builders.rows import add_update, run
from tests.builders.world import World, make_world
from workers import mail_count_check

pytestmark = pytest.mark.usefixtures("nothing_on_its_way")


class UndoneError(Exception):
    """Ends a transaction without its changes."""


def new_mails(world: World, chance: Random, count: int) -> list[NewMail]:
    """Returns mails with few different content keys, so that some are repeated deliveries."""
    return [
        NewMail(world.tenant_id, bytes([chance.randrange(40)]) * 64, "ref", "raw", 1, "r@x", "s@y", now())
        for _ in range(count)
    ]


_WAITING_FORWARDS = text("""
select id, mail_id from outbox where state = 'waiting' and kind = 'catch_all' order by id limit 2 for update skip locked
""")


class Mover:
    """Moves mails of one tenant at random, as intake, stages, outbox and people do."""

    def __init__(self, database: Database, world: World, seed: int) -> None:
        self.database, self.world, self.chance = database, world, Random(seed)

    def some(self, connection: Connection, states: str) -> list[UUID]:
        """Locks some mails in these states, as their statements do, and returns their ids."""
        found = connection.execute(
            text(f"select id from mails where state in ({states}) order by id limit 5 for update skip locked")
        ).scalars()
        return [mail for mail in found if self.chance.random() < 0.7]

    def take(self) -> None:
        with self.database.system() as connection:
            entries.take(connection, new_id(), new_mails(self.world, self.chance, self.chance.randint(1, 5)))

    def admit(self) -> None:
        with self.database.system() as connection:
            admission.admit(connection, window=200, most=50)

    def end(self) -> None:
        states = (MailState.HELD, MailState.DROPPED, MailState.FORWARDING)
        with self.database.tenant(self.world.tenant_id) as connection:
            mails = self.some(connection, "'waiting', 'moving'")
            ends = [End(mail, self.chance.choice(states), Reason.REPLIES_OFF) for mail in mails]
            endings.end(connection, ends)
            forwards = [{"mail_id": e.mail_id, "to_email": "all@catch"} for e in ends if e.state == states[2]]
            outbox.put(connection, self.world.tenant_id, OutboxKind.CATCH_ALL, forwards)

    def post(self) -> None:
        with self.database.tenant(self.world.tenant_id) as connection:
            for mail in self.some(connection, "'moving'"):
                posted = text(
                    "insert into updates select (json_populate_record(u, json_build_object('id', uuidv7(), 'mail_id',"
                    " cast(:mail as uuid)))).* from updates u where mail_id is null limit 1"
                )
                connection.execute(posted, {"mail": mail})
                endings.end(connection, [End(mail, MailState.POSTED)])

    def send(self) -> None:
        sent = self.chance.random() < 0.7
        with self.database.tenant(self.world.tenant_id) as connection:
            rows = connection.execute(
                text(
                    "select id, mail_id from outbox where state = 'waiting' order by id limit 2 for update skip locked"
                )
            ).all()
            for row in rows:
                state = "sent" if sent else "failed"
                connection.execute(
                    text("update outbox set state = :s where id = :id and kind = 'catch_all'"),
                    {"s": state, "id": row.id},
                )
                endings.end_forward(connection, row.mail_id, sent=sent, words="550")

    def decide(self) -> None:
        with self.database.tenant(self.world.tenant_id) as connection:
            mails = self.some(connection, "'held', 'dropped'")
            act: Callable[[], None] = self.chance.choice(
                (
                    lambda: decided.put_in_queue(connection, mails),
                    lambda: decided.send_on(connection, self.world.tenant_id, mails, "all@catch"),
                    lambda: decided.discard(connection, mails, "Ann"),
                    lambda: decided.make_messages(connection, mails, "Ann"),
                )
            )
            act()

    def replay(self) -> None:
        with self.database.tenant(self.world.tenant_id) as connection:
            decided.put_in_queue(connection, self.some(connection, "'forwarded'"))

    def add_up(self) -> None:
        with self.database.system() as connection:
            mail_counts.add_up(connection, most=self.chance.randint(1, 20))

    def break_off(self) -> None:
        """Moves mails in a transaction that does not end well."""
        with suppress(UndoneError), self.database.tenant(self.world.tenant_id) as connection:
            endings.end(connection, [End(mail, MailState.HELD) for mail in self.some(connection, "'moving'")])
            raise UndoneError

    def move(self, steps: int) -> None:
        """Makes that many random moves."""
        kinds = (self.take, self.admit, self.end, self.post, self.send, self.decide, self.replay, self.add_up)
        self.take()
        for _ in range(steps):
            self.chance.choice((*kinds, self.break_off))()


@settings(
    max_examples=3,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seeds=st.lists(st.integers(0, 2**32), min_size=4, max_size=4, unique=True))
def test_the_counts_are_right_after_any_moves_of_several_processes_at_once(
    database: Database, migrated: Postgres, seeds: list[int]
) -> None:
    one, other = make_world(migrated.owner_url), make_world(migrated.owner_url)
    for world in (one, other):
        add_update(world, "staff", "What news?")
    movers = [Mover(database, world, seed) for seed, world in zip(seeds, (one, one, one, other), strict=True)]
    with ThreadPoolExecutor(len(movers)) as pool:
        list(pool.map(lambda mover: mover.move(30), movers))
    assert wrong_counts(database) == []
    before = [line(database, world) for world in (one, other)]
    assert [each for each in before if not each.received or each.unaccounted] == []
    with database.system() as connection:
        while mail_counts.add_up(connection, most=1_000):
            pass
        assert connection.execute(text("select count(*) from mail_count_changes")).scalar_one() == 0
    assert [line(database, world) for world in (one, other)] == before


def test_of_two_processes_one_adds_up_and_the_other_does_not_wait(database: Database, world: World) -> None:
    Mover(database, world, 1).take()
    with database.system() as first, database.system() as second:
        assert mail_counts.add_up(first, most=1_000) > 0
        assert mail_counts.add_up(second, most=1_000) == 0
    with database.system() as connection:
        assert mail_counts.add_up(connection, most=1_000) == 0
    assert wrong_counts(database) == []


@contextmanager
def without_triggers(world: World) -> Iterator[Connection]:
    """Yields a transaction whose statements are not counted, as a restore of single tables would be."""
    tables = ("mails", "intake")
    with world.owner().begin() as connection:
        for table in tables:
            connection.exec_driver_sql(f"alter table {table} disable trigger user")
        yield connection
        for table in tables:
            connection.exec_driver_sql(f"alter table {table} enable trigger user")


def test_counts_that_drifted_are_mended_logged_and_shown(database: Database, world: World) -> None:
    Mover(database, world, 2).take()
    held = line(database, world).held
    with without_triggers(world) as connection:
        values = {"id": world.tenant_id}
        connection.execute(text("update mails set state = 'held', ended_at = now() where tenant_id = :id"), values)
        connection.execute(text("insert into intake values (uuidv7(), :id, uuidv7(), 2)"), values)
    moved = line(database, world).in_flight
    with capture_logs() as logs:
        mail_count_check.run(database)
    (wrong,) = [entry for entry in logs if entry.get("tenant") == world.slug]
    assert wrong["were_too_low_by"] == {"received": 2, "held": moved, "in_flight": -moved}
    mended = line(database, world)
    assert (mended.held, mended.in_flight, mended.unaccounted) == (held + moved, 0, 2)
    with database.system() as connection:
        last = mail_counts.last_check(connection)
    assert last is not None
    assert last.drift == 2 + 2 * moved
    with without_triggers(world) as connection:  # for the counts that the other tests leave
        connection.execute(text("delete from intake where tenant_id = :id and taken = 2"), values)
    assert len(wrong_counts(database)) == 1


def test_while_one_process_checks_another_does_not(database: Database, world: World) -> None:
    with database.system() as first, database.system() as second:
        assert mail_counts.check(first) == []
        assert mail_counts.check(second, waits=False) is None


def test_a_check_is_due_once_a_night(database: Database, world: World) -> None:
    run(world, "delete from mail_count_checks")
    hour = run(world, "select extract(hour from now() at time zone 'utc')::int as hour")[0].hour

    def due(at: int) -> bool:
        with database.system() as connection:
            return mail_counts.is_check_due(connection, at % 24)

    assert due(hour)
    assert due(hour + 1)
    assert wrong_counts(database) == []
    run(world, "update mail_count_checks set checked_at = date_trunc('hour', now()) - interval '30 minutes'")
    assert (due(hour - 1), due(hour), due(hour + 1)) == (False, True, False)
    run(world, "update mail_count_checks set checked_at = now() - interval '25 hours'")
    assert all(due(at) for at in range(24))


def test_a_ledger_that_claims_what_did_not_happen_is_seen(database: Database, world: World) -> None:
    with database.system() as connection:
        mails = new_mails(world, Random(3), 3)
        entries.take(connection, new_id(), mails)
    owner = "update mails set state = :state, ended_at = now() where id = :id"
    for mail, state in zip(mails, ("posted", "forwarded", "held"), strict=True):
        run(world, owner, state=state, id=mail.id)
    seen = line(database, world)
    assert (seen.received, seen.posted, seen.forwarded, seen.held, seen.unaccounted) == (3, 0, 0, 1, 2)
    assert wrong_counts(database) == []


_MANY_TENANTS = """
insert into tenants select (json_populate_record(t, json_build_object('id', uuidv7(), 'slug', 'n' || md5(n::text),
    'mail_domain', ''))).* from tenants t, generate_series(1, :count) n where t.id = :like
"""
_MANY_MAILS = """
insert into mails (id, tenant_id, batch_id, content_key, source_ref, raw, size, recipient, sender, received_at, state,
    emissions, ended_at, reason, evidence, author, subject, run, raw_deleted_by, whole_size)
select uuidv7(), t.id, uuidv7(), sha256((t.slug || g || :seed)::bytea), 'x', 'raw', 1, 'r', 's', now(),
    case g when 1 then 'held' when 2 then 'waiting' when 3 then 'moving' else 'posted' end, 1, now(), '', '{}', '', '',
    0, '', 0
from (select id, slug from tenants where slug ~ '^n[0-9a-f]{32}$') t, generate_series(1, :each) g
"""


def pages(connection: Connection, statement: str) -> tuple[int, str]:
    """Runs a statement; returns how many pages it read, in memory or not, and its plan."""
    lines = list(connection.execute(text(f"explain (analyze, buffers) {statement}")).scalars())
    top = next(each for each in lines if "Buffers:" in each)
    return sum(int(part.split("=")[1]) for part in top.split() if part.startswith(("hit=", "read="))), "\n".join(lines)


def test_a_scrape_reads_as_much_however_many_mails_there_are(tmp_path: Any) -> None:
    """On a server of its own, because the pages of other tests' mails would be counted, too."""
    read: list[int] = []
    with Postgres(tmp_path) as server:
        upgrade(server.owner_url, server.url)
        world = make_world(server.owner_url)
        owner = create_engine(server.owner_url, isolation_level="AUTOCOMMIT")
        database = Database(server.url)
        with owner.connect() as connection:
            connection.execute(text(_MANY_TENANTS), {"count": 200, "like": world.tenant_id})
            for each in (20, 100):
                connection.execute(text(_MANY_MAILS), {"each": each, "seed": str(each)})
                with database.system() as system:
                    while mail_counts.add_up(system, most=1_000):
                        pass
                connection.exec_driver_sql("vacuum analyze")
                with database.system() as system:
                    number, plan = pages(system, conservation._CONSERVATION.text)
                read.append(number)
                assert "Seq Scan on mails" not in plan
                assert "on updates" not in plan
                assert "on intake" not in plan
        database.close()
        owner.dispose()
    assert read[1] < 1.5 * read[0], "six times as many mails"
    assert read[1] < 200 * 15
