"""The SQLModel tables, in a module for each concept. Import them from here."""

from schemas.tables.access import AccessGroup
from schemas.tables.api import ApiRequest, ApiToken
from schemas.tables.archives import Archive
from schemas.tables.audit import Audit
from schemas.tables.base import OPERATOR, core, derived_id, new_id, now
from schemas.tables.canaries import Canary
from schemas.tables.cases import Case, CaseAddress, CaseMember
from schemas.tables.cluster import ClusterIdentity
from schemas.tables.decision import PostedSignature, SenderVerdict, SenderWord, UnprovenMail
from schemas.tables.exporter import ExporterLease
from schemas.tables.files import StoredContent
from schemas.tables.log_ins import ConsoleSession, LogInTries
from schemas.tables.mail_counts import MailCount, MailCountChange, MailCountCheck
from schemas.tables.mails import ERASED, KEPT, TO_DELETE, Deletion, Lane, Mail, MailState
from schemas.tables.outbox import Outbox, OutboxKind, OutboxPace, OutboxState
from schemas.tables.people import EmailAlias, Role, User
from schemas.tables.pictures import SignaturePicture, SignatureSighting
from schemas.tables.recovery import Erasure, SentBefore
from schemas.tables.sources import (
    EMPTY_BATCH,
    PUSHING,
    Batch,
    Intake,
    OldMails,
    Paused,
    Source,
    SourceGap,
    SourceKind,
    SourceTaken,
)
from schemas.tables.templates import Template, TemplateKind
from schemas.tables.tenants import Authentication, ChosenDisposition, ClosedCases, Receipts, Tenant
from schemas.tables.updates import Decision, Update, UpdateFile, UpdateRecipient, Via
from schemas.tables.webhooks import WebhookRequest

__all__ = [
    "EMPTY_BATCH",
    "ERASED",
    "KEPT",
    "OPERATOR",
    "PUSHING",
    "TO_DELETE",
    "AccessGroup",
    "ApiRequest",
    "ApiToken",
    "Archive",
    "Audit",
    "Authentication",
    "Batch",
    "Canary",
    "Case",
    "CaseAddress",
    "CaseMember",
    "ChosenDisposition",
    "ClosedCases",
    "ClusterIdentity",
    "ConsoleSession",
    "Decision",
    "Deletion",
    "EmailAlias",
    "Erasure",
    "ExporterLease",
    "Intake",
    "Lane",
    "LogInTries",
    "Mail",
    "MailCount",
    "MailCountChange",
    "MailCountCheck",
    "MailState",
    "OldMails",
    "Outbox",
    "OutboxKind",
    "OutboxPace",
    "OutboxState",
    "Paused",
    "PostedSignature",
    "Receipts",
    "Role",
    "SenderVerdict",
    "SenderWord",
    "SentBefore",
    "SignaturePicture",
    "SignatureSighting",
    "Source",
    "SourceGap",
    "SourceKind",
    "SourceTaken",
    "StoredContent",
    "Template",
    "TemplateKind",
    "Tenant",
    "UnprovenMail",
    "Update",
    "UpdateFile",
    "UpdateRecipient",
    "User",
    "Via",
    "WebhookRequest",
    "core",
    "derived_id",
    "new_id",
    "now",
]
