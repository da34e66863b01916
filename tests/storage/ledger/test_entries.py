"""The ledger: a mail enters once, ends once, and is counted at every moment in between."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from schemas.reasons import Reason
from schemas.tables import MailState, SourceKind, new_id, now
from storage.database import Database
from storage.ledger import admission, batches, copies, endings, entries
from storage.ledger.endings import End
from storage.ledger.entries import NewMail
from storage.source_rows import ensure_source
from tests.builders.conservation import line
from tests.builders.world import World, in_ledger, make_world

pytestmark = pytest.mark.usefixtures("nothing_on_its_way")

_LOCK = text("select 1 from mails where id = :id for update")
_AT_ONCE = text("set local lock_timeout = '5s'")


def new_mail(world: World, key: str = "") -> NewMail:
    return NewMail(world.tenant_id, (key or uuid4().hex).encode(), "ref", "raw", 1, "r@x", "s@x", now())


def take(database: Database, *mails: NewMail) -> list[UUID]:
    with database.system() as connection:
        entries.take(connection, new_id(), mails)
    return [mail.id for mail in mails]


def admit(database: Database, world: World, window: int = 10) -> list[UUID]:
    with database.system() as connection:
        admitted = admission.admit(connection, window=window, most=1_000)
    return [mail.mail_id for mail in admitted if mail.tenant_id == world.tenant_id]


def rows(world: World) -> dict[UUID, tuple[str, str]]:
    with world.owner().connect() as connection:
        found = connection.execute(
            text("select id, state, reason from mails where tenant_id = :id"), {"id": world.tenant_id}
        )
        return {row.id: (row.state, row.reason) for row in found}


def test_the_same_mail_enters_once_also_within_one_group(database: Database, world: World) -> None:
    first, second = take(database, new_mail(world, "same"), new_mail(world, "same"))
    (third,) = take(database, new_mail(world, "same"))
    assert rows(world) == {
        first: ("waiting", ""),
        second: ("dropped", "duplicate"),
        third: ("dropped", "duplicate"),
    }
    assert line(database, world).received == 3


def test_the_same_content_in_two_tenants_is_two_mails(database: Database, world: World) -> None:
    other = make_world(world.owner_url)
    take(database, new_mail(world, "same"), new_mail(other, "same"))
    assert {state for state, _ in (*rows(world).values(), *rows(other).values())} == {"waiting"}


def test_at_most_a_window_of_mails_is_admitted_oldest_first(database: Database, world: World) -> None:
    ids = [take(database, new_mail(world))[0] for _ in range(5)]
    assert admit(database, world, window=3) == ids[:3]
    assert admit(database, world, window=3) == []
    with database.tenant(world.tenant_id) as connection:
        endings.end(connection, [End(ids[0], MailState.HELD)])
    assert admit(database, world, window=3) == [ids[3]]


def test_one_tenants_backlog_does_not_keep_out_another(database: Database, world: World) -> None:
    take(database, *(new_mail(world) for _ in range(50)))
    other = make_world(world.owner_url)
    (mail,) = take(database, new_mail(other))
    assert admit(database, other, window=3) == [mail]


def test_mails_that_kafka_did_not_take_wait_again(database: Database, world: World) -> None:
    ids = take(database, new_mail(world), new_mail(world))
    with database.system() as connection:
        admission.put_back(connection, admit(database, world))
    assert admit(database, world) == ids


def stalled(database: Database, world: World, max_emissions: int = 3) -> list[UUID]:
    with world.owner().begin() as connection:
        connection.execute(
            text("update mails set emitted_at = emitted_at - interval '1 hour' where tenant_id = :id"),
            {"id": world.tenant_id},
        )
    with database.system() as connection:
        again, _ = admission.stalled(connection, stall_seconds=60, max_emissions=max_emissions, most=1_000)
    return [mail.mail_id for mail in again if mail.tenant_id == world.tenant_id]


def test_a_mail_that_does_not_move_is_emitted_again_and_held_in_the_end(database: Database, world: World) -> None:
    ids = take(database, new_mail(world))
    assert admit(database, world) == ids
    assert stalled(database, world) == ids
    assert stalled(database, world) == ids
    assert stalled(database, world) == []
    assert rows(world) == {ids[0]: ("held", "stalled")}


def test_a_mail_that_moves_is_left_alone(database: Database, world: World) -> None:
    take(database, new_mail(world))
    admit(database, world)
    with database.system() as connection:
        again, _ = admission.stalled(connection, stall_seconds=60, max_emissions=3, most=1_000)
    assert world.tenant_id not in {mail.tenant_id for mail in again}


def test_admission_and_putting_back_never_wait_for_a_lock(database: Database, world: World) -> None:
    first, second = take(database, new_mail(world), new_mail(world))
    with world.owner().begin() as somebody:
        somebody.execute(_LOCK, {"id": first})
        with database.system() as connection:
            connection.execute(_AT_ONCE)
            admitted = [mail.mail_id for mail in admission.admit(connection, window=10, most=1_000)]
            assert {first, second} & set(admitted) == {second}
    assert admit(database, world) == [first]
    with world.owner().begin() as ending:
        ending.execute(_LOCK, {"id": first})
        with database.system() as connection:
            connection.execute(_AT_ONCE)
            admission.put_back(connection, [first, second])
    assert {mail_id: state for mail_id, (state, _) in rows(world).items()} == {first: "moving", second: "waiting"}


def test_two_transactions_take_the_same_mails_in_another_order(database: Database, world: World) -> None:
    start = threading.Barrier(2)

    def mails(turn: int) -> list[NewMail]:
        return [new_mail(world, f"{turn} {number}") for number in range(300)]

    def take_all(step: int) -> list[UUID]:
        ids: list[UUID] = []
        for turn in range(5):
            start.wait(60)
            ids += take(database, *mails(turn)[::step])
        return ids

    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(take_all, (1, -1)))
    states = rows(world)
    assert len(states) == 3_000
    back = [mail_id for turn in range(5) for mail_id in reversed(taken[1][turn * 300 : turn * 300 + 300])]
    for ours, theirs in zip(taken[0], back, strict=True):
        assert {states[ours][0], states[theirs][0]} == {"waiting", "dropped"}


def test_a_mail_ends_once(database: Database, world: World) -> None:
    custody = in_ledger(world)
    with database.tenant(world.tenant_id) as connection:
        assert endings.lock_open(connection, [custody]) == {custody.mail_id}
        endings.end(connection, [End(custody.mail_id, MailState.HELD, reason=Reason.UNREADABLE, evidence={"a": "b"})])
        assert endings.lock_open(connection, [custody]) == set()
        endings.end(connection, [End(custody.mail_id, MailState.POSTED)])
    assert rows(world) == {custody.mail_id: ("held", "unreadable")}


@pytest.mark.parametrize(
    ("sent", "state", "reason"), [(True, "forwarded", "bounce"), (False, "held", "forward_failed")]
)
def test_a_forward_ends_when_it_is_sent_or_refused(
    database: Database, world: World, sent: bool, state: str, reason: str
) -> None:
    custody = in_ledger(world)
    with database.tenant(world.tenant_id) as connection:
        endings.end(connection, [End(custody.mail_id, MailState.FORWARDING, reason=Reason.BOUNCE)])
        endings.end_forward(connection, custody.mail_id, sent=sent, words="550 no such user")
    assert rows(world) == {custody.mail_id: (state, reason)}


def test_a_batch_is_finished_when_its_last_mail_has_ended(database: Database, world: World) -> None:
    with database.system() as connection:
        batches.finish_batches(connection)  # the batches that other tests left
        source = ensure_source(connection, SourceKind.MAILDIR, uuid4().hex)
        batch = batches.open_batch(connection, source, now())
        mails = [new_mail(world), new_mail(world)]
        entries.take(connection, batch, mails)
        batches.close_batch(connection, batch)
    finished = []
    for mail_id in [mail.id for mail in mails]:
        with database.system() as connection:
            finished.append(len([batch for batch in batches.finish_batches(connection) if batch[0] == "maildir"]))
        with database.tenant(world.tenant_id) as connection:
            endings.end(connection, [End(mail_id, MailState.DROPPED)])
    with database.system() as connection:
        ((kind, seconds, _),) = [batch for batch in batches.finish_batches(connection) if batch[0] == "maildir"]
    assert finished == [0, 0]
    assert kind == "maildir"
    assert 0 <= seconds < 60


def test_conservation_counts_every_place_and_shows_what_is_missing(database: Database, world: World) -> None:
    held, lying, _ = take(database, new_mail(world), new_mail(world), new_mail(world))
    with database.tenant(world.tenant_id) as connection:
        endings.end(connection, [End(held, MailState.HELD)])
    whole = line(database, world)
    assert (whole.received, whole.held, whole.in_flight, whole.unaccounted) == (3, 1, 2, 0)
    with database.tenant(world.tenant_id) as connection:
        endings.end(connection, [End(lying, MailState.POSTED)])  # without an update
    assert line(database, world).unaccounted == 1


def test_the_copies_of_a_mail_are_found_by_an_index_however_long_the_ledger(database: Database, world: World) -> None:
    with world.owner().begin() as connection:
        connection.execute(
            text(
                "insert into mails (id, tenant_id, batch_id, content_key, source_ref, raw, size, recipient, sender,"
                " received_at, state, emissions, reason, evidence, author, subject, run, raw_deleted_by, whole_size)"
                " select gen_random_uuid(), :tenant, :batch,"
                " sha256((g / 2)::text::bytea) || sha256(g::text::bytea),"
                " 'x', 'raw', 1, 'r' || g, 's', now(), 'posted', 1, '', '{}', '', '', 0, '', 0"
                " from generate_series(0, 4999) g"
            ),
            {"tenant": world.tenant_id, "batch": new_id()},
        )
    with world.owner().connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("analyze mails"))
    with database.tenant(world.tenant_id) as connection:
        ids = {row.recipient: row.id for row in connection.execute(text("select id, recipient from mails"))}
        found = copies.copies(connection, [ids["r10"], ids["r13"]])
        assert {(row.of, row.recipient) for row in found} == {(ids["r10"], "r11"), (ids["r13"], "r12")}
        plan = connection.execute(text(f"explain {copies._COPIES.text}"), {"ids": [ids["r10"]]}).scalars()
        assert "using mails_content" in "\n".join(plan)
