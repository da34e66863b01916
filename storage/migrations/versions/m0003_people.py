"""Adds further addresses of users, and access groups."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from schemas.tables import OPERATOR
from storage.database import APP_ROLE
from storage.migrations.rights import protect

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

#: The default group of a new tenant: for everybody, with validation off and the other two switches on.
EVERYONE = """
insert into access_groups (id, tenant_id, name, require_validation, refresh_last_update, include_in_documents,
    may_post, may_see, is_default, created_at)
select uuidv7(), {tenant}, 'Everyone', false, true, true, roles, roles, true, now()
from (values ('{{admin,case_manager,staff,client}}'::text[])) everybody(roles)
"""


def upgrade() -> None:
    """Applies this migration."""
    _email_aliases()
    _access_groups()
    _updates_in_groups()


def _email_aliases() -> None:
    off = sa.text("false")
    op.add_column("tenants", sa.Column("strip_sub_addresses", sa.Boolean(), nullable=False, server_default=off))
    op.alter_column("tenants", "strip_sub_addresses", server_default=None)
    op.execute(f"grant update (strip_sub_addresses) on tenants to {APP_ROLE}")
    op.create_table(
        "email_aliases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "email_key"),
    )
    op.create_index(
        "email_aliases_confirmed",
        "email_aliases",
        ["tenant_id", "email_key"],
        unique=True,
        postgresql_where=sa.text("confirmed_at is not null"),
    )
    protect("email_aliases", "select, insert, update, delete")
    op.add_column("outbox", sa.Column("alias_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(None, "outbox", "email_aliases", ["alias_id"], ["id"], ondelete="CASCADE")
    op.create_index(
        "outbox_of_alias", "outbox", ["alias_id"], unique=False, postgresql_where=sa.text("alias_id is not null")
    )


def _access_groups() -> None:
    op.create_table(
        "access_groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("require_validation", sa.Boolean(), nullable=False),
        sa.Column("refresh_last_update", sa.Boolean(), nullable=False),
        sa.Column("include_in_documents", sa.Boolean(), nullable=False),
        sa.Column("may_post", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("may_see", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "name"),
    )
    op.create_index(
        "access_groups_default", "access_groups", ["tenant_id"], unique=True, postgresql_where=sa.text("is_default")
    )
    protect("access_groups", "select, insert, update")
    # a trigger, so that every tenant has a group to post in, however it is created
    op.execute(
        "create function give_default_access_group() returns trigger language plpgsql as $$ begin"
        f" {EVERYONE.format(tenant='new.id')}; return new; end $$"
    )
    op.execute(
        "create trigger default_access_group after insert on tenants"
        " for each row execute function give_default_access_group()"
    )
    op.execute(f"{EVERYONE.format(tenant='t.id')}, tenants t where t.id <> '{OPERATOR}'")


def _updates_in_groups() -> None:
    op.add_column("cases", sa.Column("last_update_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "update cases c set last_update_at = coalesce("
        "(select max(posted_at) from updates u where u.case_id = c.id), c.created_at)"
    )
    op.alter_column("cases", "last_update_at", nullable=False)
    yes, uuids = sa.text("true"), postgresql.ARRAY(sa.Uuid())
    # with a default the table need not be rewritten for these
    for switch in ("validated", "refresh_last_update", "include_in_documents"):
        op.add_column("updates", sa.Column(switch, sa.Boolean(), nullable=False, server_default=yes))
        op.alter_column("updates", switch, server_default=None)
    op.add_column("updates", sa.Column("to_tell", uuids, nullable=False, server_default=sa.text("'{}'")))
    op.alter_column("updates", "to_tell", server_default=None)
    op.add_column("updates", sa.Column("access_group_id", sa.Uuid(), nullable=True))
    op.execute(
        "update updates u set access_group_id = g.id from access_groups g"
        " where g.tenant_id = u.tenant_id and g.is_default"
    )
    op.alter_column("updates", "access_group_id", nullable=False)
    op.create_foreign_key(None, "updates", "access_groups", ["access_group_id"], ["id"])
    op.create_index("updates_waiting", "updates", ["case_id"], postgresql_where=sa.text("not validated"))
