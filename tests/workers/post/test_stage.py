"""The post stage writes update, notices and end state in one transaction, and only once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from schemas.reasons import Reason
from schemas.records import Body, Custody, FilteredMail, Rejection, Target
from schemas.tables import MailState
from storage.ledger import endings
from storage.ledger.endings import End
from storage.resources import Resources
from tests.builders.world import World, in_ledger, parsed
from workers.post.stage import post


def ready(world: World, custody: Custody, author: str = "client", **changes: Any) -> FilteredMail:
    target = Target(case_id=world.case_id, author_id=world.people[author], answers=None)
    return FilteredMail(parsed=parsed(custody, world.email(author), **changes), target=target, files=(), left_out=())


def counts(resources: Resources, world: World) -> tuple[int, int, str]:
    with resources.database.tenant(world.tenant_id) as connection:
        updates = connection.execute(text("select count(*) from updates where via = 'email'")).scalar_one()
        notices = connection.execute(text("select count(*) from outbox")).scalar_one()
        state = connection.execute(text("select state from mails")).scalar_one()
    return updates, notices, state


def test_a_mail_posts_and_ends(resources: Resources, world: World) -> None:
    assert post([ready(world, in_ledger(world))], resources) == [None]
    assert counts(resources, world) == (1, 1, "posted")


def test_the_same_record_delivered_again_posts_nothing(resources: Resources, world: World) -> None:
    mail = ready(world, in_ledger(world))
    assert [post([mail], resources), post([mail], resources)] == [[None], [None]]
    assert counts(resources, world) == (1, 1, "posted")


def test_the_same_record_in_eight_workers_at_once_posts_once(resources: Resources, world: World) -> None:
    mail = ready(world, in_ledger(world))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: post([mail], resources), range(8))) == [[None]] * 8
    assert counts(resources, world) == (1, 1, "posted")


def test_a_mail_that_was_held_meanwhile_does_not_post(resources: Resources, world: World) -> None:
    custody = in_ledger(world)
    with resources.database.tenant(world.tenant_id) as connection:
        endings.end(connection, [End(custody.mail_id, MailState.HELD, reason=Reason.STALLED)])
    assert post([ready(world, custody)], resources) == [None]
    assert counts(resources, world) == (0, 0, "held")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("update tenants set replies_on = false where id = :tenant", Reason.REPLIES_OFF),
        ("update users set active = false where id = :author", Reason.AUTHOR_INACTIVE),
        ("delete from case_members where user_id = :author", Reason.NOT_ALLOWED),
    ],
)
def test_what_changed_since_validation_is_honoured_and_the_mail_stays_open(
    resources: Resources, world: World, statement: str, reason: Reason
) -> None:
    mail = ready(world, in_ledger(world))
    with world.owner().begin() as connection:
        connection.execute(text(statement), {"tenant": world.tenant_id, "author": world.people["client"]})
    (result,) = post([mail], resources)
    assert isinstance(result, Rejection)
    assert result.reason is reason
    assert counts(resources, world) == (0, 0, "moving")


def test_an_empty_mail_is_refused_in_the_words_of_the_form(resources: Resources, world: World) -> None:
    (result,) = post([ready(world, in_ledger(world), text="  ")], resources)
    assert isinstance(result, Rejection)
    assert result.evidence == {"the form says": "The update has neither text nor a file."}


def test_a_long_body_comes_from_the_blob_store(resources: Resources, world: World) -> None:
    key = resources.blobs.put(world.tenant_id, "body", Body(text="long " * 5_000).model_dump_json().encode())
    assert post([ready(world, in_ledger(world), body=None, body_blob=key)], resources) == [None]
    with resources.database.tenant(world.tenant_id) as connection:
        assert len(connection.execute(text("select text from updates")).scalar_one()) == 24_999


def test_of_mails_that_come_together_each_has_its_own_outcome(resources: Resources, world: World) -> None:
    held = in_ledger(world)
    with resources.database.tenant(world.tenant_id) as connection:
        endings.end(connection, [End(held.mail_id, MailState.HELD, reason=Reason.STALLED)])
    mails = [
        ready(world, in_ledger(world), text="first"),
        ready(world, in_ledger(world), text="  "),
        ready(world, held, text="held meanwhile"),
        ready(world, in_ledger(world), author="staff", text="by another"),
    ]
    results = post(mails, resources)
    assert [result.reason if isinstance(result, Rejection) else result for result in results] == [
        None,
        Reason.REFUSED,
        None,
        None,
    ]
    with resources.database.tenant(world.tenant_id) as connection:
        rows = connection.execute(text("select text, author_id from updates where via = 'email' order by text")).all()
        states = connection.execute(text("select state from mails order by state")).scalars().all()
    assert [tuple(row) for row in rows] == [("by another", world.people["staff"]), ("first", world.people["client"])]
    assert states == ["held", "moving", "posted", "posted"]
