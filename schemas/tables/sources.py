"""Where mail comes from, and the batches it comes in."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, text
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field, json_field, time_field


class SourceKind(StrEnum):
    """The makes of source."""

    LMTP = "lmtp"  # pushes to us; never fetched
    HTTP = "http"  # a provider's webhook; pushes to us, too
    COMMAND = "command"  # `casemail ingest`
    MAILDIR = "maildir"
    IMAP = "imap"
    POP3 = "pop3"


#: Sources that push to us: no fetch of them is ever ordered.
PUSHING = frozenset({SourceKind.LMTP, SourceKind.HTTP, SourceKind.COMMAND})


class Source(SQLModel, table=True):
    """A source of mail. `recipient_fields` are the header fields, in order, that its edge writes the recipient in.

    `lease` counts up with every order to fetch, so that a fetch that lost its lease can tell. A source of a tenant
    (`tenant_id`) takes mail for that tenant alone, whatever address stands in it; one of whoever runs casemail, without
    a tenant, takes mail for all. `options` are those of its kind; `secret` is sealed (storage.sealed), null for none.
    """

    __tablename__ = "sources"

    id: UUID = id_field()
    kind: SourceKind = Field(sa_type=Text)
    name: str = Field(unique=True)
    location: str = ""
    recipient_fields: str = "Delivered-To,X-Original-To"
    period_seconds: int = 300
    active: bool = True
    next_at: datetime = time_field()
    lease: int = 0
    leased_until: datetime | None = time_field(optional=True)
    last_success_at: datetime | None = time_field(optional=True)
    failures: int = 0
    last_error: str = ""
    tenant_id: UUID | None = Field(default=None, foreign_key="tenants.id", index=True)
    options: dict[str, Any] = json_field(dict)
    secret: bytes | None = Field(default=None, sa_type=LargeBinary)


class Batch(SQLModel, table=True):
    """What one fetch of one source brought in; `finished_at` is the end state of its last mail."""

    __tablename__ = "batches"
    __table_args__ = (Index("batches_unfinished", "started_at", postgresql_where=text("finished_at is null")),)

    id: UUID = id_field()
    source_id: UUID = Field(foreign_key="sources.id")
    started_at: datetime = time_field()
    closed_at: datetime | None = time_field(optional=True)
    finished_at: datetime | None = time_field(optional=True)


class Intake(SQLModel, table=True):
    """How many mails of a tenant one custody transaction took: counted apart from the ledger, to check it by."""

    __tablename__ = "intake"

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    batch_id: UUID = Field(index=True)
    taken: int
