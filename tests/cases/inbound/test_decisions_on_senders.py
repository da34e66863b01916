"""Actions that let the author of a mail in: as a recipient of the forwarded update, or by an email alias."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.people import aliases, directory
from ops.demo.waiting import wait_until
from schemas.reasons import Reason
from schemas.tables import MailState
from storage.database import Database
from storage.ledger import decided as storage_held
from tests.builders.addresses import case_address, reply_address
from tests.builders.world import World
from tests.cases.inbound.held_mails import act, acts, add_held, as_owner, row, worker


def passed_on(database: Database, world: World, author: str) -> tuple[UUID, UUID]:
    """Holds a mail from `author` to the client's reply address; returns the mail and the update of that address."""
    update_id = world.post(database, "staff", "client")
    recipient = reply_address(database, world, update_id, "client")
    return add_held(world, author=author, recipient=recipient), update_id


def test_the_author_of_a_forwarded_update_becomes_its_recipient_and_the_mail_goes_on(
    database: Database, world: World
) -> None:
    mail_id, update_id = passed_on(database, world, "member")
    assert act(database, world, Action.RECIPIENT, mail_id).done == [mail_id]
    (log,) = as_owner(
        world,
        "select email, handle from update_recipients where update_id = :update and user_id = :person",
        update=update_id,
        person=world.people["member"],
    )
    assert (log.email, log.handle) == (world.email("member"), None)
    assert (row(world, mail_id).state, row(world, mail_id).override) == ("waiting", None)
    assert acts(world)[-1] == ("mail.recipient_added", world.people["manager"], mail_id)


@pytest.mark.parametrize(
    ("author", "words"),
    [("outsider", "make them a member"), ("archived", "archived"), ("nobody", "by one of your people")],
)
def test_who_may_not_post_on_the_case_does_not_become_a_recipient(
    database: Database, world: World, author: str, words: str
) -> None:
    mail_id, update_id = passed_on(database, world, author)
    assert words in act(database, world, Action.RECIPIENT, mail_id).refused[mail_id].words
    assert row(world, mail_id).state == "held"
    assert as_owner(world, "select count(*) from update_recipients where update_id = :id", id=update_id) == [(2,)]


def from_home(world: World, recipient: str, state: MailState = MailState.HELD) -> UUID:
    """Inserts a stranger's mail to this address; returns its id."""
    mail_id = add_held(world, Reason.AUTHOR_UNKNOWN, recipient=recipient)
    as_owner(
        world, "update mails set author = 'ann@home.example', state = :state where id = :id", state=state, id=mail_id
    )
    return mail_id


@pytest.mark.parametrize("state", [MailState.HELD, MailState.FORWARDED])
def test_a_strangers_address_becomes_an_alias_when_who_was_sent_the_update_confirms_it_and_the_mail_goes_on(
    database: Database, world: World, state: MailState
) -> None:
    recipient = reply_address(database, world, world.post(database, "staff", "client"), "client")
    mail_id, other = from_home(world, recipient, state), from_home(world, recipient)
    assert act(database, world, Action.ALIAS, mail_id).done == [mail_id]
    assert row(world, mail_id).state == state
    (order,) = as_owner(world, "select to_email, alias_id from outbox where tenant_id = :tenant and kind = 'alias'")
    assert order.to_email == world.email("client"), "the known address is asked, not the new one"
    with database.tenant(world.tenant_id) as connection:
        assert aliases.confirm(connection, world.tenant_id, order.alias_id)
        person = directory.find(connection, "ann@home.example")
    assert person is not None
    assert person.id == world.people["client"]
    assert (row(world, mail_id).state, row(world, mail_id).run) == ("waiting", 1)
    assert row(world, other).state == "held", "nobody asked about this one"
    assert [name for name, *_ in acts(world)][-3:] == ["mail.alias_asked", "alias.confirmed", "mail.replayed"]


def test_who_confirms_an_alias_while_it_is_asked_for_again_does_not_wait_in_a_circle_and_no_mail_is_left(
    database: Database, world: World
) -> None:
    recipient = reply_address(database, world, world.post(database, "staff", "client"), "client")
    first, second = from_home(world, recipient), from_home(world, recipient)
    assert act(database, world, Action.ALIAS, first).done == [first]
    (order,) = as_owner(world, "select alias_id from outbox where tenant_id = :tenant and kind = 'alias'")

    def confirm() -> bool:
        with database.tenant(world.tenant_id) as connection:
            return aliases.confirm(connection, world.tenant_id, order.alias_id)

    with ThreadPoolExecutor(1) as pool:
        with database.tenant(world.tenant_id) as connection:
            storage_held.lock(connection, [first, second])
            confirmed = pool.submit(confirm)
            wait_until(
                lambda: bool(as_owner(world, "select 1 from pg_locks where not granted")),
                seconds=90,
                what="the confirmation to wait",
            )
            assert decisions.act(connection, worker(world), Action.ALIAS, {second: 0}).done == [second]
        assert confirmed.result(timeout=90)
    assert row(world, first).state == "waiting"
    confirm()
    assert row(world, second).state == "waiting"


def test_only_a_stranger_who_wrote_to_a_persons_reply_address_can_be_asked_about(
    database: Database, world: World
) -> None:
    elsewhere = from_home(world, case_address(world))
    known, _ = passed_on(database, world, "member")
    refused = act(database, world, Action.ALIAS, elsewhere, known).refused
    assert all("from a stranger to the reply address" in refused[mail].words for mail in (elsewhere, known))
    assert as_owner(world, "select 1 from email_aliases where tenant_id = :tenant") == []
