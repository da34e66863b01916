"""Which access group an answer goes to, and where no group will do."""

from uuid import UUID

import pytest

from cases.inbound.actions import Action
from schemas.reasons import REASONS, Disposition, Reason
from schemas.records import Rejection
from schemas.tables import OutboxKind, Role
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import case_address
from tests.builders.copied_mails import GenuineAnswer
from tests.builders.rows import run
from tests.builders.world import World
from tests.console.browser import Browser, Console, give_passwords
from tests.console.cases.talk import ALWAYS, Talk, address_of, group, notice, seen


@pytest.fixture
def board(resources: Resources, world: World) -> tuple[Talk, str, str, UUID]:
    """Makes a group that staff see and in which only admins and case managers post, and an update there that was sent
    to staff; returns the talk, the secret, the reply address and the id of the notice."""
    talk = Talk(GenuineAnswer(resources, world))
    talk.says("manager", group(world, may_post=ALWAYS, may_see=[*ALWAYS, "staff"]), ["staff"])
    ((secret, update_id),) = talk.secrets.items()
    found = notice(world, update_id, "staff")
    assert found
    return talk, secret, address_of(world, found[0]), found[1]


def test_group_leak_an_answer_to_a_group_in_which_its_author_may_not_post_is_held(
    board: tuple[Talk, str, str, UUID],
) -> None:
    talk, secret, address, notice_id = board
    (mail_id,) = talk.answers(secret, "staff", [address], notice_id)
    talk.go(mail_id)
    assert talk.play.state(mail_id) == ("held", "group_not_allowed")
    assert talk.play.updates() == []
    assert REASONS[Reason.GROUP_NOT_ALLOWED].choices == (Disposition.HOLD,)


def test_group_leak_on_the_pages_of_a_client(board: tuple[Talk, str, str, UUID], console: Console) -> None:
    talk, secret, address, notice_id = board
    world = talk.world
    case = case_address(world)
    for addresses in ([address], [address, case], [case]):
        for mail_id in talk.answers(secret, "staff", addresses, notice_id):
            talk.go(mail_id)
            talk.act(Action.ATTACH, mail_id, world.case_id)
            assert talk.play.state(mail_id) in {("held", "group_not_allowed"), ("held", "duplicate")}
    give_passwords(world)
    browser = Browser(console.url)
    browser.log_in(world, world.email("client"))
    page = browser.get(f"/cases/{world.case_id}").text
    assert "A leak" in page
    assert secret not in page
    assert "Agreed" not in page


def test_an_answer_of_who_may_post_there_stays_in_the_group(board: tuple[Talk, str, str, UUID]) -> None:
    talk, secret, address, notice_id = board
    run(talk.world, "update access_groups set may_post = may_see where tenant_id = :t and not is_default", t=talk.t)
    for addresses in ([address], [case_address(talk.world)]):
        (mail_id,) = talk.answers(secret, "staff", addresses, notice_id)
        talk.go(mail_id)
        (row,) = run(
            talk.world,
            "select u.answers, u.access_group_id = a.access_group_id as same from updates u join updates a"
            " on a.id = u.answers where u.mail_id = :id",
            id=mail_id,
        )
        assert row.same
        assert row.answers == talk.secrets[secret]
    assert talk.secrets[secret] not in seen(talk.world, "client")
    talk.check()


def test_what_answers_two_groups_goes_to_the_group_that_shows_it_to_fewer(
    board: tuple[Talk, str, str, UUID], database: Database
) -> None:
    talk, secret, _, notice_id = board
    run(talk.world, "update access_groups set may_post = may_see where tenant_id = :t and not is_default", t=talk.t)
    update_id = talk.world.post(database, "manager", "staff")
    found = notice(talk.world, update_id, "staff")
    assert found
    ids = talk.answers(secret, "staff", [address_of(talk.world, found[0])], notice_id)
    talk.go(ids[0])
    assert talk.play.state(ids[0]) == ("posted", "")
    talk.check()


def test_where_no_group_will_do_the_answer_is_held(board: tuple[Talk, str, str, UUID]) -> None:
    talk, secret, _, notice_id = board
    clients = group(talk.world, may_post=[role.value for role in Role], may_see=[*ALWAYS, "client"])
    talk.says("manager", clients, ["client"])
    run(talk.world, "update access_groups set may_see = may_see || '{staff}' where id = :id", id=clients)
    other = talk.secrets[list(talk.secrets)[-1]]
    found = notice(talk.world, other, "client")
    assert found
    run(talk.world, "update access_groups set may_see = '{admin,case_manager,client}' where id = :id", id=clients)
    run(
        talk.world,
        "update update_recipients set user_id = :p where id = :id",
        p=talk.world.people["staff"],
        id=found[1],
    )
    (mail_id,) = talk.answers(secret, "staff", [address_of(talk.world, found[0])], notice_id)
    decision = talk.play.decided(mail_id)
    assert isinstance(decision, Rejection)
    assert decision.reason is Reason.GROUP_NOT_ALLOWED


def test_a_receipt_says_why_and_goes_to_the_author_alone(board: tuple[Talk, str, str, UUID]) -> None:
    talk, secret, address, notice_id = board
    run(talk.world, "update tenants set receipts = 'problems' where id = :t", t=talk.t)
    (mail_id,) = talk.answers(secret, "staff", [address], notice_id)
    talk.go(mail_id)
    (row,) = run(talk.world, "select * from outbox where mail_id = :id", id=mail_id)
    assert (row.kind, row.to_email) == (OutboxKind.RECEIPT, talk.world.email("staff"))
    assert "The author may not post in this access group." in row.content["text"]
