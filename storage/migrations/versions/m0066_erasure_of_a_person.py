"""Adds what the erasure of a person needs. Audit rows stay unchangeable, except by a function that removes words."""

from collections.abc import Sequence

from alembic import op

from storage.database import APP_ROLE

revision: str = "0066"
down_revision: str | None = "0065"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

#: Sources and batches contain words of mail servers: sources of the tenant, and sources that all tenants share.
_MINE = "(select id from sources where tenant_id = mine or tenant_id is null)"
_STATEMENTS = (
    ("audit", "details", "::jsonb", "tenant_id = mine"),
    ("batches", "error", "", f"source_id in {_MINE}"),
    ("sources", "last_error", "", f"id in {_MINE}"),
)


def upgrade() -> None:
    """Applies this migration."""
    steps = "".join(
        f"update {table} set {column} = regexp_replace({column}::text, pattern, instead, 'gi'){cast} "
        f"where {mine} and {column}::text ~* pattern; get diagnostics more = row_count; changed := changed + more; "
        for table, column, cast, mine in _STATEMENTS
    )
    op.execute(
        "create function erase_words(pattern text, instead text) returns bigint language plpgsql security definer "
        "set search_path = public, pg_temp as $$ "
        "declare mine uuid := nullif(current_setting('app.tenant_id', true), '')::uuid; "
        "changed bigint := 0; more bigint; "
        f"begin if mine is null then return 0; end if; {steps} return changed; end $$"
    )
    op.execute("revoke execute on function erase_words(text, text) from public")
    op.execute(f"grant execute on function erase_words(text, text) to {APP_ROLE}")
    op.execute(f"grant update (evidence), delete on unproven_mails to {APP_ROLE}")
