"""PostgreSQL itself separates tenants."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from ops.embedded import Postgres
from storage.database import APP_ROLE, SYSTEM_ROLE, Database
from tests.builders.tenant_tables import TENANT_TABLES
from tests.builders.world import World, in_ledger, make_world


@pytest.fixture
def other(world: World, database: Database) -> World:
    """Returns a second tenant; both tenants have a row in most tables."""
    second = make_world(world.owner_url)
    for each in (world, second):
        each.post(database, "staff", "client")
        in_ledger(each)
    return second


def test_a_transaction_sees_the_rows_of_its_own_tenant_only(world: World, other: World, database: Database) -> None:
    with database.tenant(world.tenant_id) as connection:
        for table in TENANT_TABLES:
            column = "id" if table == "tenants" else "tenant_id"
            seen = set(connection.execute(text(f"select distinct {column} from {table}")).scalars())
            assert seen <= {world.tenant_id}, table


def test_a_session_without_a_tenant_sees_no_rows(world: World, other: World, database: Database) -> None:
    with database._app.connect() as connection:
        for table in TENANT_TABLES:
            assert connection.execute(text(f"select count(*) from {table}")).scalar_one() == 0, table


def test_the_tenant_does_not_outlive_its_transaction(world: World, other: World, migrated: Postgres) -> None:
    database = Database(migrated.url, pool_size=1)
    with database.tenant(world.tenant_id) as connection:
        backend = connection.connection.dbapi_connection
    with database._app.connect() as connection:
        assert connection.connection.dbapi_connection is backend
        assert connection.execute(text("select count(*) from users")).scalar_one() == 0
    database.close()


def test_no_row_can_be_written_into_another_tenant(world: World, other: World, database: Database) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        database.tenant(world.tenant_id) as connection,
    ):
        connection.execute(
            text("insert into case_members (case_id, user_id, tenant_id) values (:case, :person, :tenant)"),
            {"case": other.case_id, "person": other.people["outsider"], "tenant": other.tenant_id},
        )
    with database.tenant(world.tenant_id) as connection:
        changed = connection.execute(text("update cases set title = 'mine' where id = :id"), {"id": other.case_id})
        assert changed.rowcount == 0


@pytest.mark.parametrize(
    "table",
    ["users", "email_aliases", "access_groups", "cases", "update_recipients", "update_files", "case_addresses"],
)
def test_the_system_role_can_not_read_people_or_cases(table: str, world: World, database: Database) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), database.system() as connection:
        connection.execute(text(f"select * from {table}"))


def test_the_system_role_can_not_read_the_text_of_an_update(world: World, database: Database) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), database.system() as connection:
        connection.execute(text("select text from updates"))


def test_the_roles_own_no_table_and_can_not_pass_row_level_security(migrated: Postgres, world: World) -> None:
    with world.owner().connect() as connection:
        owners = set(connection.execute(text("select tableowner from pg_tables where schemaname = 'public'")).scalars())
        roles = connection.execute(
            text("select bool_or(rolsuper or rolbypassrls) from pg_roles where rolname = any(:roles)"),
            {"roles": [APP_ROLE, SYSTEM_ROLE]},
        ).scalar_one()
    assert owners == {"casemail_owner"}
    assert roles is False


def test_every_table_has_row_level_security_but_those_of_no_tenant(world: World) -> None:
    with world.owner().connect() as connection:
        without = set(
            connection.execute(
                text(
                    "select relname from pg_class where relkind = 'r' and not relrowsecurity"
                    " and relnamespace = 'public'::regnamespace"
                )
            ).scalars()
        )
    assert without == {"alembic_version", "webhook_requests", "exporter_lease"}
