"""A row can't refer to another tenant's row, and the login role sees nothing before it has taken a role."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Table,
    Uuid,
    create_engine,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlmodel import SQLModel
from structlog.testing import capture_logs

import schemas.tables  # noqa: F401  # fills the metadata
from ops import rights
from ops.embedded import Postgres
from storage.database import APP_ROLE, SYSTEM_ROLE, Database
from storage.migrations import upgrade
from storage.migrations.versions import m0031_rows_of_one_tenant as rows_of_one_tenant
from tests.builders.rows import add_file, add_update, run
from tests.builders.world import World, make_settings, make_world

TABLES = SQLModel.metadata.sorted_tables


def keys() -> list[tuple[Table, ForeignKeyConstraint]]:
    """Returns every foreign key between tables of tenants, in the same order in all test processes."""
    every = [(table, key) for table in TABLES if "tenant_id" in table.c for key in table.foreign_key_constraints]
    found = sorted(every, key=lambda foreign: (foreign[0].name, sorted(column.name for column in foreign[1].columns)))
    return [(table, key) for table, key in found if "tenant_id" in key.referred_table.c]


#: A source of no tenant serves all tenants. Rows that name a source are written by the system role alone.
FOR_ALL = {"sources"}
OWN = [(table, key) for table, key in keys() if key.referred_table.name not in FOR_ALL]


def column_of(key: ForeignKeyConstraint) -> str:
    (name,) = [column.name for column in key.columns if column.name != "tenant_id"]
    return name


def test_every_foreign_key_between_tables_of_tenants_holds_the_tenant() -> None:
    for table, key in OWN:
        assert {(element.parent.name, element.column.name) for element in key.elements} >= {
            ("tenant_id", "tenant_id")
        }, table.name
    assert len(OWN) > 15


def value(column: Column[Any]) -> object:
    """Returns a valid value for a column."""
    made: tuple[tuple[type, object], ...] = (
        (JSONB, json.dumps({})),
        (ARRAY, []),
        (Uuid, uuid4()),
        (DateTime, datetime.now(UTC)),
        (Boolean, False),
        (Integer, 1),
        (LargeBinary, uuid4().bytes),
    )
    return next((value for kind, value in made if isinstance(column.type, kind)), str(uuid4()))


class Rows:
    """Creates rows of tenants, with the rows that they refer to."""

    def __init__(self, world: World) -> None:
        self.world = world

    def make(self, table: Table, tenant_id: UUID, **given: object) -> dict[str, object]:
        """Creates a row with these values, and the rows that it refers to. Raises PostgreSQL's errors."""
        row: dict[str, object] = {}
        for column in table.c:
            if column.name in given:
                row[column.name] = given[column.name]
            elif column.name == "tenant_id":
                row["tenant_id"] = tenant_id
            elif column.name == "blob":
                row["blob"] = f"{tenant_id}/file/00/0"
            elif not (column.nullable or column.computed):
                named = next((k for t, k in keys() if t is table and column_of(k) == column.name), None)
                row[column.name] = self.make(named.referred_table, tenant_id)["id"] if named else value(column)
        names, values = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
        with self.world.owner().begin() as connection:
            connection.execute(text(f"insert into {table.name} ({names}) values ({values})"), row)
        return row


@pytest.mark.parametrize(("table", "key"), OWN, ids=[f"{table.name}.{column_of(key)}" for table, key in OWN])
def test_no_row_refers_to_a_row_of_another_tenant(world: World, table: Table, key: ForeignKeyConstraint) -> None:
    rows, other = Rows(world), make_world(world.owner_url)
    theirs = rows.make(key.referred_table, other.tenant_id)["id"]
    mine = rows.make(key.referred_table, world.tenant_id)["id"]
    rows.make(table, world.tenant_id, **{column_of(key): mine})
    with pytest.raises(IntegrityError, match=f"{table.name}_{column_of(key)}_fkey"):
        rows.make(table, world.tenant_id, **{column_of(key): theirs})


@pytest.mark.parametrize("column", ["blob", "thumbnail"])
def test_a_file_names_no_bytes_of_another_tenant(world: World, column: str) -> None:
    other = make_world(world.owner_url)
    file_id = add_file(world, add_update(world, "staff", "see file"), "a.png", f"{world.tenant_id}/file/00/0")
    with pytest.raises(IntegrityError, match=f"update_files_{column}_of_tenant"):
        run(world, f"update update_files set {column} = :blob where id = :id", blob=f"{other.tenant_id}/x", id=file_id)


def test_rls_the_login_role_reads_nothing_before_it_has_taken_a_role(migrated: Postgres, world: World) -> None:
    engine = create_engine(migrated.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for role in ("", APP_ROLE, SYSTEM_ROLE):
            if role:
                connection.exec_driver_sql(f"set role {role}")
                connection.exec_driver_sql("reset role")
            for table in TABLES:
                with pytest.raises(ProgrammingError, match="permission denied"):
                    connection.exec_driver_sql(f"select 1 from {table.name}")
        connection.exec_driver_sql(f"set role {APP_ROLE}")
        assert connection.exec_driver_sql("select count(*) from users").scalar_one() == 0
    engine.dispose()
    with closing(Database(migrated.url, pool_size=1)) as database:
        assert database.readable_without_role() == ("casemail", [])


def test_a_login_role_that_inherits_its_rights_is_reported_at_start(migrated: Postgres, tmp_path: Path) -> None:
    login = f"login_{uuid4().hex[:8]}"
    owner = create_engine(migrated.owner_url)
    with owner.begin() as connection:
        connection.exec_driver_sql(f"create role {login} login password 'secret'")
        connection.exec_driver_sql(f"grant {APP_ROLE}, {SYSTEM_ROLE} to {login}")
    url = make_url(migrated.url).set(username=login, password="secret").render_as_string(hide_password=False)
    settings = make_settings(url, tmp_path)
    with capture_logs() as logs:
        rights.warn(settings)
    (warning,) = logs
    assert (warning["login"], warning["log_level"]) == (login, "warning")
    assert "inherit false" in warning["remedy"]
    upgrade(migrated.owner_url, url)
    with capture_logs() as logs:
        rights.warn(settings)
        rights.warn(settings.replace(database_url="postgresql+psycopg://x@127.0.0.1:1/x"))
    assert logs == []
    with owner.begin() as connection:
        connection.exec_driver_sql(f"revoke {APP_ROLE}, {SYSTEM_ROLE} from {login}")
        connection.exec_driver_sql(f"drop role {login}")
    owner.dispose()


def test_a_row_that_refers_to_another_tenants_stops_the_migration_and_is_named(world: World) -> None:
    other = make_world(world.owner_url)
    connection = world.owner().connect()
    begun = connection.begin()
    connection.exec_driver_sql("alter table cases drop constraint cases_manager_id_fkey")
    values = {"id": world.case_id, "them": other.people["manager"]}
    connection.execute(text("update cases set manager_id = :them where id = :id"), values)
    wanted = (
        f"cases of tenant {world.tenant_id}: manager_id = {other.people['manager']} is no row of that tenant in users"
    )
    with Operations.context(MigrationContext.configure(connection)), pytest.raises(ValueError, match=wanted):
        rows_of_one_tenant._check()
    begun.rollback()
    with Operations.context(MigrationContext.configure(connection)):
        rows_of_one_tenant._check()
    connection.close()
