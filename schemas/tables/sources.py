"""Where mail comes from, and the batches it comes in."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint, text
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


class OldMails(StrEnum):
    """What is done with the mails that were in a mailbox before it became a source."""

    ASK = "ask"  # look how many they are at the first fetch: few are taken, of many the admin is asked
    ASKED = "asked"  # nothing is taken until the admin has decided
    ALL = "all"  # they are taken
    SINCE = "since"  # only those that came in after `Source.since`


class Paused(StrEnum):
    """Why casemail itself paused a source."""

    NO = ""
    LOGIN = "login"  # the server refused the log-in too often
    UNTESTED = "untested"  # it is new, and its connection was not tested yet


class Source(SQLModel, table=True):
    """A source of mail. `recipient_fields` are the header fields, in order, that its edge writes the recipient in.

    `lease` counts up with every order to fetch, so that a fetch that lost its lease can tell. A source of a tenant
    (`tenant_id`) takes mail for that tenant alone, whatever address stands in it; one of whoever runs casemail, without
    a tenant, takes mail for all. `options` are those of its kind; `secret` is encrypted (storage.secret_box), or null.
    `state` is what the fetches of its kind keep in mind.

    `active` is the admin's switch, `paused_for` casemail's own. `failures` and `login_failures` are those in a row,
    `failing_since` the first of them; `told_at` is when the admins were told of it by mail, null once it works again.
    `left_behind` is how many mails the last fetch saw and could not take, `withheld` those among them for which the
    server gave a note of its own. `idle_until` is until when a courier listens for new mail (RFC 2177).
    """

    __tablename__ = "sources"
    __table_args__ = (UniqueConstraint("tenant_id", "name", name="sources_name", postgresql_nulls_not_distinct=True),)

    id: UUID = id_field()
    kind: SourceKind = Field(sa_type=Text)
    name: str
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
    state: dict[str, Any] = json_field(dict)
    old_mails: OldMails = Field(default=OldMails.ALL, sa_type=Text)
    old_count: int = 0
    since: datetime | None = time_field(optional=True)
    paused_for: Paused = Field(default=Paused.NO, sa_type=String)
    login_failures: int = 0
    failing_since: datetime | None = time_field(optional=True)
    told_at: datetime | None = time_field(optional=True)
    left_behind: int = 0
    withheld: int = 0
    idle_until: datetime | None = time_field(optional=True)


class SourceTaken(SQLModel, table=True):
    """A mail that is in custody and still at its source, by the source's own id: it is not taken again. Written in the
    transaction of the custody; gone once the source no longer has the mail. `told`: whether the source was told."""

    __tablename__ = "source_taken"

    source_id: UUID = Field(foreign_key="sources.id", ondelete="CASCADE", primary_key=True)
    ref: str = Field(primary_key=True)
    told: bool


class SourceGap(SQLModel, table=True):
    """A stretch of time in which nothing could be read at a source. A person may have it fetched again: asked for at
    `requested_at`, done at `refetched_at`, with `seen` mails of that time, of which `taken` were new."""

    __tablename__ = "source_gaps"
    __table_args__ = (Index("source_gaps_of_source", "source_id", "began_at"),)

    id: UUID = id_field()
    source_id: UUID = Field(foreign_key="sources.id", ondelete="CASCADE")
    began_at: datetime = time_field()
    ended_at: datetime = time_field()
    requested_at: datetime | None = time_field(optional=True)
    refetched_at: datetime | None = time_field(optional=True)
    seen: int = 0
    taken: int = 0


#: SQL over a batch: nothing came in, and it is over.
EMPTY_BATCH = "seen = 0 and taken = 0 and finished_at is not null"


class Batch(SQLModel, table=True):
    """What one fetch of one source brought in; `finished_at` is the end state of its last mail.

    Of the mails that a fetch has `seen`, `taken` came into custody, `duplicates` of them not for the first time.
    `error` is what ended the fetch too early, in words for a person. Of a source that was deleted the batches stay,
    without it.
    """

    __tablename__ = "batches"
    __table_args__ = (
        Index("batches_unfinished", "started_at", postgresql_where=text("finished_at is null")),
        Index("batches_of_source", "source_id", "started_at"),
        Index("batches_empty", "started_at", postgresql_where=text(EMPTY_BATCH)),
    )

    id: UUID = id_field()
    source_id: UUID | None = Field(default=None, foreign_key="sources.id", ondelete="SET NULL")
    started_at: datetime = time_field()
    closed_at: datetime | None = time_field(optional=True)
    finished_at: datetime | None = time_field(optional=True)
    seen: int = 0
    taken: int = 0
    duplicates: int = 0
    error: str = ""


class Intake(SQLModel, table=True):
    """How many mails of a tenant one custody transaction took: counted apart from the ledger, to check it by."""

    __tablename__ = "intake"

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    batch_id: UUID = Field(index=True)
    taken: int
