"""Mails the admins of each existing tenant a letter on what senders must prove, and what each choice would do.

The tenants keep their choice. Tenants that only watch get the numbers of the last 30 days.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from schemas.tables import OPERATOR
from storage.migrations.run import MigrationError

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

SUBJECT = "Emails in the name of somebody else: please choose"
HEAD = """\
Anybody can send an email in the name of somebody else. Organisations that join now start with a setting that holds
such emails: what the author's domain disowns (DMARC) is held, what is proven posts, and what is neither posts as
"Sender not verified", waits for approval where it is in the name of somebody who works for you, and never goes where
clients can't see it.

Nothing has changed for {name}. At present, {now}.
"""
NOW = {
    "off": "senders are not checked: an email in the name of your staff posts as theirs",
    "shadow": "senders are checked, and what is found decides nothing",
    "enforce": "an email whose sender is not proven is held",
}
NUMBERS = """
In the last 30 days {posted} emails posted. The senders of {unproven} of them were not proven: the new setting would
have posted these as "Sender not verified", or held them where the author's domain disowns them, and the strictest
would have held all {unproven}.
"""
INVITATION = """
How many emails each setting would hold is not known, because senders are not checked. Choose Watch for a while: it
changes nothing, and the page then shows the numbers.
"""
FOOT = """
The choice is under Settings > Addresses and Senders.
"""

_TENANTS = sa.text("""
select t.id, t.name, t.authentication,
    (select count(*) from unproven_mails n where n.tenant_id = t.id and n.noted_at > now() - interval '30 days')
        as unproven,
    (select count(*) from updates u where u.tenant_id = t.id and u.via = 'email'
        and u.posted_at > now() - interval '30 days') as posted
from tenants t where t.active and t.id <> :operator
""")
_LETTERS = sa.text("""
insert into outbox (id, tenant_id, kind, to_email, state, attempts, created_at, due_at, error, content, once)
select uuidv7(), tenant_id, 'senders', email, 'waiting', 0, now(), now(), '', :content, 'senders to ' || id
from users where tenant_id = :tenant_id and role = 'admin' and active
""").bindparams(sa.bindparam("content", type_=postgresql.JSONB()))


def upgrade() -> None:
    """Applies this migration."""
    if op.get_context().as_sql:
        if context.get_starting_revision_argument():
            raise MigrationError(
                "Migration 0020 writes letters to admins, which can't be printed. Migrate to it first."
            )
        return  # a new database has nobody to write to
    connection = op.get_bind()
    for tenant in connection.execute(_TENANTS, {"operator": OPERATOR}).all():
        numbers = NUMBERS.format(**tenant._mapping) if tenant.authentication == "shadow" else ""
        invitation = INVITATION if tenant.authentication == "off" else ""
        head = HEAD.format(name=tenant.name, now=NOW[tenant.authentication])
        content = {"subject": SUBJECT, "text": head + numbers + invitation + FOOT}
        connection.execute(_LETTERS, {"tenant_id": tenant.id, "content": content})
