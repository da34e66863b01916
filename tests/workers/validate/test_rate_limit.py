"""The limit on how many mails a sender may write to a tenant in a given time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random

import pytest
from sqlalchemy import text

from schemas.reasons import REASONS, Disposition, Reason
from schemas.records import AutomaticMail, ParsedMail, Proof, Rejection, ValidatedMail, Verdict
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.rows import run
from tests.builders.world import World, in_ledger, make_world, parsed
from workers.deadletter.stage import settle
from workers.validate.stage import validate

MOST = 3


@pytest.fixture
def slow(resources: Resources) -> Resources:
    """Returns resources that allow a sender three mails in ten minutes."""
    return Resources(resources.settings.replace(sender_mails=MOST), resources.database, resources.blobs)


def letters(
    world: World, count: int, *, sender: str = "bot@people.example", author: str = "bot@x.example"
) -> list[ParsedMail]:
    """Puts this many mails into the ledger, one after the other; returns them."""
    return [parsed(in_ledger(world, sender=sender), author) for _ in range(count)]


def held(resources: Resources, mails: list[ParsedMail]) -> list[bool]:
    """Validates the mails one by one; returns for each whether the limit holds it."""
    results = [validate([mail], resources)[0] for mail in mails]
    return [isinstance(result, Rejection) and result.reason is Reason.TOO_MANY for result in results]


def move(world: World, minutes: int) -> None:
    """Moves the arrival of all the tenant's mails this many minutes into the past."""
    with world.owner().begin() as connection:
        connection.execute(
            text("update mails set received_at = received_at - make_interval(mins => :m) where tenant_id = :t"),
            {"m": minutes, "t": world.tenant_id},
        )


def test_the_first_mails_pass_and_the_rest_is_held_with_the_figures(slow: Resources, world: World) -> None:
    mails = letters(world, MOST + 2)
    results = validate(mails, slow)
    assert [result.reason for result in results if isinstance(result, Rejection)] == [
        *[Reason.UNKNOWN_ADDRESS] * MOST,
        *[Reason.TOO_MANY] * 2,
    ]
    last = results[-1]
    assert isinstance(last, Rejection)
    assert last.evidence == {
        "envelope sender": "bot@people.example",
        "author": "bot@x.example",
        "mails": "more than 3",
        "in minutes": "10",
    }
    assert REASONS[Reason.TOO_MANY].disposition is Disposition.HOLD


def test_the_result_does_not_depend_on_worker_time_or_order(slow: Resources, world: World) -> None:
    mails = letters(world, 20)
    shuffled = Random(1).sample(mails, len(mails)) + mails[:5]
    with closing(Database(slow.settings.database.url)) as database, ThreadPoolExecutor(8) as threads:
        workers = Resources(slow.settings, database, slow.blobs)
        results = list(threads.map(lambda mail: held(workers, [mail])[0], shuffled))
    of_mail = {mail.custody.mail_id: was for mail, was in zip(shuffled, results, strict=True)}
    assert [of_mail[mail.custody.mail_id] for mail in mails] == [False] * MOST + [True] * (20 - MOST)


def test_mails_from_before_do_not_count(slow: Resources, world: World) -> None:
    letters(world, MOST)
    move(world, 9)
    assert held(slow, letters(world, 1)) == [True]
    move(world, 2)
    assert held(slow, letters(world, 1)) == [False]


def test_nothing_of_another_tenant_or_another_sender_counts(slow: Resources, world: World) -> None:
    letters(make_world(world.owner_url), 10)
    letters(world, 10, sender="somebody@people.example", author="somebody@people.example")
    assert held(slow, letters(world, MOST)) == [False] * MOST


@pytest.mark.parametrize("sender", ["", "unknown"])
def test_a_null_or_unknown_envelope_sender_is_not_counted(slow: Resources, world: World, sender: str) -> None:
    assert held(slow, letters(world, 10, sender=sender)) == [False] * 10


def posted(world: World, author: str, sender: str, count: int, *, unproven: bool = False) -> None:
    """Inserts this many mails by this author that have just posted."""
    for _ in range(count):
        custody = in_ledger(world, sender=sender)
        run(
            world,
            "update mails set state = 'posted', author = :author where id = :id",
            author=author,
            id=custody.mail_id,
        )
        if unproven:
            note = "insert into unproven_mails (mail_id, tenant_id, evidence, noted_at) values (:id, :t, '{}', now())"
            run(world, note, id=custody.mail_id, t=world.tenant_id)


@pytest.fixture
def answer(database: Database, world: World) -> Callable[..., ParsedMail]:
    """Returns a function that makes the client's answer to an update; its envelope sender is the client's address
    unless another is given."""
    address = reply_address(database, world, world.post(database, "staff", "client"), "client")

    def made(sender: str = "", verdict: Verdict | None = None) -> ParsedMail:
        author = world.email("client")
        proof = Proof(verdict=verdict, evidence={}) if verdict else None
        return parsed(in_ledger(world, recipient=address, sender=sender or author), author, proof=proof)

    return made


def test_a_stranger_who_forges_an_envelope_sender_does_not_use_up_its_limit(
    slow: Resources, world: World, answer: Callable[..., ParsedMail]
) -> None:
    letters(world, 50, sender=world.email("client"), author="x@evil.example")
    letters(world, 50, sender=world.email("client"), author=world.email("client"))
    (decision,) = validate([answer()], slow)
    assert isinstance(decision, ValidatedMail)


@pytest.mark.parametrize(
    ("sender", "unproven", "verdict", "own", "holds"),
    [
        ("client", False, None, "", True),
        ("bounce-1@people.example", False, None, "bounce-2@mail.people.example", True),
        ("x@evil.example", False, None, "", False),
        ("x@evil.example", False, None, "y@other.example", True),
        ("", False, None, "y@other.example", True),
        ("x@evilpeople.example", False, None, "", False),
        ("client", True, Verdict.PROVEN, "", False),
        ("client", False, Verdict.PROVEN, "x@other.example", True),
    ],
    ids=[
        "from their own address",
        "from ever new addresses of their domain",
        "by others, theirs from their own domain",
        "by others, theirs by others too",
        "from the null sender, theirs by others",
        "from a domain like theirs",
        "not proven, theirs proven",
        "proven, theirs too",
    ],
)
def test_an_author_is_counted_by_what_posted_and_is_as_well_known_to_be_theirs(
    slow: Resources,
    world: World,
    answer: Callable[..., ParsedMail],
    sender: str,
    unproven: bool,
    verdict: Verdict | None,
    own: str,
    holds: bool,
) -> None:
    author = world.email("client")
    came_from = author if sender == "client" else sender
    posted(world, author, came_from, MOST - 1, unproven=unproven)
    assert held(slow, [answer(own, verdict)]) == [False]
    posted(world, author, came_from, 1, unproven=unproven)
    assert held(slow, [answer(own, verdict)]) == [holds]
    posted(world, "other@people.example", came_from, MOST)
    move(world, 11)
    assert held(slow, [answer(own, verdict)]) == [False]


def test_a_stranger_does_not_use_up_the_receipts_of_a_person(
    resources: Resources, database: Database, world: World
) -> None:
    run(world, "update tenants set receipts = 'problems' where id = :t", t=world.tenant_id)
    author = world.email("client")
    for sender in ("x@evil.example", "y@evil.example", author, author):
        custody = in_ledger(world, sender=sender)
        known = {"author": author, "message_id": "<1@x>", "by_person": True}
        settle([Rejection(custody=custody, reason=Reason.UNKNOWN_ADDRESS, evidence={}, **known)], resources)
    rows = run(
        world,
        "select m.sender from outbox o join mails m on m.id = o.mail_id where o.kind = 'receipt' and o.tenant_id = :t"
        " order by m.id",
        t=world.tenant_id,
    )
    assert [row.sender for row in rows] == ["x@evil.example", author]


def test_duplicates_are_not_counted(slow: Resources, world: World) -> None:
    first, *_ = letters(world, 10)
    with world.owner().begin() as connection:
        connection.execute(
            text("update mails set duplicate_of = :first where tenant_id = :t and id <> :first"),
            {"first": first.custody.mail_id, "t": world.tenant_id},
        )
    assert held(slow, letters(world, 1)) == [False]


def test_zero_is_no_limit(slow: Resources, world: World) -> None:
    open_house = Resources(slow.settings.replace(sender_mails=0), slow.database, slow.blobs)
    assert held(open_house, letters(world, 10)) == [False] * 10


def test_machine_mail_keeps_its_own_reason(slow: Resources, world: World) -> None:
    mails = [mail.model_copy(update={"machine": AutomaticMail.AUTO_REPLY}) for mail in letters(world, 10)]
    results = validate(mails, slow)
    assert {result.reason for result in results if isinstance(result, Rejection)} == {Reason.AUTO_REPLY}
