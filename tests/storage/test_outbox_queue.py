"""The limits on the mails that are ordered in a minute: to one recipient domain, and of one tenant."""

from datetime import timedelta

from sqlalchemy import text

from ops.embedded import Postgres
from schemas.records import SendOrder
from storage.database import Database
from storage.outbox_queue import Limits, claim_due
from tests.builders.world import World, make_world


def fill(world: World, count: int, domain: str) -> None:
    """Inserts `count` rows that have been due for a year, so that they come before the rows of other tests."""
    with world.owner().begin() as connection:
        connection.execute(
            text(
                "insert into outbox (id, tenant_id, kind, to_email, state, attempts, created_at, due_at, error)"
                " select gen_random_uuid(), :tenant, 'notice', n || '@' || cast(:domain as text), 'waiting', 0, now(),"
                " now() - interval '1 year', '' from generate_series(1, :count) n"
            ),
            {"tenant": world.tenant_id, "domain": domain, "count": count},
        )


def claimed(database: Database, limits: Limits, *worlds: World, turns: int = 1) -> list[list[int]]:
    """Returns for each of several claims in one minute how many rows of each world it orders.

    The claims share a transaction, in which the minute stays the same.
    """
    with database.system() as connection:
        orders = [claim_due(connection, most=10_000, limits=limits) for _ in range(turns)]
    return [[count(given, world) for world in worlds] for given in orders]


def count(orders: list[SendOrder], world: World) -> int:
    return sum(len(order.outbox_ids) for order in orders if order.tenant_id == world.tenant_id)


def a_minute_later(world: World) -> None:
    """Makes waiting rows due again, and moves the counts of this minute into an earlier minute."""
    with world.owner().begin() as connection:
        connection.execute(text("update outbox_pace set minute = minute - interval '1 minute'"))
        connection.execute(
            text("update outbox set due_at = now() where tenant_id = :id and due_at < now() + cast(:most as interval)"),
            {"id": world.tenant_id, "most": timedelta(seconds=61)},
        )


def waiting(world: World) -> int:
    """Returns how many rows are put off to the start of a minute."""
    with world.owner().connect() as connection:
        query = "select count(*) from outbox where tenant_id = :id and due_at = date_trunc('minute', due_at)"
        return int(connection.execute(text(query), {"id": world.tenant_id}).scalar_one())


def test_one_recipient_domain_gets_no_more_in_a_minute_however_it_is_written(database: Database, world: World) -> None:
    limits = Limits(domain=10)
    domain = f"{world.slug}-a.example"
    fill(world, 8, domain)
    fill(world, 8, domain.upper())
    fill(world, 8, f"{world.slug}-b.example")
    assert claimed(database, limits, world, turns=2) == [[10 + 8], [0]]
    assert waiting(world) == 6
    a_minute_later(world)
    assert claimed(database, limits, world) == [[6]]


def test_one_tenant_gets_no_more_in_a_minute_and_delays_no_other(
    database: Database, world: World, migrated: Postgres
) -> None:
    quiet = make_world(migrated.owner_url)
    limits = Limits(tenant=10)
    fill(world, 25, "people.example")
    fill(quiet, 3, "people.example")
    assert claimed(database, limits, world, quiet, turns=2) == [[10, 3], [0, 0]]
    a_minute_later(world)
    assert claimed(database, limits, world) == [[10]]


def test_several_claims_together_keep_the_limit(database: Database, world: World) -> None:
    limits = Limits(tenant=10)
    fill(world, 15, "people.example")
    with database.system() as connection:
        claims = [claim_due(connection, most=most, limits=limits) for most in (4, 10_000)]
    assert [count(orders, world) for orders in claims] == [4, 6]


def test_without_limits_all_is_ordered(database: Database, world: World) -> None:
    fill(world, 50, "people.example")
    assert claimed(database, Limits(), world) == [[50]]
