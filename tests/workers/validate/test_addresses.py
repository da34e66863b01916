"""The addresses of a mail: how long they work, what a mistyped address causes, and several addresses in one mail."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from cases.updates.posting import Refusal, post_update
from schemas.reasons import Reason
from schemas.records import FilteredMail, Rejection, ValidatedMail
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import address_of_case, another_case, case_address, reply_address
from tests.builders.decisions import decide, post_in_turn, reason_of, take_into_custody
from tests.builders.rows import run_for_tenant
from tests.builders.world import World, make_world, parsed
from workers.fetch.custody import CustodyService
from workers.post.stage import post
from workers.validate.stage import validate


@pytest.fixture
def update_id(database: Database, world: World) -> UUID:
    return world.post(database, "staff", "client")


@pytest.fixture
def reply(database: Database, world: World, update_id: UUID) -> str:
    return reply_address(database, world, update_id, "client")


@pytest.mark.parametrize(
    ("age", "days", "works"), [(364, 365, True), (366, 365, False), (4000, 0, True), (2, 1, False)]
)
def test_a_reply_address_works_for_the_tenants_days(
    resources: Resources, world: World, update_id: UUID, reply: str, age: int, days: int, works: bool
) -> None:
    run_for_tenant(world, "update tenants set reply_days = :days where id = :tenant", days=days)
    run_for_tenant(
        world,
        "update update_recipients set logged_at = now() - make_interval(days => :age) where update_id = :id",
        age=age,
        id=update_id,
    )
    result = decide(resources, world, reply, world.email("client"))
    assert isinstance(result, ValidatedMail) is works
    if not works:
        assert reason_of(result) is Reason.EXPIRED_ADDRESS
        assert isinstance(result, Rejection)
        assert "works until" in result.evidence


@pytest.mark.parametrize(("days", "works"), [(1, True), (-1, False)])
def test_a_replaced_case_address_works_to_the_end_of_its_grace(
    resources: Resources, world: World, days: int, works: bool
) -> None:
    address = case_address(world, retired=True)
    run_for_tenant(
        world,
        "update case_addresses set works_until = now() + make_interval(days => :days) where tenant_id = :tenant",
        days=days,
    )
    assert isinstance(decide(resources, world, address, world.email("client")), ValidatedMail) is works


def test_a_blind_copy_posts(resources: Resources, world: World, reply: str) -> None:
    for address in (reply, case_address(world)):
        result = decide(resources, world, address, world.email("client"), to=("friend@elsewhere.example",))
        assert isinstance(result, ValidatedMail)


def test_a_mistyped_address_posts_nothing_and_tells_the_case_that_was_meant(
    resources: Resources, world: World, reply: str
) -> None:
    local, domain = reply.split("@")
    for typed in (local[:-1], local + local[-1], local[:-2] + local[-1] + local[-2]):
        if typed == local:
            continue
        result = decide(resources, world, f"{typed}@{domain}", world.email("client"))
        assert reason_of(result) is Reason.MISTYPED_ADDRESS
        assert isinstance(result, Rejection)
        assert result.evidence["did you mean"] == "case 2026-7"


def test_what_is_like_no_address_of_the_tenant_suggests_nothing(resources: Resources, world: World, reply: str) -> None:
    other = make_world(world.owner_url)
    local = reply.partition("@")[0]
    for typed in (f"{local[:-1]}@{other.mail_domain}", f"{'x' * 34}@{other.mail_domain}"):
        result = decide(resources, other, typed, other.email("client"))
        assert reason_of(result) is Reason.UNKNOWN_ADDRESS
        assert isinstance(result, Rejection)
        assert set(result.evidence) == {"recipient"}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_several_addresses_of_one_case_the_reply_address_posts_and_nothing_else(
    resources: Resources, world: World, reply: str, order: tuple[int, ...]
) -> None:
    old = case_address(world, retired=True)
    run_for_tenant(world, "update case_addresses set works_until = now() + interval '1 day' where tenant_id = :tenant")
    addresses = [case_address(world), reply, old]
    mails = [parsed(custody, world.email("client")) for custody in take_into_custody(resources, world, addresses)]
    ends = post_in_turn(resources, [mails[place] for place in order])
    assert ends == {addresses[0]: "duplicate", reply: "posted", old: "duplicate"}


def test_the_dropped_copy_says_where_the_mail_posts(resources: Resources, world: World, reply: str) -> None:
    address = case_address(world)
    first, second = take_into_custody(resources, world, [address, reply])
    result = validate([parsed(first, world.email("client"))], resources)[0]
    assert isinstance(result, Rejection)
    assert result.evidence == {"the same mail at": reply, "in the log as": str(second.mail_id)}


def test_where_the_reply_address_lets_the_author_not_in_the_case_address_may(
    resources: Resources, world: World, reply: str
) -> None:
    address = case_address(world)
    mails = [parsed(custody, world.email("admin")) for custody in take_into_custody(resources, world, [reply, address])]
    assert post_in_turn(resources, mails) == {reply: "not_a_recipient", address: "posted"}


def test_addresses_of_two_cases_post_once_on_each(resources: Resources, world: World, reply: str) -> None:
    other = address_of_case(world, another_case(world))
    mails = [parsed(custody, world.email("client")) for custody in take_into_custody(resources, world, [reply, other])]
    assert post_in_turn(resources, mails) == {reply: "posted", other: "posted"}


def test_a_copy_that_comes_later_by_another_address_posts_nothing_more(
    resources: Resources, world: World, reply: str
) -> None:
    address, raw = case_address(world), f"Subject: x\r\n\r\n{uuid4()}".encode()
    (first,) = take_into_custody(resources, world, [address], raw)
    assert post_in_turn(resources, [parsed(first, world.email("client"))]) == {address: "posted"}
    (second,) = take_into_custody(resources, world, [reply], b"Received: by another way\r\n" + raw)
    assert post_in_turn(resources, [parsed(second, world.email("client"))]) == {reply: "duplicate"}


def test_two_copies_that_were_let_through_before_they_knew_of_each_other_post_once(
    resources: Resources, world: World, reply: str
) -> None:
    ready = let_through(resources, world, [case_address(world), reply])
    results = [*post(ready[:1], resources), *post(ready[1:], resources)]
    assert [one.reason if isinstance(one, Rejection) else one for one in results] == [None, Reason.DUPLICATE]


def test_two_copies_in_eight_workers_at_once_post_once(resources: Resources, world: World, reply: str) -> None:
    first, second = let_through(resources, world, [case_address(world), reply])
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: post([one], resources), [first, second] * 4))
    with resources.database.tenant(world.tenant_id) as connection:
        assert connection.execute(text("select count(*) from updates where via = 'email'")).scalar_one() == 1


def let_through(resources: Resources, world: World, recipients: Sequence[str]) -> list[FilteredMail]:
    """Returns one copy of a mail for each recipient, each validated as if it were the only copy."""
    raw, ready = f"Subject: x\r\n\r\n{uuid4()}".encode(), []
    for recipient in recipients:
        (custody,) = take_into_custody(resources, world, [recipient], raw)
        run_for_tenant(
            world, "update mails set state = 'held' where tenant_id = :tenant and id <> :id", id=custody.mail_id
        )
        mail = parsed(custody, world.email("client"))
        decision = validate([mail], resources)[0]
        assert isinstance(decision, ValidatedMail)
        ready.append(FilteredMail(parsed=mail, target=decision.target, files=(), left_out=()))
    run_for_tenant(world, "update mails set state = 'moving' where tenant_id = :tenant")
    return ready


def test_a_new_case_of_the_same_number_does_not_inherit_the_mail_of_the_old_one(
    resources: Resources, database: Database, world: World, reply: str
) -> None:
    run_for_tenant(world, "update cases set open = false, number = number || ' (closed)' where tenant_id = :tenant")
    new = another_case(world, "2026-7")
    for address in (reply, case_address(world)):
        result = decide(resources, world, address, world.email("client"))
        assert isinstance(result, ValidatedMail)
        assert result.target.case_id == world.case_id != new
    with database.tenant(world.tenant_id) as connection:
        refusal = post_update(connection, world.draft("staff"))
    assert isinstance(refusal, Refusal)
    assert "closed" in refusal.words


def test_tenants_share_a_mail_domain_and_each_has_its_own_mail(
    resources: Resources, database: Database, world: World
) -> None:
    other = make_world(world.owner_url)
    run_for_tenant(other, "update tenants set mail_domain = :domain where id = :tenant", domain=world.mail_domain)
    custodian = CustodyService(resources)
    for one in (world, other):
        local = reply_address(database, one, one.post(database, "staff", "client"), "client").partition("@")[0]
        for written in (local, local.upper(), f"inbox+{local}", f'"{local}"'):
            assert custodian.tenant_of(f"{written}@{world.mail_domain}") == one.tenant_id
        assert custodian.tenant_of(f"{local[:-1]}@{world.mail_domain}") is None
        assert custodian.is_ours(f"{local[:-1]}@{world.mail_domain}")
