"""The migrations make the tables that the models describe."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from ops.embedded import Postgres
from schemas.tables import new_id
from storage.migrations import config, upgrade
from tests.world import World


def test_the_migrated_schema_is_the_one_of_the_models(world: World) -> None:
    with world.owner().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrating_twice_changes_nothing(migrated: Postgres) -> None:
    upgrade(migrated.owner_url, migrated.url)


#: A tenant with a case and an update, as they were before access groups.
BEFORE = (
    "insert into tenants values (:tenant, 'old', 'Old', 'old.example', true, true, '')",
    "insert into users values (:user, :tenant, 'Ann', 'a@x', 'a@x', 'client', true, '', '2026-01-01')",
    "insert into cases values (:case, :tenant, '1', 'A leak', :user, true, '2026-01-02')",
    "insert into cases values (:other, :tenant, '2', 'A quiet one', :user, true, '2026-01-02')",
    "insert into updates values (:update, :tenant, :case, :user, '', '', null, null, now(), '2026-01-03', '[]', '[]')",
)


def test_files_that_lay_under_their_content_are_known_afterwards_and_those_of_mails_go_with_them(
    tmp_path: Path,
) -> None:
    ids = {name: new_id() for name in ("tenant", "user", "case", "other", "update")}
    by_form, by_mail = f"{ids['tenant']}/file/ab/abc", f"{ids['tenant']}/mail/ab/{new_id()}/file.abc"
    with Postgres(tmp_path) as server:
        command.upgrade(config(server.owner_url), "0002")
        engine = create_engine(server.owner_url)
        with engine.begin() as connection:
            for statement in BEFORE:
                connection.execute(text(statement), {name: ids[name] for name in ids if f":{name}" in statement})
            file = text("insert into update_files values (:id, :tenant, :update, 0, 'a', 'b/c', 7, 'abc', :blob)")
            for blob in (by_form, by_form, by_mail):
                connection.execute(
                    file, {"id": new_id(), "tenant": ids["tenant"], "update": ids["update"], "blob": blob}
                )
        upgrade(server.owner_url, server.url)
        with engine.connect() as connection:
            known = connection.execute(text("select blob, tenant_id, size, due_at from stored_contents")).all()
        engine.dispose()
    assert [tuple(row) for row in known] == [(by_form, ids["tenant"], 7, None)]


def test_what_was_there_before_access_groups_is_in_the_default_one_afterwards(tmp_path: Path) -> None:
    ids = {name: new_id() for name in ("tenant", "user", "case", "other", "update")}
    with Postgres(tmp_path) as server:
        command.upgrade(config(server.owner_url), "0002")
        engine = create_engine(server.owner_url)
        with engine.begin() as connection:
            for statement in BEFORE:
                needed = {name: value for name, value in ids.items() if f":{name}" in statement}
                connection.execute(text(statement), needed)
        upgrade(server.owner_url, server.url)
        with engine.connect() as connection:
            groups = connection.execute(text("select tenant_id, name, is_default, id from access_groups")).all()
            update = connection.execute(text("select access_group_id, validated, to_tell from updates")).one()
            cases = connection.execute(text("select last_update_at from cases order by number")).scalars().all()
        engine.dispose()
    assert [tuple(row)[:3] for row in groups] == [(ids["tenant"], "Everyone", True)]
    assert tuple(update) == (groups[0].id, True, [])
    assert [(time.month, time.day) for time in cases] == [(1, 3), (1, 2)]
