"""The migrations make the tables that the models describe."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlmodel import SQLModel

from ops.embedded import Postgres
from schemas.tables import Case, Tenant, User, core, new_id
from storage.database import Database
from storage.migrations import config, upgrade
from tests.builders.conservation import line, wrong_counts
from tests.builders.world import World, make_world


def test_the_migrated_schema_is_that_of_the_models(world: World) -> None:
    with world.owner().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrating_twice_changes_nothing(migrated: Postgres) -> None:
    upgrade(migrated.owner_url, migrated.url)


#: A tenant with a case and an update, as rows were before access groups.
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


#: Rows of schema 0018, when new tenants did not check senders yet: a tenant, a user, and a mail with no proven sender.
TENANT_OF_0018 = """
insert into tenants (id, slug, name, mail_domain, active, replies_on, catch_all, keep_raw_days, receipts,
    strip_sub_addresses, reply_days, grace_days, authentication, file_policy, arc_sealers, answer_score, most_text,
    text_required)
values (:tenant, :slug, 'Old', 'old.example', true, true, '', 90, 'off', false, 365, 30, :choice, '{}', '{}', 1, 50000,
    false)
"""
USER_OF_0018 = """
insert into users (id, tenant_id, name, email, email_key, role, active, password_hash, created_at)
values (gen_random_uuid(), :tenant, 'A', :email, :email, :role, :active, '', now())
"""
UNPROVEN_OF_0018 = """
insert into mails (id, tenant_id, batch_id, content_key, source_ref, raw, size, recipient, sender, received_at, state,
    emissions, reason, evidence, author, subject, run, raw_deleted_by, whole_size)
values (:mail, :tenant, gen_random_uuid(), '', '', '', 1, '', '', now(), 'posted', 0, '', '{}', '', '', 0, '', 0);
"""


def test_tenants_of_today_keep_what_they_chose_and_their_admins_get_one_letter(tmp_path: Path) -> None:
    tenants = {choice: new_id() for choice in ("off", "shadow", "enforce")}
    with Postgres(tmp_path) as server:
        command.upgrade(config(server.owner_url), "0018")
        engine = create_engine(server.owner_url)
        with engine.begin() as connection:
            for choice, tenant in tenants.items():
                values = {"tenant": tenant, "slug": choice, "choice": choice}
                connection.execute(text(TENANT_OF_0018), values)
                for role, active in (("admin", True), ("admin", False), ("client", True)):
                    email = f"{role}-{active}@{choice}.example"
                    values = {"tenant": tenant, "email": email, "role": role, "active": active}
                    connection.execute(text(USER_OF_0018), values)
            mail = {"mail": new_id(), "tenant": tenants["shadow"]}
            connection.execute(text(UNPROVEN_OF_0018), mail)
            connection.execute(text("insert into unproven_mails values (:mail, :tenant, '{}', now())"), mail)
        for _ in range(2):
            upgrade(server.owner_url, server.url)
        with engine.connect() as connection:
            chosen = {row.slug: row.authentication for row in connection.execute(text("select * from tenants"))}
            letters = connection.execute(text("select to_email, state, kind, content from outbox")).all()
        engine.dispose()
    assert {choice: chosen[choice] for choice in tenants} == {choice: choice for choice in tenants}
    assert {letter.to_email for letter in letters} == {f"admin-True@{choice}.example" for choice in tenants}
    assert [(letter.state, letter.kind) for letter in letters] == [("waiting", "senders")] * 3
    words = {letter.to_email.split("@")[1].split(".")[0]: letter.content["text"] for letter in letters}
    assert "Choose Watch for a while" in words["off"]
    assert "In the last 30 days 0 emails posted. The senders of 1 of them were not proven" in words["shadow"]
    assert "30 days" not in words["enforce"]
    assert all("Nothing has changed for Old." in text for text in words.values())


#: Rows of schema 0067: mails in each place, a mail that was forwarded twice, and one whose row claims too much.
PLACES_OF_0067 = """
insert into intake values (uuidv7(), :tenant, uuidv7(), 7);
insert into updates (id, tenant_id, case_id, author_id, text, via, mail_id, written_at, posted_at, cut, left_out,
    validated, refresh_last_update, include_in_documents, to_tell, unverified, decision,
    decision_note, access_group_id)
select uuidv7(), m.tenant_id, c.id, c.manager_id, '', 'email', m.id, now(), now(), '[]', '[]', true, true, true, '{}',
    false, '', '', g.id
from mails m join cases c on c.tenant_id = m.tenant_id join access_groups g on g.tenant_id = m.tenant_id
where m.source_ref = 'posted' and g.is_default;
insert into outbox (id, tenant_id, kind, mail_id, to_email, state, attempts, created_at, due_at, error)
select uuidv7(), tenant_id, 'catch_all', id, 'all@catch', s.state, 1, now(), now(), ''
from mails, (values ('sent'), ('sent'), ('failed')) s(state) where source_ref = 'forwarded';
"""
MAIL_OF_0067 = """
insert into mails (id, tenant_id, batch_id, content_key, source_ref, raw, size, recipient, sender, received_at, state,
    emissions, reason, evidence, author, subject, run, raw_deleted_by, whole_size)
values (uuidv7(), :tenant, uuidv7(), sha256(convert_to(:ref, 'UTF8')), :ref, '', 1, '', '', now(), :state, 0, '', '{}',
    '', '', 0, '', 0)
"""


@contextmanager
def later_columns(server: Postgres) -> Iterator[None]:
    """Gives `cases`, `tenants` and `users` the columns of later migrations, while today's models write a world."""
    engine = create_engine(server.owner_url)
    with engine.begin() as connection:
        later = [
            (table.name, column.name, column.type.compile(engine.dialect))
            for table in (core(Case), core(Tenant), core(User))
            for column in table.columns
            if column.name not in {there["name"] for there in inspect(connection).get_columns(table.name)}
        ]
        for table, name, kind in later:
            connection.execute(text(f"alter table {table} add {name} {kind}"))
    yield
    with engine.begin() as connection:
        for table, name, _ in later:
            connection.execute(text(f"alter table {table} drop {name}"))
    engine.dispose()


def test_the_counts_of_mails_are_those_of_the_rows_that_were_there_before(tmp_path: Path) -> None:
    states = {state: state for state in ("waiting", "moving", "forwarded", "held", "dropped", "posted")}
    with Postgres(tmp_path) as server:
        command.upgrade(config(server.owner_url), "0067")
        with later_columns(server):
            world = make_world(server.owner_url)
        with world.owner().begin() as connection:
            for ref, state in {**states, "lying": "posted"}.items():
                connection.execute(text(MAIL_OF_0067), {"tenant": world.tenant_id, "ref": ref, "state": state})
            for statement in PLACES_OF_0067.split(";\n")[:-1]:
                connection.execute(text(statement), {"tenant": world.tenant_id})
        command.upgrade(config(server.owner_url), "0070")
        with world.owner().begin() as connection:  # mail goes on while the counts are filled
            connection.execute(text("update mails set state = 'held' where source_ref = 'moving'"))
        upgrade(server.owner_url, server.url)
        database = Database(server.url)
        counted = line(database, world)
        assert wrong_counts(database) == []
        database.close()
        world.owner().dispose()
    places = (counted.received, counted.posted, counted.forwarded, counted.held, counted.dropped, counted.in_flight)
    assert (places, counted.unaccounted) == ((7, 1, 1, 2, 1, 1), 1)
