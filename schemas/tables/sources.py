"""Sources of mail, and the batches in which mail arrives."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint, text
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field, json_field, time_field


class SourceKind(StrEnum):
    """The kinds of sources."""

    LMTP = "lmtp"  # a mail server pushes to us; never fetched
    HTTP = "http"  # a provider's webhook pushes to us
    COMMAND = "command"  # `casemail ingest`
    MAILDIR = "maildir"
    IMAP = "imap"
    POP3 = "pop3"


#: Sources that push to us: they are never fetched.
PUSHING = frozenset({SourceKind.LMTP, SourceKind.HTTP, SourceKind.COMMAND})


class OldMails(StrEnum):
    """What to do with the mails that were in a mailbox before it became a source."""

    ASK = "ask"  # count them at the first fetch: take a few, ask the admin if there are many
    ASKED = "asked"  # take none until the admin has decided
    ALL = "all"  # take all
    SINCE = "since"  # take the mails that arrived after `Source.since`


class Paused(StrEnum):
    """Why casemail itself paused a source."""

    NO = ""
    LOGIN = "login"  # the server refused the log-in too often
    UNTESTED = "untested"  # it is new, and its connection was not tested yet


class Source(SQLModel, table=True):
    """A source of mail.

    - `recipient_fields`: the header fields, in order, in which the receiving mail server writes the recipient.
    - `lease`: increases with every order to fetch, so that a fetch can notice that it lost its lease.
    - `tenant_id`: a source of a tenant takes mail for that tenant only, whatever address it is for. A source of the
      operator has no tenant, and takes mail for all.
    - `options`: depend on the kind. `secret`: encrypted (storage.secret_box), or null. `state`: kept between fetches,
      depends on the kind.
    - `active`: set by the admin. `paused_for`: why casemail itself paused the source; empty if it did not.
    - `failures`, `login_failures`: failures in a row, since `failing_since`. `told_at`: when the admins were notified
      of them by mail; null once the source works again.
    - `left_behind`: the number of mails that the last successful fetch saw and could not take. `withheld`: for how
      many of them the server returned a note in place of the mail.
    - `idle_until`: a courier listens for new mail (RFC 2177) until then, unless it renews the claim.
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
    """A mail in custody that is still at its source, and must not be taken again. `ref` is the source's id of it.

    The row is written in the custody transaction, and deleted once the source no longer has the mail. `told`: whether
    the mail was acknowledged to the source.
    """

    __tablename__ = "source_taken"

    source_id: UUID = Field(foreign_key="sources.id", ondelete="CASCADE", primary_key=True)
    ref: str = Field(primary_key=True)
    told: bool


class SourceGap(SQLModel, table=True):
    """A time span in which a source could not be read.

    An admin may ask to fetch it again: asked at `requested_at`, done at `refetched_at`. The source had `seen` mails of
    that time, of which `taken` were new.
    """

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


#: SQL condition on a batch: it is finished, and the fetch found no mail.
EMPTY_BATCH = "seen = 0 and taken = 0 and finished_at is not null"


class Batch(SQLModel, table=True):
    """The mails of one fetch of one source; `finished_at` is when the last of them reached its end state.

    The fetch has `seen` so many mails and has `taken` so many of them into custody, `duplicates` of these not for the
    first time. `error` says, for people, what ended the fetch early. When a source is deleted, its batches stay with a
    null `source_id`.
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
    """The number of a tenant's mails in one custody transaction; conservation checks the ledger against the sum."""

    __tablename__ = "intake"

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id", index=True)
    batch_id: UUID = Field(index=True)
    taken: int
