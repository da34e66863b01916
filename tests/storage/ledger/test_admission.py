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
select gen_random_uuid(), :tenant, gen_random_uuid(), sha256(g::text::bytea), 'x', 'raw', 1, 'r', 's',
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
