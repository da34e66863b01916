"""What is stored: SQLModel tables, one file per concept."""

from schemas.tables.access import AccessGroup
from schemas.tables.audit import Audit
from schemas.tables.base import OPERATOR, core, new_id, now
from schemas.tables.cases import Case, CaseAddress, CaseMember
from schemas.tables.mails import Mail, MailState
from schemas.tables.outbox import Outbox, OutboxKind, OutboxState
from schemas.tables.people import EmailAlias, Role, User
from schemas.tables.sources import Batch, Intake, Source, SourceKind
from schemas.tables.tenants import Tenant
from schemas.tables.updates import Update, UpdateFile, UpdateRecipient, Via

__all__ = [
    "OPERATOR",
    "AccessGroup",
    "Audit",
    "Batch",
    "Case",
    "CaseAddress",
    "CaseMember",
    "EmailAlias",
    "Intake",
    "Mail",
    "MailState",
    "Outbox",
    "OutboxKind",
    "OutboxState",
    "Role",
    "Source",
    "SourceKind",
    "Tenant",
    "Update",
    "UpdateFile",
    "UpdateRecipient",
    "User",
    "Via",
    "core",
    "new_id",
    "now",
]
