"""Adds the tenant to each foreign key between tables of tenants: no row can refer to another tenant's row."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

#: Tables with few rows that other tables refer to: they get another index.
_SMALL = ("access_groups", "cases", "email_aliases", "signature_pictures", "users")
#: Referred tables with a row for each mail: their primary key includes the tenant instead.
_LARGE = ("mails", "update_recipients", "updates")
#: Table, column, the table that it refers to, and what happens to the row when the row there is deleted.
_KEYS = (
    ("audit", "actor_id", "users", ""),
    ("case_addresses", "case_id", "cases", ""),
    ("case_members", "case_id", "cases", ""),
    ("case_members", "user_id", "users", ""),
    ("cases", "manager_id", "users", ""),
    ("email_aliases", "user_id", "users", ""),
    ("outbox", "alias_id", "email_aliases", "on delete cascade"),
    ("outbox", "mail_id", "mails", ""),
    ("outbox", "recipient_id", "update_recipients", ""),
    ("signature_pictures", "author_id", "users", ""),
    ("signature_sightings", "picture_id", "signature_pictures", "on delete cascade"),
    ("unproven_mails", "mail_id", "mails", ""),
    ("update_files", "update_id", "updates", ""),
    ("update_recipients", "update_id", "updates", ""),
    ("update_recipients", "user_id", "users", ""),
    ("updates", "access_group_id", "access_groups", ""),
    ("updates", "answers", "updates", ""),
    ("updates", "author_id", "users", ""),
    ("updates", "case_id", "cases", ""),
    ("updates", "mail_id", "mails", ""),
)
#: Most rows that are reported of a table that can't be migrated.
_SHOWN = 5


def upgrade() -> None:
    """Applies this migration. Raises `ValueError` if a row refers to a row of another tenant, or to a missing row."""
    _check()
    for table, column, _, _ in _KEYS:
        op.execute(f"alter table {table} drop constraint if exists {table}_{column}_fkey")
    for table in _SMALL:
        op.execute(f"alter table {table} add unique (id, tenant_id)")
    for table in _LARGE:
        op.execute(f"alter table {table} drop constraint {table}_pkey, add primary key (id, tenant_id)")
    for table, column, named, then in _KEYS:
        name, pair = f"{table}_{column}_fkey", f"({column}, tenant_id)"
        op.execute(
            f"alter table {table} add constraint {name} foreign key {pair} references {named} (id, tenant_id) {then}"
            " not valid"
        )
        op.execute(f"alter table {table} validate constraint {name}")


def _check() -> None:
    if op.get_context().as_sql:
        return  # PostgreSQL itself refuses such rows then, naming the first
    connection = op.get_bind()
    bad = []
    for table, column, named, _ in _KEYS:
        rows = connection.execute(
            sa.text(f"""
                select t.tenant_id, t.{column} from {table} t where t.{column} is not null and not exists (
                    select from {named} n where n.id = t.{column} and n.tenant_id = t.tenant_id)
                limit {_SHOWN}
            """)  # only our own names are inserted
        ).all()
        bad += [f"{table} of tenant {row[0]}: {column} = {row[1]} is no row of that tenant in {named}" for row in rows]
    if bad:
        raise ValueError(
            "Some rows name rows of another tenant, or rows that are gone. Nothing was changed. Fix or delete these,"
            " and migrate again:\n" + "\n".join(bad)
        )
