"""The outbox sends to a real SMTP server that can refuse mails."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cases.people.assignment import make_manager
from ops.embedded.process import free_port
from schemas.reasons import Reason
from schemas.records import Rejection
from storage.database import Database
from storage.outbox_queue import claim_due, probe, send_again
from storage.resources import Resources
from tests.builders.outbox import orders, states
from tests.builders.world import World, in_ledger, make_world
from tests.servers.mail_server import Answers, server
from workers.deadletter.stage import settle
from workers.outbox.stage import send

__all__ = ["server"]


def test_each_recipient_gets_one_notice_and_nothing_of_another(server: tuple[Answers, Resources], world: World) -> None:
    answers, resources = server
    world.post(resources.database, "staff", "client", "member")
    (order,) = orders(resources.database, world)
    send(order, resources)
    send(order, resources)  # Kafka may deliver an order twice
    assert sorted(to for _, to, _ in answers.mails) == sorted(
        world.email(name) for name in ("client", "member", "manager")
    )
    senders = {envelope_from for envelope_from, _, _ in answers.mails}
    assert len(senders) == 3
    for envelope_from, to, data in answers.mails:
        others = {world.email(name) for name in ("client", "member", "manager")} - {to}
        strange = senders - {envelope_from}
        assert not any(other.encode() in data for other in others | strange)


def test_what_was_claimed_is_not_claimed_again_at_once(server: tuple[Answers, Resources], world: World) -> None:
    _, resources = server
    world.post(resources.database, "staff")
    assert len(orders(resources.database, world)) == 1
    assert orders(resources.database, world) == []


def test_many_notices_go_in_several_orders(resources: Resources, world: World) -> None:
    for _ in range(25):
        world.post(resources.database, "staff")
    assert sorted(len(order.outbox_ids) for order in orders(resources.database, world)) == [5, 20]


def test_a_temporary_refusal_is_tried_again_later(server: tuple[Answers, Resources], world: World) -> None:
    answers, resources = server
    answers.answer = "451 4.7.1 greylisted"
    world.post(resources.database, "staff")
    send(orders(resources.database, world)[0], resources)
    assert states(world) == [("waiting", 1, "451 4.7.1 greylisted")]


def test_a_permanent_refusal_is_final_and_shown(server: tuple[Answers, Resources], world: World) -> None:
    answers, resources = server
    answers.answer = "550 5.1.1 no such user"
    world.post(resources.database, "staff")
    send(orders(resources.database, world)[0], resources)
    assert states(world) == [("failed", 1, "550 5.1.1 no such user")]


def test_after_five_days_it_is_given_up(server: tuple[Answers, Resources], world: World) -> None:
    answers, resources = server
    answers.answer = "451 4.7.1 still not"
    world.post(resources.database, "staff")
    with world.owner().begin() as connection:
        connection.execute(
            text("update outbox set created_at = created_at - cast(:age as interval) where tenant_id = :id"),
            {"age": timedelta(days=6), "id": world.tenant_id},
        )
    send(orders(resources.database, world)[0], resources)
    assert [state for state, _, _ in states(world)] == ["failed"]


def test_a_mail_server_that_is_down_delays_all_of_an_order(resources: Resources, world: World) -> None:
    world.post(resources.database, "staff", "client")
    nowhere = Resources(resources.settings.replace(smtp_port=free_port()), resources.database, resources.blobs)
    send(orders(resources.database, world)[0], nowhere)
    assert [(state, attempts) for state, attempts, _ in states(world)] == [("waiting", 1)] * 2
    assert all("can't be reached" in error for _, _, error in states(world))


def due(world: World) -> int:
    """Returns how many mails of the world's tenant are due now."""
    with world.owner().connect() as connection:
        query = text("select count(*) from outbox where tenant_id = :id and state = 'waiting' and due_at <= now()")
        return int(connection.execute(query, {"id": world.tenant_id}).scalar_one())


def test_when_the_mail_server_is_back_one_mail_is_tried_and_then_all_the_others(
    server: tuple[Answers, Resources], world: World
) -> None:
    answers, resources = server
    with world.owner().begin() as connection:  # of other tests
        connection.execute(text("update outbox set state = 'failed' where state = 'waiting'"))
    others = make_world(world.owner_url)
    for each in (world, others):
        each.post(resources.database, "staff", "client", "member")
    nowhere = Resources(resources.settings.replace(smtp_port=free_port()), resources.database, resources.blobs)
    with resources.database.system() as connection:
        claimed = claim_due(connection, most=10_000)
    for _ in range(2):
        for order in claimed:
            send(order, nowhere)
        assert (due(world), due(others)) == (0, 0), "they wait for minutes"
        with resources.database.system() as connection:
            probe(connection)
        assert due(world) + due(others) == 1
        with resources.database.system() as connection:
            claimed = claim_due(connection, most=10_000)
        assert [len(order.outbox_ids) for order in claimed] == [1]
    send(claimed[0], resources)
    assert len(answers.mails) == 1
    assert due(world) + due(others) == 5
    for each in (world, others):
        for order in orders(resources.database, each):
            send(order, resources)
    assert {state for each in (world, others) for state, _, _ in states(each)} <= {"sent", "waiting"}


def test_mails_that_a_server_refused_for_now_wait_as_before_when_others_go_out(
    server: tuple[Answers, Resources], world: World
) -> None:
    answers, resources = server
    answers.answer = "451 4.7.1 greylisted"
    world.post(resources.database, "staff", "client", "member")
    send(orders(resources.database, world)[0], resources)
    with resources.database.system() as connection:
        probe(connection)
        send_again(connection)
    assert due(world) == 0


def test_a_forward_with_a_reason_of_a_newer_version_fails_alone(
    server: tuple[Answers, Resources], world: World
) -> None:
    answers, resources = server
    with world.owner().begin() as connection:
        connection.execute(text("update tenants set catch_all = 'c@t.example' where id = :id"), {"id": world.tenant_id})
    raw = resources.blobs.put(world.tenant_id, "raw", b"From: x@evil.example\r\n\r\nText\r\n")
    custodies = [in_ledger(world, raw=raw) for _ in range(2)]
    for custody in custodies:
        settle([Rejection(custody=custody, reason=Reason.AUTHOR_UNKNOWN, evidence={})], resources)
    newer = text("update mails set reason = 'of_a_newer_version' where id = :id")
    with world.owner().begin() as connection:
        connection.execute(newer, {"id": custodies[0].mail_id})
    for order in orders(resources.database, world):
        send(order, resources)
    assert len(answers.mails) == 1
    assert sorted(state for state, _, _ in states(world)) == ["failed", "sent"]


@pytest.mark.parametrize(
    ("answer", "state"), [("250 OK", "forwarded"), ("550 no", "held"), ("451 later", "forwarding")]
)
def test_a_forward_decides_the_end_of_its_mail(
    server: tuple[Answers, Resources], world: World, answer: str, state: str
) -> None:
    answers, resources = server
    answers.answer = answer
    original = b"From: x@evil.example\r\nSubject: hello\r\n\r\nText\r\n"
    with world.owner().begin() as connection:
        connection.execute(text("update tenants set catch_all = 'c@t.example' where id = :id"), {"id": world.tenant_id})
    custody = in_ledger(world, raw=resources.blobs.put(world.tenant_id, "raw", original))
    settle([Rejection(custody=custody, reason=Reason.AUTHOR_UNKNOWN, evidence={})], resources)
    send(orders(resources.database, world)[0], resources)
    with world.owner().connect() as connection:
        assert (
            connection.execute(text("select state from mails where id = :id"), {"id": custody.mail_id}).scalar_one()
            == state
        )
    if answers.mails:
        ((envelope_from, to, data),) = answers.mails
        assert (envelope_from, to) == ("<>", "c@t.example")
        assert original in data


def test_a_mail_that_can_not_be_written_does_not_hold_up_the_others(
    server: tuple[Answers, Resources], world: World
) -> None:
    answers, resources = server
    with world.owner().begin() as connection:
        connection.execute(text("update tenants set catch_all = 'c@t.example' where id = :id"), {"id": world.tenant_id})
    settle([Rejection(custody=in_ledger(world, raw="gone"), reason=Reason.AUTHOR_UNKNOWN, evidence={})], resources)
    world.post(resources.database, "staff")
    send(orders(resources.database, world)[0], resources)
    assert [to for _, to, _ in answers.mails] == [world.email("manager")]
    assert sorted(state for state, _, _ in states(world)) == ["sent", "waiting"]


def test_an_address_that_mail_can_not_carry_fails_at_once_and_delays_nobody(
    server: tuple[Answers, Resources], world: World
) -> None:
    answers, resources = server
    with world.owner().begin() as connection:
        connection.execute(
            text("update users set email = 'ü@people.example' where id = :id"), {"id": world.people["client"]}
        )
    world.post(resources.database, "staff", "client")
    send(orders(resources.database, world)[0], resources)
    assert [to for _, to, _ in answers.mails] == [world.email("manager")]
    assert sorted(state for state, _, _ in states(world)) == ["failed", "sent"]
    assert any("can't be sent to the address 'ü@people.example'" in error for _, _, error in states(world))


def test_a_letter_goes_out_as_it_was_written(server: tuple[Answers, Resources], world: World) -> None:
    answers, resources = server
    keys, staff = resources.settings.secrets.address_keys, world.people["staff"]
    with resources.database.tenant(world.tenant_id) as connection:
        assert make_manager(connection, keys, world.case_id, staff, by=world.people["admin"]) is None
        connection.execute(text("update cases set title = 'Another title'"))
    send(orders(resources.database, world)[0], resources)
    ((envelope_from, to, data),) = answers.mails
    assert (envelope_from, to) == (f"updates@{world.mail_domain}", world.email("staff"))
    assert b"has assigned case 2026-7, A leak, to you." in data.replace(b"=\r\n", b"")
    assert [state for state, _, _ in states(world)] == ["sent"]


def fail(database: Database, world: World) -> None:
    with database.tenant(world.tenant_id) as connection:
        for _ in range(10):  # often enough that the driver prepares the statement
            connection.execute(text("select 1"))
        connection.execute(text("select 1 / 0"))


def test_a_transaction_that_failed_on_the_same_connection_changes_nothing(
    server: tuple[Answers, Resources], world: World
) -> None:
    answers, resources = server
    database = Database(resources.settings.database.url, pool_size=1)
    one_by_one = Resources(resources.settings, database, resources.blobs)
    for name in ("client", "member"):
        world.post(resources.database, "staff", name)
        (order,) = orders(resources.database, world)
        send(order, one_by_one)
        with pytest.raises(DBAPIError):
            fail(database, world)
    database.close()
    assert {to for _, to, _ in answers.mails} == {world.email(name) for name in ("client", "member", "manager")}
    assert all(state == "sent" for state, *_ in states(world))
