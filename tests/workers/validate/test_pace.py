"""How many mails one sender may write to a tenant in a while."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random

import pytest
from sqlalchemy import text

from schemas.reasons import REASONS, Disposition, Reason
from schemas.records import Machine, ParsedMail, Rejection
from storage.database import Database
from tests.world import World, in_ledger, make_world, parsed
from workers.house import House
from workers.validate.stage import validate

MOST = 3


@pytest.fixture
def slow(house: House) -> House:
    """Three mails of a sender in ten minutes."""
    return House(house.settings.model_copy(update={"sender_mails": MOST}), house.database, house.blobs)


def letters(
    world: World, count: int, *, sender: str = "bot@people.example", author: str = "bot@x.example"
) -> list[ParsedMail]:
    """So many mails in the ledger, one after the other."""
    return [parsed(in_ledger(world, sender=sender), author) for _ in range(count)]


def held(house: House, mails: list[ParsedMail]) -> list[bool]:
    """Which of the mails are held for their number, each asked for alone."""
    results = [validate([mail], house)[0] for mail in mails]
    return [isinstance(result, Rejection) and result.reason is Reason.TOO_MANY for result in results]


def move(world: World, minutes: int) -> None:
    """All mails of the tenant came in so much earlier."""
    with world.owner().begin() as connection:
        connection.execute(
            text("update mails set received_at = received_at - make_interval(mins => :m) where tenant_id = :t"),
            {"m": minutes, "t": world.tenant_id},
        )


def test_the_first_mails_pass_and_the_rest_is_held_with_the_figures(slow: House, world: World) -> None:
    mails = letters(world, MOST + 2)
    results = validate(mails, slow)
    assert [result.reason for result in results if isinstance(result, Rejection)] == [
        *[Reason.UNKNOWN_ADDRESS] * MOST,
        *[Reason.TOO_MANY] * 2,
    ]
    last = results[-1]
    assert isinstance(last, Rejection)
    assert last.evidence == {
        "author": "bot@x.example",
        "envelope sender": "bot@people.example",
        "mails": "more than 3",
        "in minutes": "10",
    }
    assert REASONS[Reason.TOO_MANY].disposition is Disposition.HOLD


def test_whoever_asks_whenever_and_in_whatever_order_the_answer_is_the_same(slow: House, world: World) -> None:
    mails = letters(world, 20)
    shuffled = Random(1).sample(mails, len(mails)) + mails[:5]
    with closing(Database(slow.settings.database_url)) as database, ThreadPoolExecutor(8) as threads:
        workers = House(slow.settings, database, slow.blobs)
        results = list(threads.map(lambda mail: held(workers, [mail])[0], shuffled))
    of_mail = {mail.custody.mail_id: was for mail, was in zip(shuffled, results, strict=True)}
    assert [of_mail[mail.custody.mail_id] for mail in mails] == [False] * MOST + [True] * (20 - MOST)


def test_mails_from_before_do_not_count(slow: House, world: World) -> None:
    letters(world, MOST)
    move(world, 9)
    assert held(slow, letters(world, 1)) == [True]
    move(world, 2)
    assert held(slow, letters(world, 1)) == [False]


def test_nothing_of_another_tenant_or_another_sender_counts(slow: House, world: World) -> None:
    letters(make_world(world.owner_url), 10)
    letters(world, 10, sender="somebody@people.example", author="somebody@people.example")
    assert held(slow, letters(world, MOST)) == [False] * MOST


@pytest.mark.parametrize("sender", ["", "unknown"])
def test_an_envelope_sender_that_is_nobody_is_not_counted(slow: House, world: World, sender: str) -> None:
    assert held(slow, letters(world, 10, sender=sender)) == [False] * 10


def test_an_author_who_writes_from_ever_new_envelope_senders_is_counted_by_what_posted(
    slow: House, world: World
) -> None:
    for number in range(MOST):
        assert held(slow, letters(world, 1, sender=f"bounce-{number}@people.example")) == [False]
        with world.owner().begin() as connection:
            connection.execute(
                text("update mails set state = 'posted', author = 'bot@x.example' where tenant_id = :t"),
                {"t": world.tenant_id},
            )
    assert held(slow, letters(world, 1, sender="bounce-9@people.example")) == [True]
    assert held(slow, letters(world, 1, sender="bounce-9@people.example", author="other@x.example")) == [False]


def test_duplicates_are_not_counted(slow: House, world: World) -> None:
    first, *_ = letters(world, 10)
    with world.owner().begin() as connection:
        connection.execute(
            text("update mails set duplicate_of = :first where tenant_id = :t and id <> :first"),
            {"first": first.custody.mail_id, "t": world.tenant_id},
        )
    assert held(slow, letters(world, 1)) == [False]


def test_zero_is_no_limit(slow: House, world: World) -> None:
    open_house = House(slow.settings.model_copy(update={"sender_mails": 0}), slow.database, slow.blobs)
    assert held(open_house, letters(world, 10)) == [False] * 10


def test_machine_mail_keeps_its_own_reason(slow: House, world: World) -> None:
    mails = [mail.model_copy(update={"machine": Machine.AUTO_REPLY}) for mail in letters(world, 10)]
    results = validate(mails, slow)
    assert {result.reason for result in results if isinstance(result, Rejection)} == {Reason.AUTO_REPLY}
