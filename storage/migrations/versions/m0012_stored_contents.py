"""Adds the table of stored file contents, thumbnails, and files that wait for the scanner."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import SYSTEM_ROLE
from storage.migrations.rights import protect

revision: str = "0012"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.create_table(
        "stored_contents",
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("blob"),
    )
    op.create_index(
        "stored_contents_due", "stored_contents", ["due_at"], postgresql_where=sa.text("due_at is not null")
    )
    protect("stored_contents", "select, insert, update")
    op.execute(f"create policy all_tenants on stored_contents to {SYSTEM_ROLE} using (true)")
    op.execute(f"grant select, update (due_at), delete on stored_contents to {SYSTEM_ROLE}")

    op.add_column("update_files", sa.Column("thumbnail", sa.String(), nullable=True))
    op.create_index("update_files_blob", "update_files", ["blob"])
    op.create_index(
        "update_files_thumbnail", "update_files", ["thumbnail"], postgresql_where=sa.text("thumbnail is not null")
    )
    # the sweep may see whether an update has a blob, and nothing else
    op.execute(f"create policy all_tenants on update_files to {SYSTEM_ROLE} using (true)")
    op.execute(f"grant select (blob, thumbnail) on update_files to {SYSTEM_ROLE}")
    # files of the form are stored under their hash already; files of mails stay under their mail, deleted with it
    op.execute(
        "insert into stored_contents (blob, tenant_id, size, touched_at) "
        "select distinct on (blob) blob, tenant_id, size, now() from update_files "
        "where blob like tenant_id::text || '/file/%' order by blob"
    )

    op.add_column("updates", sa.Column("files_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "updates_files_due", "updates", ["files_due_at"], postgresql_where=sa.text("files_due_at is not null")
    )
    op.execute(f"grant select (id, files_due_at), update (files_due_at) on updates to {SYSTEM_ROLE}")
