"""The life cycle of a mail: `TRANSITIONS` is complete, and all tests run on a database that refuses everything else."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from schemas.tables import MailState
from schemas.tables.mails import TRANSITIONS
from storage.database import Database
from tests.builders.world import World, in_ledger


def test_every_state_has_its_transitions_and_can_be_reached() -> None:
    assert TRANSITIONS.keys() == set(MailState)
    reached, todo = {MailState.WAITING}, [MailState.WAITING]
    while todo:
        new = TRANSITIONS[todo.pop()] - reached
        reached |= new
        todo += new
    assert reached == set(MailState)


@pytest.mark.parametrize("old", MailState)
@pytest.mark.parametrize("new", MailState)
def test_the_database_of_the_tests_refuses_all_other_transitions(
    database: Database, world: World, old: MailState, new: MailState
) -> None:
    values = {"id": in_ledger(world).mail_id}
    with world.owner().begin() as connection:
        connection.execute(text("update mails set state = :old where id = :id"), {**values, "old": old})

    def move() -> None:
        with database.tenant(world.tenant_id) as connection:
            connection.execute(text("update mails set state = :new where id = :id"), {**values, "new": new})

    if new == old or new in TRANSITIONS[old]:
        move()
    else:
        with pytest.raises(DBAPIError, match=f"from {old} to {new}"):
            move()
