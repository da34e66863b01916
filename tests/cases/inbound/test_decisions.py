"""Each action on a mail that did not post, two people who act at once; no mail goes missing."""

from collections.abc import Mapping
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.refusal import Refusal
from schemas.reasons import Reason
from schemas.tables import MailState, now
from storage.database import Database
from storage.ledger import admission, conservation, endings
from tests.builders.rows import add_mail
from tests.builders.world import World, make_world
from tests.cases.inbound.held_mails import act, acts, add_held, as_owner, row, worker


@pytest.mark.parametrize("state", [MailState.HELD, MailState.FORWARDED, MailState.DROPPED])
def test_an_accepted_mail_goes_on_with_the_name_of_who_accepted_it(
    database: Database, world: World, state: MailState
) -> None:
    mail_id = add_held(world)
    as_owner(world, "update mails set state = :state where id = :id", state=state, id=mail_id)
    assert act(database, world, Action.ACCEPT, mail_id).done == [mail_id]
    mail = row(world, mail_id)
    assert (mail.state, mail.ended_at, mail.run) == ("waiting", None, 1)
    assert mail.override == {"accepted_by": str(world.people["manager"])}
    assert acts(world) == [("mail.accepted", world.people["manager"], mail_id)]


def test_the_dispatcher_lets_it_in_with_the_decision(database: Database, world: World) -> None:
    mail_id = add_held(world)
    act(database, world, Action.ATTACH, mail_id, case_id=world.case_id)
    with database.system() as connection:
        (custody,) = [
            admitted for admitted in admission.admit(connection, window=10, most=1_000) if admitted.mail_id == mail_id
        ]
    assert custody.run == 1
    assert custody.override is not None
    assert (custody.override.accepted_by, custody.override.case_id) == (world.people["manager"], world.case_id)


@pytest.mark.parametrize("author", ["nobody", "archived"])
@pytest.mark.parametrize("action", [Action.ACCEPT, Action.ATTACH])
def test_only_an_active_user_can_be_the_author(database: Database, world: World, author: str, action: Action) -> None:
    mail_id = add_held(world, author=author)
    outcome = act(database, world, action, mail_id, case_id=world.case_id)
    assert "only they can be the author of an update" in outcome.refused[mail_id].words
    assert row(world, mail_id).state == "held"
    assert acts(world) == []


@pytest.mark.parametrize("reason", [Reason.AUTHOR_UNCLEAR, Reason.REPLIES_OFF, Reason.INTERNAL_ERROR])
def test_what_can_not_be_overruled_can_not_be_accepted(database: Database, world: World, reason: Reason) -> None:
    mail_id = add_held(world, reason)
    assert "can't be accepted as it is" in act(database, world, Action.ACCEPT, mail_id).refused[mail_id].words


@pytest.mark.parametrize("state", [MailState.WAITING, MailState.MOVING, MailState.FORWARDING, MailState.POSTED])
@pytest.mark.parametrize("action", Action)
def test_a_mail_on_its_way_or_posted_is_left_alone(
    database: Database, world: World, state: MailState, action: Action
) -> None:
    mail_id = add_mail(world, state, author=world.email("member"), reason=Reason.NOT_A_RECIPIENT)
    assert f"It is {state}" in act(database, world, action, mail_id, case_id=world.case_id).refused[mail_id].words


def test_a_copy_and_a_mail_without_its_original_are_refused_for_their_own_reasons(
    database: Database, world: World
) -> None:
    first = add_held(world)
    copy = add_mail(world, MailState.DROPPED, reason=Reason.DUPLICATE, duplicate_of=first)
    gone = add_held(world, raw="", raw_deleted_by="retention")
    refused = act(database, world, Action.REPLAY, copy, gone).refused
    assert "copy" in refused[copy].words
    assert "deleted" in refused[gone].words


def test_a_discarded_mail_is_dropped_and_says_by_whom_and_why_it_had_not_posted(
    database: Database, world: World
) -> None:
    mail_id = add_held(world, evidence={"author": "x"})
    act(database, world, Action.DISCARD, mail_id)
    mail = row(world, mail_id)
    assert (mail.state, mail.reason) == ("dropped", "discarded")
    assert mail.evidence == {"author": "x", "rejected for": "not_a_recipient", "discarded by": "Manager"}
    assert mail.ended_at is not None


def test_a_mail_whose_forward_failed_is_forwarded_again_with_its_own_reason(database: Database, world: World) -> None:
    mail_id = add_held(world, Reason.FORWARD_FAILED, evidence={"rejected for": "author_unknown"})
    assert "no Inbound Email Catch-All" in act(database, world, Action.FORWARD, mail_id).refused[mail_id].words
    as_owner(world, "update tenants set catch_all = 'all@catch.example' where id = :tenant")
    assert act(database, world, Action.FORWARD, mail_id).done == [mail_id]
    assert (row(world, mail_id).state, row(world, mail_id).reason) == ("forwarding", "author_unknown")
    assert as_owner(world, "select kind, to_email, mail_id from outbox where tenant_id = :tenant") == [
        ("catch_all", "all@catch.example", mail_id)
    ]


def test_if_two_people_act_at_once_one_wins_and_the_other_sees_who_was_quicker(
    database: Database, world: World
) -> None:
    mail_id = add_held(world)
    start, outcomes = Barrier(2), {}

    def decide(name: str, action: Action) -> None:
        start.wait()
        outcomes[name] = act(database, world, action, mail_id, by=name)

    people = [Thread(target=decide, args=pair) for pair in (("manager", Action.ACCEPT), ("admin", Action.DISCARD))]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(len(outcome.done) for outcome in outcomes.values()) == [0, 1]
    (winner,) = [name for name, outcome in outcomes.items() if outcome.done]
    (loser,) = outcomes.keys() - {winner}
    words = outcomes[loser].refused[mail_id].words
    assert words.startswith("Someone else already handled this: it was ")
    assert winner.title() in words
    assert len(acts(world)) == 1


def test_several_are_done_at_once_and_each_that_is_not_says_why(database: Database, world: World) -> None:
    good = [add_held(world) for _ in range(3)]
    moving = add_mail(world, MailState.MOVING)
    outcome = act(database, world, Action.DISCARD, *good, moving)
    assert outcome.done == good
    assert set(outcome.refused) == {moving}
    assert len(acts(world)) == 3


def test_nobody_decides_on_a_mail_of_another_tenant(database: Database, world: World) -> None:
    other = make_world(world.owner_url)
    mail_id = add_held(other)
    assert act(database, world, Action.DISCARD, mail_id).refused == {mail_id: Refusal("There is no such email.")}


def accounts(database: Database, world: World) -> Mapping[str, int]:
    with database.system() as connection:
        (line,) = [counts for counts in conservation.conservation(connection) if counts.tenant == world.slug]
    return {"unaccounted": line.unaccounted, "held": line.held, "flight": line.in_flight, "forwarded": line.forwarded}


def test_no_act_makes_a_mail_unaccounted(database: Database, world: World) -> None:
    mails = [add_held(world, Reason.NOT_A_RECIPIENT) for _ in Action]
    as_owner(world, "update tenants set catch_all = 'all@catch.example' where id = :tenant")
    as_owner(
        world,
        "insert into intake (id, tenant_id, batch_id, taken) values (gen_random_uuid(), :tenant, :tenant, :taken)",
        taken=len(mails),
    )
    for mail_id, action in zip(mails, Action, strict=True):
        act(database, world, action, mail_id, case_id=world.case_id)
        assert accounts(database, world)["unaccounted"] == 0
    (forwarded,) = as_owner(world, "select id from mails where tenant_id = :tenant and state = 'forwarding'")
    with database.tenant(world.tenant_id) as connection:
        endings.end_forward(connection, forwarded.id, sent=True, words="")
        connection.execute(text("update outbox set state = 'sent'"))
    assert accounts(database, world)["forwarded"] == 1
    act(database, world, Action.ACCEPT, forwarded.id, run=1)
    after = accounts(database, world)
    assert (after["unaccounted"], after["forwarded"]) == (0, 0)


def test_all_that_is_held_for_a_reason_is_let_in_in_its_order(database: Database, world: World) -> None:
    waiting = [add_held(world, Reason.REPLIES_OFF) for _ in range(3)]
    other = add_held(world, Reason.UNREADABLE)
    with database.tenant(world.tenant_id) as connection:
        assert decisions.replay_held(connection, worker(world), Reason.REPLIES_OFF) == 3
    with database.system() as connection:
        admitted = [custody.mail_id for custody in admission.admit(connection, window=10, most=1_000)]
    assert [mail for mail in admitted if mail in waiting] == waiting
    assert row(world, other).state == "held"
    assert len(acts(world)) == 3


@pytest.mark.parametrize("state", [MailState.HELD, MailState.FORWARDED, MailState.DROPPED])
def test_a_mail_becomes_an_inbound_message_and_keeps_why_it_had_not_posted(
    database: Database, world: World, state: MailState
) -> None:
    mail_id = add_mail(world, state, reason=Reason.EXPIRED_ADDRESS, author=world.email("client"), ended_at=now())
    assert act(database, world, Action.MESSAGE, mail_id).done == [mail_id]
    mail = row(world, mail_id)
    assert (mail.state, mail.reason, mail.run) == ("held", "not_related", 1)
    assert mail.evidence == {"rejected for": "expired_address", "made an inbound message by": "Manager"}
    assert acts(world) == [("mail.made_message", world.people["manager"], mail_id)]
    again = act(database, world, Action.MESSAGE, mail_id, run=1)
    assert again.refused == {mail_id: Refusal("It is a new matter already.")}
    assert act(database, world, Action.ATTACH, mail_id, run=1, case_id=world.case_id).done == [mail_id]


def test_an_inbound_message_by_hand_lets_nobody_accept_what_can_not_be_accepted(
    database: Database, world: World
) -> None:
    mail_id = add_held(world, Reason.SENDER_NOT_PROVEN, author="client")
    act(database, world, Action.MESSAGE, mail_id)
    refused = act(database, world, Action.ACCEPT, mail_id, run=1).refused[mail_id].words
    assert "This can't be accepted as it is: Nothing proves" in refused
