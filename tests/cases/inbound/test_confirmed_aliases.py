"""An address that is confirmed as an alias lets in no mail on which a person has decided meanwhile."""

from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import pytest
from sqlalchemy import text

from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from cases.people import aliases
from storage.database import Database
from storage.ledger import endings
from storage.resources import Resources
from tests.builders.copied_mails import GenuineAnswer
from tests.builders.rows import run
from tests.builders.world import KEYS, World

LATER = [Action.FORWARD, Action.MESSAGE, Action.DISCARD]


@pytest.fixture
def strange(resources: Resources, world: World) -> Iterator[tuple[Database, World, UUID]]:
    """Yields a stranger's held mail, for which the client was asked whether the address is theirs."""
    play = GenuineAnswer(resources, world)
    play.genuine = play.genuine.replace(world.email("client").encode(), b"new.address@people.example")
    run(world, "update tenants set catch_all = 'all@catch.example' where id = :t", t=world.tenant_id)
    run(
        world,
        "insert into dispositions (tenant_id, reason, disposition) values (:t, 'author_unknown', 'hold')",
        t=world.tenant_id,
    )
    mail_id = play.enters()
    assert mail_id
    play.ends(play.decided(mail_id))
    worker = Decider(world.tenant_id, world.people["manager"], "Manager", KEYS)
    with resources.database.tenant(world.tenant_id) as connection:
        assert decisions.act(connection, worker, Action.ALIAS, {mail_id: 0}).done == [mail_id]
    with closing(resources.database):
        yield resources.database, world, mail_id


@pytest.mark.parametrize("later", [*LATER, None])
def test_an_address_that_is_confirmed_lets_in_no_mail_that_a_person_has_put_aside_meanwhile(
    strange: tuple[Database, World, UUID], later: Action | None
) -> None:
    database, world, mail_id = strange
    worker = Decider(world.tenant_id, world.people["manager"], "Manager", KEYS)
    with database.tenant(world.tenant_id) as connection:
        if later:
            assert decisions.act(connection, worker, later, {mail_id: 0}).done == [mail_id]
        endings.end_forward(connection, mail_id, sent=True, words="")
        connection.execute(
            text("update mails set state = 'held', ended_at = now() where state = 'waiting' and id = :id"),
            {"id": mail_id},
        )
        before = connection.execute(text("select state from mails where id = :id"), {"id": mail_id}).scalar_one()
        alias_id = connection.execute(text("select id from email_aliases")).scalar_one()
        assert aliases.confirm(connection, world.tenant_id, alias_id)
        after = connection.execute(text("select state from mails where id = :id"), {"id": mail_id}).scalar_one()
    assert after == (before if later in LATER else "waiting")
