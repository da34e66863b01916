"""What casemail records about fetches: schedule, leases, gaps, batches and metrics."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from cases.inbound import source_actions, sources
from schemas.mailboxes import MailboxSecret
from schemas.tables import now
from storage.ledger import batches, leases
from storage.resources import Resources
from tests.builders.mailboxes import add, change, entered, mails, options, order, prints, row
from tests.builders.world import World
from tests.servers.dovecot import Dovecot, Mailbox
from workers.exporter import ClusterCollector
from workers.fetch.pull.stage import fetch
from workers.fetch.pull.take import FetchSizes


def gaps(resources: Resources, source: UUID) -> list[Any]:
    with resources.database.system() as connection:
        return list(connection.execute(text("select * from source_gaps where source_id = :id"), {"id": source}))


def test_a_stretch_in_which_nothing_was_read_is_noted_and_an_ordinary_pause_is_not(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    source = add(fetching, world, options(dovecot, box.user))
    fetch(order(fetching, source), fetching)
    change(fetching, source, "last_success_at = now() - interval '9 minutes'")
    fetch(order(fetching, source), fetching)
    assert gaps(fetching, source) == []
    change(fetching, source, "last_success_at = now() - interval '12 minutes'")
    fetch(order(fetching, source), fetching)
    (gap,) = gaps(fetching, source)
    assert timedelta(minutes=11.9) < gap.ended_at - gap.began_at < timedelta(minutes=14)


def test_a_failure_is_noted_with_its_words_and_the_gap_begins_with_the_last_success(
    fetching: Resources, world: World, box: Mailbox, dovecot: Dovecot
) -> None:
    source = add(fetching, world, options(dovecot, box.user))
    fetch(order(fetching, source), fetching)
    change(fetching, source, "options = jsonb_set(options, '{port}', '1')")
    fetch(order(fetching, source), fetching)
    fetch(order(fetching, source), fetching)
    after = row(fetching, source)
    assert (after.failures, after.login_failures, after.paused_for) == (2, 0, "")
    assert after.failing_since is not None
    assert "does not answer at port 1: Connection refused" in after.last_error
    assert letters(fetching, world) == []
    change(fetching, source, "failing_since = now() - interval '61 minutes'")
    for _ in range(2):
        fetch(order(fetching, source), fetching)
    assert letters(fetching, world) == [f"Mail source {after.name} can't be read"]


def letters(resources: Resources, world: World) -> list[str]:
    with resources.database.tenant(world.tenant_id) as connection:
        rows = connection.execute(text("select content from outbox where kind = 'source' order by id"))
        return [content["subject"] for (content,) in rows]


def test_the_lease_of_a_fetch_that_died_ends_and_that_of_one_that_runs_does_not(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    source = add(fetching, world, options(dovecot, box.user))
    first = order(fetching, source)
    change(fetching, source, "next_at = now()")
    with fetching.database.system() as connection:
        assert source not in {order.source_id for order in leases.due(connection)}
        connection.execute(text("update sources set leased_until = now() where id = :id"), {"id": source})
        leases.renew(connection, [first])
    with fetching.database.system() as connection:
        assert source not in {order.source_id for order in leases.due(connection)}
    change(fetching, source, "leased_until = now() - interval '1 second'")
    with fetching.database.system() as connection:
        (second,) = [order for order in leases.due(connection) if order.source_id == source]
        leases.renew(connection, [first])
    assert second.lease == first.lease + 1
    fetch(first, fetching)
    assert row(fetching, source).last_success_at is None


def test_what_a_fetch_that_died_left_open_is_closed_when_the_next_one_begins(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    box.fill(mails(world, 3))
    source, other = (add(fetching, world, options(dovecot, box.user)) for _ in range(2))
    with fetching.database.system() as connection:
        left, of_another = (batches.open_batch(connection, source_id, now()) for source_id in (source, other))
    ordered = order(fetching, source)
    with fetching.database.system() as connection:
        running = leases.begin(connection, ordered)
    fetch(ordered, fetching)
    assert entered(fetching, world) == []
    fetch(running, fetching)
    assert len(entered(fetching, world)) == 3
    with fetching.database.system() as connection:
        is_open = text("select id from batches where closed_at is null and source_id in (:source, :other)")
        found = connection.execute(is_open, {"source": source, "other": other}).scalars().all()
    assert left not in found
    assert found == [of_another]


def test_two_schedulers_order_a_source_once(fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox) -> None:
    mine = {add(fetching, world, options(dovecot, box.user)) for _ in range(4)}
    with fetching.database.system() as first, fetching.database.system() as other:
        ordered = [order.source_id for each in (first, other) for order in leases.due(each)]
    assert sorted(set(ordered) & mine) == sorted(mine)
    assert len(ordered) == len(set(ordered))


@pytest.mark.parametrize("state", ["active = false", "paused_for = 'login'", "next_at = now() + interval '1 minute'"])
def test_what_is_paused_or_not_due_is_not_ordered(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, state: str
) -> None:
    source = add(fetching, world, options(dovecot, box.user))
    change(fetching, source, state)
    with fetching.database.system() as connection:
        assert source not in {order.source_id for order in leases.due(connection)}


def test_what_is_over_the_size_of_a_batch_is_fetched_next_oldest_first(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    small = FetchSizes(batch=4)
    given = mails(world, 10)
    box.fill(given)
    source = add(fetching, world, options(dovecot, box.user))
    fetch(order(fetching, source), fetching, small)
    assert entered(fetching, world) == sorted(prints(list(given.values())[:4]))
    with fetching.database.system() as connection:
        (again,) = [order for order in leases.due(connection) if order.source_id == source]
    fetch(again, fetching, small)
    fetch(order(fetching, source), fetching, small)
    assert entered(fetching, world) == sorted(prints(given.values()))
    statement = "select seen, taken, duplicates, closed_at is not null as closed from batches where source_id = :id"
    with fetching.database.system() as connection:
        rows = connection.execute(text(statement + " order by id"), {"id": source}).all()
    assert [tuple(row) for row in rows] == [(4, 4, 0, True), (4, 4, 0, True), (2, 2, 0, True)]


def test_every_fetch_has_a_row_that_says_what_came_of_it_and_empty_ones_are_forgotten(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    source = add(fetching, world, options(dovecot, box.user))
    fetch(order(fetching, source), fetching)
    box.fill(mails(world, 2))
    fetch(order(fetching, source), fetching)
    change(fetching, source, "options = jsonb_set(options, '{port}', '1')")
    fetch(order(fetching, source), fetching)
    found = fetches(fetching, source)
    assert [(batch.seen, batch.taken, batch.finished) for batch in found] == [(0, 0, True), (2, 2, False), (0, 0, True)]
    assert [batch.error[:25] for batch in found] == ["", "", "localhost does not answer"]
    with fetching.database.system() as connection:
        old = "update batches set started_at = started_at - interval '15 days' where source_id = :id"
        connection.execute(text(old), {"id": source})
        batches.forget_empty(connection, days=14, most=1_000)
    assert [batch.seen for batch in fetches(fetching, source)] == [2]


def fetches(resources: Resources, source: UUID) -> list[Any]:
    statement = "select *, finished_at is not null as finished from batches where source_id = :id order by started_at"
    with resources.database.system() as connection:
        return list(connection.execute(text(statement), {"id": source}).all())


def shown(resources: Resources, **changes: object) -> dict[str, dict[str, float]]:
    """Returns the figures of sources that /metrics shows with these settings, by id, and the classes, as `classes`."""
    settings = resources.settings.replace(**changes)
    collector = ClusterCollector(replace(resources, settings=settings), None)  # type: ignore[arg-type]
    found: dict[str, dict[str, float]] = {}
    for sample in (sample for family in collector._sources() for sample in family.samples):
        name = sample.name.removeprefix("casemail_source_")
        key, name = (
            (sample.labels["source"], name) if "source" in sample.labels else ("classes", sample.labels["class"])
        )
        found.setdefault(key, {})[name] = sample.value
    collector.close()
    return found


def test_metrics_name_the_sources_about_which_something_is_to_be_done_and_count_all(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    before = shown(fetching)["classes"]
    fine, late, left, stopped = (str(add(fetching, world, options(dovecot, box.user))) for _ in range(4))
    for source in (fine, late, left, stopped):
        change(fetching, UUID(source), "last_success_at = now(), paused_for = ''")
    change(fetching, UUID(late), "last_success_at = now() - interval '2 years'")
    change(fetching, UUID(left), "left_behind = 1")
    change(fetching, UUID(stopped), "active = false, failures = 3")
    found = shown(fetching)
    assert {late, left} <= found.keys()
    assert not {fine, stopped} & found.keys()
    more = {name: number - before[name] for name, number in found["classes"].items()}
    assert {name: number for name, number in more.items() if number} == {
        "fine": 1,
        "late": 1,
        "left_behind": 1,
        "inactive": 1,
    }
    assert shown(fetching, metrics_most_named=1).keys() == {"classes", late}
    assert {fine, late, left, stopped} <= shown(fetching, metrics_every_tenant=True, metrics_most_named=1).keys()


def test_metrics_show_how_each_source_does(fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox) -> None:
    source = add(fetching, world, options(dovecot, box.user), secret=MailboxSecret(password="wrong"))
    for _ in range(3):
        fetch(order(fetching, source), fetching)
    change(fetching, source, "left_behind = 2")
    found = shown(fetching)[str(source)]
    assert found.pop("success_age_seconds") >= 0
    assert found == {"failures": 3, "left_behind": 2, "paused": 1, "undecided": 0, "active": 1}


def test_no_act_is_done_to_what_is_not_there(fetching: Resources, world: World) -> None:
    with fetching.database.tenant(world.tenant_id) as connection:
        for deed in source_actions.SOURCE_ACTIONS:
            assert not source_actions.act(connection, sources.Actor(world.tenant_id), deed, uuid4(), gap_id=uuid4())
