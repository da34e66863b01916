"""Posting while, at the same moment, other transactions post the same mails or forbid posting them."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from sqlalchemy import Connection, text

from schemas.reasons import Reason
from schemas.records import FilteredMail, Rejection, Target, ValidatedMail
from storage.database import Database
from storage.resources import Resources
from tests.builders.world import World, in_ledger, parsed
from workers.post.stage import post

WORKERS = 8
DEADLINE = 60.0

_WAITS_FOR_ME = text("select 1 from pg_locks where not granted and transactionid = pg_current_xact_id()::xid")


def answers(world: World, resources: Resources, number: int) -> list[FilteredMail]:
    """Returns this many mails of the client that are ready to post: answers to one update."""
    question = world.post(resources.database, "staff", "client", "member")
    target = Target(case_id=world.case_id, author_id=world.people["client"], answers=question)
    return [
        FilteredMail(
            parsed=parsed(in_ledger(world), world.email("client"), text=f"Answer {place}."),
            target=target,
            files=(),
            left_out=(),
        )
        for place in range(number)
    ]


def posted(world: World) -> tuple[int, int, int, int]:
    """Returns how many updates came by mail, how many notices and audited acts they have, and how many mails posted."""
    query = text("""
        select (select count(*) from updates where tenant_id = :id and via = 'email'),
            (select count(*) from outbox o join update_recipients r on r.id = o.recipient_id
                join updates u on u.id = r.update_id where u.tenant_id = :id and u.via = 'email'),
            (select count(*) from audit where tenant_id = :id and details ->> 'via' = 'email'),
            (select count(*) from mails where tenant_id = :id and state = 'posted')
    """)
    with world.owner().connect() as connection:
        row = connection.execute(query, {"id": world.tenant_id}).one()
    return row[0], row[1], row[2], row[3]


def wait_for_one_who_waits(connection: Connection) -> None:
    """Returns once another transaction waits for a row that this transaction has locked."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        if connection.execute(_WAITS_FOR_ME).first():
            return
        time.sleep(0.01)
    raise TimeoutError("nobody waits")


@contextmanager
def in_the_middle(
    world: World, resources: Resources, mails: list[FilteredMail]
) -> Iterator[Callable[[], list[object]]]:
    """Starts to post the mails and blocks at the last one; yields a function that lets posting go on and returns the
    results."""
    with (
        ThreadPoolExecutor(1) as pool,
        resources.database.tenant(world.tenant_id) as other,
    ):
        other.execute(text("select id from mails where id = :id for update"), {"id": mails[-1].custody.mail_id})
        results = pool.submit(post, mails, resources)
        wait_for_one_who_waits(other)

        def go_on() -> list[object]:
            other.exec_driver_sql("commit")
            return list(results.result(DEADLINE))

        yield go_on


def test_the_same_mails_in_eight_workers_at_once_post_once(resources: Resources, world: World) -> None:
    mails = answers(world, resources, 20)
    start = Barrier(WORKERS)

    def work(number: int) -> list[Rejection | ValidatedMail | None]:
        """Posts the mails with a separate connection and in another order than the other workers."""
        database = Database(resources.settings.database.url, pool_size=1)
        start.wait(DEADLINE)
        mine = mails[number:] + mails[:number]
        results = post(mine, Resources(resources.settings, database, resources.blobs))
        database.close()
        return results

    with ThreadPoolExecutor(WORKERS) as pool:
        assert list(pool.map(work, range(WORKERS))) == [[None] * 20] * WORKERS
    notices = 3  # to the member of staff who asked, the case manager, and the other client
    assert posted(world) == (20, 20 * notices, 20, 20)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("update tenants set active = false where id = :tenant", Reason.TENANT_INACTIVE),
        ("update tenants set replies_on = false where id = :tenant", Reason.REPLIES_OFF),
        ("update users set active = false where id = :client", Reason.AUTHOR_INACTIVE),
        ("delete from case_members where user_id = :client", Reason.NOT_ALLOWED),
        ("update access_groups set may_post = '{admin}' where tenant_id = :tenant", Reason.GROUP_NOT_ALLOWED),
        ("update cases set open = false where id = :case", Reason.REFUSED),
    ],
)
def test_what_is_switched_off_in_mid_flight_is_honoured(
    resources: Resources, world: World, statement: str, reason: Reason
) -> None:
    mails = answers(world, resources, 5)
    ids = {"tenant": world.tenant_id, "client": world.people["client"], "case": world.case_id}
    with in_the_middle(world, resources, mails) as go_on:
        with world.owner().begin() as connection:
            needed = {name: value for name, value in ids.items() if f":{name}" in statement}
            connection.execute(text(statement), needed)
        results = go_on()
    assert [result.reason if isinstance(result, Rejection) else result for result in results] == [reason] * 5
    assert posted(world) == (0, 0, 0, 0)


def test_a_tenant_that_is_switched_off_in_mid_batch_posts_no_more_of_it(resources: Resources, world: World) -> None:
    mails = answers(world, resources, 6)
    assert post(mails[:3], resources) == [None] * 3
    with in_the_middle(world, resources, mails) as go_on:
        with world.owner().begin() as connection:
            connection.execute(text("update tenants set active = false where id = :id"), {"id": world.tenant_id})
        results = go_on()
    reasons = [result.reason if isinstance(result, Rejection) else result for result in results]
    assert reasons == [None] * 3 + [Reason.TENANT_INACTIVE] * 3
    assert posted(world)[0] == posted(world)[3] == 3


def test_a_group_that_begins_to_require_validation_in_mid_flight_holds_the_notices_back(
    resources: Resources, world: World
) -> None:
    mails = answers(world, resources, 2)
    with in_the_middle(world, resources, mails) as go_on:
        with world.owner().begin() as connection:
            connection.execute(
                text("update access_groups set require_validation = true where tenant_id = :id"),
                {"id": world.tenant_id},
            )
        assert go_on() == [None, None]
    assert posted(world) == (2, 0, 2, 2)


def test_workers_that_post_on_the_same_cases_in_another_order_do_not_wait_for_each_other(
    resources: Resources, world: World
) -> None:
    mails = answers(world, resources, 20)
    others = []
    for number in range(20):
        with world.owner().begin() as connection:
            case_id = connection.execute(
                text(
                    "insert into cases (id, tenant_id, number, title, manager_id, open, created_at, last_update_at)"
                    " select uuidv7(), tenant_id, :number, title, manager_id, open, created_at, created_at"
                    " from cases where id = :id returning id"
                ),
                {"id": world.case_id, "number": f"x{number}"},
            ).scalar_one()
            connection.execute(
                text("insert into case_members (case_id, user_id, tenant_id) values (:case, :client, :tenant)"),
                {"case": case_id, "client": world.people["client"], "tenant": world.tenant_id},
            )
        others.append(case_id)
    mails = [
        mail.model_copy(update={"target": Target(case_id=case, author_id=mail.target.author_id, answers=None)})
        for mail, case in zip(mails, others, strict=True)
    ]
    more = [
        FilteredMail(parsed=parsed(in_ledger(world), world.email("client")), target=m.target, files=(), left_out=())
        for m in reversed(mails)
    ]
    start = Barrier(2)

    def work(batch: list[FilteredMail]) -> list[Rejection | ValidatedMail | None]:
        start.wait(DEADLINE)
        return post(batch, resources)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, (mails, more))) == [[None] * 20] * 2
    assert posted(world)[0] == 40
