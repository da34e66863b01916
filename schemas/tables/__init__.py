"""What is stored: SQLModel tables, one file per concept."""

from schemas.tables.audit import Audit
from schemas.tables.base import OPERATOR, core, new_id, now
from schemas.tables.cases import Case, CaseAddress, CaseMember
from schemas.tables.decision import InboundMessage, UnprovenMail
from schemas.tables.mails import Mail, MailState
from schemas.tables.outbox import Outbox, OutboxKind, OutboxState
from schemas.tables.people import Role, User
from schemas.tables.sources import Batch, Intake, Source, SourceKind
from schemas.tables.tenants import Authentication, Tenant
from schemas.tables.updates import Update, UpdateFile, UpdateRecipient, Via

__all__ = [
    "OPERATOR",
    "Audit",
    "Authentication",
    "Batch",
    "Case",
    "CaseAddress",
    "CaseMember",
    "InboundMessage",
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
    "UnprovenMail",
    "Update",
    "UpdateFile",
    "UpdateRecipient",
    "User",
    "Via",
    "core",
    "new_id",
    "now",
]
