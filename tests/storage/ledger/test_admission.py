"""Admission to the topics: no tenant's backlog delays another tenant, with any number of dispatchers."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import text

from schemas.tables import MailState
from storage.database import Database
from storage.ledger import admission, endings
from storage.ledger.endings import End
from tests.builders.world import World, make_world

pytestmark = pytest.mark.usefixtures("nothing_on_its_way")

WINDOW = 200
BACKLOG = 50_000

_FILL = text("""
insert into mails (id, tenant_id, batch_id, content_key, source_ref, raw, size, recipient, sender, received_at, state,
    emissions, reason, evidence, author, subject, run, raw_deleted_by, whole_size)
select gen_random_uuid(), :tenant, gen_random_uuid(), sha256(uuidv7()::text::bytea), 'x', 'raw', 1, 'r', 's',
    now() + make_interval(secs => g * 0.001), 'waiting', 0, '', '{}', '', '', 0, '', 0
from generate_series(1, :count) g
""")
_MOVING = text("select count(*) from mails where tenant_id = :tenant and state = 'moving'")


def fill(world: World, count: int) -> None:
    with world.owner().begin() as connection:
        connection.execute(_FILL, {"tenant": world.tenant_id, "count": count})


def turn(database: Database, *, most: int = 1_000) -> dict[UUID, list[UUID]]:
    """Returns the mails that one turn admits, by tenant."""
    with database.system() as connection:
        admitted = admission.admit(connection, window=WINDOW, most=most)
    found: dict[UUID, list[UUID]] = {}
    for mail in admitted:
        found.setdefault(mail.tenant_id, []).append(mail.mail_id)
    return found


def end(database: Database, world: World, ids: list[UUID]) -> None:
    """Ends mails in groups as large as a stage's."""
    for start in range(0, len(ids), 20):
        with database.tenant(world.tenant_id) as connection:
            endings.end(connection, [End(mail_id, MailState.HELD) for mail_id in ids[start : start + 20]])


def test_fifty_thousand_mails_of_one_tenant_delay_nobody(database: Database, world: World) -> None:
    fill(world, BACKLOG)
    moving = turn(database)[world.tenant_id]
    assert len(moving) == WINDOW
    took = []
    for _ in range(30):
        other = make_world(world.owner_url)
        fill(other, 1)
        end(database, world, moving)
        begun = time.monotonic()
        admitted = turn(database)
        took.append(time.monotonic() - begun)
        assert len(admitted[other.tenant_id]) == 1, "it goes straight through, in the very next turn"
        moving = admitted[world.tenant_id]
        assert len(moving) == WINDOW
    begun = time.monotonic()
    assert world.tenant_id not in turn(database)
    print(f"a turn with {BACKLOG} waiting: median {sorted(took)[15]:.4f} s, longest {max(took):.4f} s,")
    print(f"with a full window {time.monotonic() - begun:.4f} s")


def test_when_more_wait_than_a_turn_takes_every_tenant_gets_its_share(database: Database, world: World) -> None:
    worlds = [world, *(make_world(world.owner_url) for _ in range(4))]
    for each in worlds:
        fill(each, 50)
    admitted = turn(database, most=20)
    assert {len(admitted.get(each.tenant_id, [])) for each in worlds} == {4}


def test_several_dispatchers_admit_each_mail_once_and_never_more_than_the_window(
    database: Database, world: World
) -> None:
    fill(world, 3_000)

    def dispatch(_: int) -> list[UUID]:
        mine: list[UUID] = []
        while len(mine) < 3_000:
            admitted = turn(database).get(world.tenant_id, [])
            with database.tenant(world.tenant_id) as connection:
                assert connection.execute(_MOVING, {"tenant": world.tenant_id}).scalar_one() <= WINDOW
                left = connection.execute(text("select count(*) from mails where state = 'waiting'")).scalar_one()
            end(database, world, admitted)
            mine += admitted
            if not left:
                return mine
        return mine

    with ThreadPoolExecutor(3) as pool:
        let_in = [mail for mine in pool.map(dispatch, range(3)) for mail in mine]
    assert len(let_in) == len(set(let_in)) == 3_000


def moving(world: World) -> int:
    """Returns how many mails of the tenant are in the topics."""
    with world.owner().connect() as connection:
        return int(connection.execute(_MOVING, {"tenant": world.tenant_id}).scalar_one())


def turn_together(database: Database, together: int) -> dict[UUID, list[UUID]]:
    """Returns the mails of a turn in which all tenants share `together` places, by tenant."""
    found: dict[UUID, list[UUID]] = {}
    with database.system() as connection:
        for mail in admission.admit(connection, window=WINDOW, most=1_000, together=together):
            found.setdefault(mail.tenant_id, []).append(mail.mail_id)
    return found


def test_many_noisy_tenants_share_the_topics_and_a_quiet_one_is_always_next(database: Database, world: World) -> None:
    noisy, together = [world, *(make_world(world.owner_url) for _ in range(59))], 90
    for each in noisy:
        fill(each, 30)
    admitted = turn_together(database, together)
    assert sum(map(len, admitted.values())) == together
    assert {len(admitted[each.tenant_id]) for each in noisy} == {1, 2}, "nobody gets a third before each has two"
    for ended in (0, 10, together):
        for each in noisy:
            gone = admitted.pop(each.tenant_id, []) if ended else []
            end(database, each, gone[:ended])
        with database.system() as connection:
            before = connection.execute(text("select count(*) from mails where state = 'moving'")).scalar_one()
        quiet = make_world(world.owner_url)
        fill(quiet, 3)
        turn_of = turn_together(database, together)
        assert quiet.tenant_id in turn_of, "its first mail needs no free place"
        assert before + sum(map(len, turn_of.values())) == together + (before == together)
        end(database, quiet, turn_of.pop(quiet.tenant_id))
        admitted |= turn_of
    shares = [moving(each) for each in noisy]
    assert max(shares) - min(shares) <= 1


def test_every_tenant_gets_one_mail_into_topics_that_are_full(database: Database, world: World) -> None:
    noisy = [world, *(make_world(world.owner_url) for _ in range(29))]
    for each in noisy:
        fill(each, 5)
    assert [len(mails) for mails in turn_together(database, 10).values()] == [1] * 30
    assert turn_together(database, 10) == {}


def test_a_tenant_alone_has_its_whole_window(database: Database, world: World) -> None:
    fill(world, 500)
    assert len(turn_together(database, 10)[world.tenant_id]) == WINDOW
    assert turn_together(database, 10) == {}
    other = make_world(world.owner_url)
    fill(other, 500)
    assert {tenant: len(mails) for tenant, mails in turn_together(database, 10).items()} == {other.tenant_id: 1}


def test_mails_that_wait_in_the_topics_for_a_slow_server_take_no_place(database: Database, world: World) -> None:
    fill(world, 50)
    assert len(turn_together(database, 10)[world.tenant_id]) == 50
    other = make_world(world.owner_url)
    fill(other, 50)
    with world.owner().begin() as connection:
        ago = "update mails set emitted_at = now() - make_interval(secs => :ago) where tenant_id = :id"
        connection.execute(text(ago), {"ago": admission.WORK_SECONDS + 1, "id": world.tenant_id})
    fill(world, 50)
    admitted = turn_together(database, 10)
    assert {tenant: len(mails) for tenant, mails in admitted.items()} == {other.tenant_id: 10}


def test_one_dispatcher_at_a_time_admits(database: Database, world: World) -> None:
    fill(world, 3)
    with database.system() as first, database.system() as second:
        assert len(admission.admit(first, window=WINDOW, most=1)) == 1
        assert admission.admit(second, window=WINDOW, most=1_000) == []
    assert len(turn(database)[world.tenant_id]) == 2
