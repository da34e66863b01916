"""An attacker with a copy of a mail may send it first, in any form; the genuine mail still posts."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from cases.erasure import erase
from schemas.records import Custody, FilteredMail, Rejection, ValidatedMail
from schemas.tables import new_id
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import case_address
from tests.builders.copied_mails import HOP, SPOILED, GenuineAnswer
from tests.builders.decisions import post_in_turn
from tests.builders.world import World, make_world, parsed
from workers.fetch.custody import Arrival, CustodyService
from workers.post.stage import post
from workers.validate.evidence import MOST_RECIPIENTS


@pytest.fixture
def play(resources: Resources, world: World) -> GenuineAnswer:
    return GenuineAnswer(resources, world)


@pytest.mark.parametrize("name", SPOILED)
def test_the_genuine_mail_posts_whatever_copy_came_first(play: GenuineAnswer, name: str) -> None:
    state, _ = play.goes(name)
    expected = ("dropped", "duplicate") if state == "posted" else ("posted", "")
    assert play.goes() == expected
    assert len(play.updates()) == 1
    assert "I do not accept" in play.updates()[0]


@pytest.mark.parametrize("name", SPOILED)
def test_a_copy_that_comes_after_the_genuine_mail_posts_nothing(play: GenuineAnswer, name: str) -> None:
    assert play.goes() == ("posted", "")
    assert play.goes(name)[0] != "posted"
    assert len(play.updates()) == 1


def test_a_copy_that_was_held_does_not_post_when_it_is_accepted_after_the_genuine_mail(play: GenuineAnswer) -> None:
    assert play.goes("the null sender") == ("held", "maybe_automatic")
    assert play.goes() == ("posted", "")
    (accepted,) = play.accept_all()
    assert play.state(accepted) == ("held", "duplicate")
    assert len(play.updates()) == 1


def test_what_is_fetched_once_more_from_the_mailbox_is_no_new_mail_whatever_became_of_it(play: GenuineAnswer) -> None:
    for name in ("51 Received", "a NUL in Received", ""):
        assert play.goes(name) != ("dropped", "duplicate")
        assert play.enters(name) is None


@pytest.mark.parametrize("name", [*SPOILED, ""])
def test_what_was_erased_stays_away_by_whatever_way_it_comes_again(play: GenuineAnswer, name: str) -> None:
    assert play.goes("a forwarder")[0] == "posted"
    with play.resources.database.tenant(play.world.tenant_id) as connection:
        erased = erase.erase(connection, play.world.tenant_id, play.world.email("client"), by=None)
    assert erased.mails == 1
    assert play.goes(name)[0] == "dropped"
    with play.world.owner().begin() as connection:
        statement = text("select author, subject, sender, raw_deleted_by from mails where tenant_id = :id")
        rows = {tuple(row) for row in connection.execute(statement, {"id": play.world.tenant_id})}
    assert rows == {("", "", "", "erasure")}
    assert len(play.updates()) == 1


def test_copies_to_many_addresses_by_a_third_person_do_not_make_the_mail_one_to_too_many(play: GenuineAnswer) -> None:
    for number in range(MOST_RECIPIENTS + 5):
        arrival = Arrival(play.genuine, f"office-{number}@{play.world.mail_domain}", "x@evil.example", "ref")
        CustodyService(play.resources).take(new_id(), [arrival])
    assert play.goes() == ("posted", "")


def test_a_copy_under_way_at_the_case_by_another_delivery_does_not_stand_before_the_answer(
    resources: Resources, world: World
) -> None:
    play = GenuineAnswer(resources, world)
    arrival = Arrival(HOP.encode() * 60 + play.genuine, case_address(world), "", "ref")
    CustodyService(play.resources).take(new_id(), [arrival])
    assert play.goes() == ("posted", "")


def test_of_more_copies_than_are_looked_at_still_one_posts(play: GenuineAnswer) -> None:
    assert play.goes() == ("posted", "")
    with play.world.owner().begin() as connection:
        connection.execute(
            text("""
                insert into mails (id, tenant_id, batch_id, content_key, source_ref, raw, size, recipient, sender,
                    received_at, state, emissions, reason, evidence, author, subject, run, raw_deleted_by, whole_size)
                select gen_random_uuid(), m.tenant_id, m.batch_id, substr(m.content_key, 1, 32) || decode(
                    lpad(to_hex(n), 64, '0'), 'hex'), 'x', m.raw, m.size, m.recipient, 'x', m.received_at, 'dropped', 0,
                    'loop', '{}', '', '', 0, '', 0
                from mails m, generate_series(1, 500) n where m.tenant_id = :tenant
            """),
            {"tenant": play.world.tenant_id},
        )
    assert play.goes("a forwarder") == ("dropped", "duplicate")
    assert len(play.updates()) == 1


def test_two_deliveries_that_do_not_know_of_each_other_post_once(play: GenuineAnswer) -> None:
    records = [mail_id for name in ("", "a forwarder") if (mail_id := play.enters(name))]
    decisions = [play.decided(mail_id) for mail_id in records]
    assert all(isinstance(decision, ValidatedMail) for decision in decisions)
    for decision in decisions:
        play.ends(decision)
    assert [play.state(mail_id)[0] for mail_id in records] == ["posted", "dropped"]
    assert len(play.updates()) == 1


def test_deliveries_of_several_mails_in_eight_workers_at_once_post_once_each(
    resources: Resources, world: World
) -> None:
    plays = [GenuineAnswer(resources, world) for _ in range(4)]
    names = ["", "a forwarder", "X-Spam-Flag", "another sender"]
    decisions = [
        decision
        for name in names
        for play in plays
        if (mail_id := play.enters(name)) and isinstance(decision := play.decided(mail_id), ValidatedMail)
    ]
    assert len(decisions) == len(plays) * len(names)
    records = [FilteredMail(parsed=one.parsed, target=one.target, files=(), left_out=()) for one in decisions]
    with closing(Database(resources.settings.database.url)) as database, ThreadPoolExecutor(8) as threads:
        workers = Resources(resources.settings, database, resources.blobs)
        # each worker gets four of the mails, in random order
        shares = [Random(number).sample(records[number % 4 * 4 : number % 4 * 4 + 4], 4) for number in range(8)]
        results = list(threads.map(lambda share: post(share, workers), shares))
    assert all(end is None or isinstance(end, Rejection) for ends in results for end in ends)
    assert len(plays[0].updates()) == len(set(plays[0].updates())) == len(plays)


#: The copies that come in beside the genuine mail; `orders` also draws in which order the mails take their steps:
#: in, decided, ended.
NAMES = st.lists(st.sampled_from(sorted(SPOILED)), min_size=1, max_size=3, unique=True)


@st.composite
def orders(draw: st.DrawFn) -> tuple[Sequence[str], Sequence[int]]:
    names = ["", *draw(NAMES)]
    steps = draw(st.permutations([number for number in range(len(names)) for _ in range(3)]))
    return names, steps


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(order=orders())
def test_no_order_of_copies_keeps_the_genuine_mail_from_its_place_or_posts_it_twice(
    resources: Resources, world: World, order: tuple[Sequence[str], Sequence[int]]
) -> None:
    names, steps = order
    play = GenuineAnswer(resources, make_world(world.owner_url))
    entered: dict[int, UUID | None] = {}
    decided: dict[int, ValidatedMail | Rejection] = {}
    for number in steps:
        if number not in entered:
            entered[number] = play.enters(names[number])
        elif mail_id := entered[number]:
            if number not in decided:
                decided[number] = play.decided(mail_id)
            else:
                play.ends(decided[number])
    play.accept_all()
    (words,) = play.updates()
    assert "I do not accept the offer." in words


def test_a_mail_to_the_case_and_to_a_reply_address_still_posts_once(
    resources: Resources, database: Database, world: World
) -> None:
    play = GenuineAnswer(resources, world)
    mails = [parsed(custody, world.email("client")) for custody in _at_both(play)]
    ends = post_in_turn(resources, mails)
    assert sorted(ends.values()) == ["duplicate", "posted"]


def _at_both(play: GenuineAnswer) -> list[Custody]:
    batch, both = new_id(), (case_address(play.world), play.address)
    CustodyService(play.resources).take(batch, [Arrival(play.genuine, address, "a@x", "ref") for address in both])
    with play.world.owner().begin() as connection:
        ids = connection.execute(text("select id from mails where batch_id = :batch order by id"), {"batch": batch})
        return [play.custody(mail_id) for mail_id in ids.scalars()]
