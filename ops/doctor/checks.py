"""The table of all checks."""

from ops.doctor import database, mail, servers
from ops.doctor.findings import Check

CHECKS: dict[str, Check] = {
    "PostgreSQL": database.schema,
    "row-level security": database.row_level_security,
    "login role": database.rights,
    "keys": database.cluster,
    "blob store": database.blob_store,
    "disk": servers.disk,
    "clock": database.clock,
    "topics": servers.topics,
    "consumers": servers.consumers,
    "DNS": servers.domains,
    "outgoing mail": servers.smtp,
    "sources": mail.sources,
    "mails under way": mail.stuck,
    "held mails": mail.held,
    "outbox": mail.outbox,
    "canaries": mail.canary,
}
