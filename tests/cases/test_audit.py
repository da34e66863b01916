"""The audit records each act in the transaction of that act, and its rows can't be changed later."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cases.audit import Act, record
from storage.database import Database
from tests.builders.world import World


def test_an_act_records_who_did_what_to_which_row(world: World, database: Database) -> None:
    act = Act(world.tenant_id, world.people["staff"], "case.renamed", world.case_id, {"from": "A leak"})
    with database.tenant(world.tenant_id) as connection:
        record(connection, [act])
    with database.tenant(world.tenant_id) as connection:
        row = connection.execute(text("select actor_id, act, subject_id, details from audit")).one()
    assert row == (world.people["staff"], "case.renamed", world.case_id, {"from": "A leak"})


@pytest.mark.parametrize("statement", ["update audit set act = 'x'", "delete from audit"])
def test_an_act_can_not_be_changed_or_deleted(statement: str, world: World, database: Database) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), database.tenant(world.tenant_id) as connection:
        connection.execute(text(statement))


def test_an_act_that_is_rolled_back_is_not_recorded(world: World, database: Database) -> None:
    with database.tenant(world.tenant_id) as connection:
        record(connection, [Act(world.tenant_id, None, "case.renamed", world.case_id)])
        connection.execute(text("rollback; begin"))
        connection.execute(text(f"set local app.tenant_id = '{world.tenant_id}'"))
        assert connection.execute(text("select count(*) from audit")).scalar_one() == 0
