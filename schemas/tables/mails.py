"""The ledger: one row for each mail in custody, from custody to its end state."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field, json_field, time_field

#: Ended mails whose original is still there, and may be deleted in time: never one that is held.
KEPT = "state in ('posted', 'forwarded', 'dropped') and raw_deleted_by = ''"
#: Mails whose original is to be deleted now.
TO_DELETE = "raw_deleted_by <> '' and raw_deleted_at is null"


class MailState(StrEnum):
    """Where a mail is; the last four are end states."""

    WAITING = "waiting"  # in custody, not yet in the topics
    MOVING = "moving"  # in the topics
    FORWARDING = "forwarding"  # in the outbox, on its way to the catch-all
    POSTED = "posted"
    FORWARDED = "forwarded"
    HELD = "held"
    DROPPED = "dropped"


class Lane(IntEnum):
    """In which line a mail waits for its turn: each tenant has so many in the topics of each."""

    ORDINARY = 0
    LARGE = 1  # it travels alone
    HEAVY = 2  # looking into its files took more than a mail may take in its turn


class Deletion(StrEnum):
    """Why the original of a mail is no longer there."""

    RETENTION = "retention"  # the tenant keeps originals so long and no longer
    ERASURE = "erasure"  # a person asked for it
    ERASURE_OF_ALL = "erasure of mail and update"  # and of the words and files of the update, too


#: What a mail that came in again is not let back by.
ERASED = frozenset({Deletion.ERASURE, Deletion.ERASURE_OF_ALL})


class Mail(SQLModel, table=True):
    """A mail in custody. `content_key` is 32 bytes of the mail without its trace fields, 16 of its delivery and 16 of
    the recipient.

    `duplicate_of` is set when the same delivery came in before; the key is unique among the others. It is no foreign
    key: to check one, custody would wait for whoever works on the first. `run` counts how often a person decided on the
    mail after it had ended; `override` is what they decided, until they decide otherwise (schemas.records Override).
    `raw_deleted_by` says why the original may be seen no more, from when that is decided; `raw_deleted_at` when it was
    deleted, and then `raw` is empty. `whole_size` is the size in bytes of a mail that was too large, of which `raw` is
    only the header; 0 for one that is whole.
    """

    __tablename__ = "mails"
    __table_args__ = (
        Index("mails_content", "tenant_id", "content_key", unique=True, postgresql_where=text("duplicate_of is null")),
        Index("mails_waiting", "tenant_id", "lane", "received_at", postgresql_where=text("state = 'waiting'")),
        Index("mails_moving", "tenant_id", "emitted_at", postgresql_where=text("state = 'moving'")),
        Index("mails_of_batch", "batch_id", "ended_at"),
        Index("mails_sender", "tenant_id", "sender", "received_at", postgresql_where=text("duplicate_of is null")),
        Index("mails_author", "tenant_id", "author", "received_at", postgresql_where=text("state = 'posted'")),
        Index("mails_log", "tenant_id", "received_at"),
        Index("mails_held", "tenant_id", "received_at", "id", postgresql_where=text("state = 'held'")),
        # those that conservation counts
        Index("mails_dropped", "tenant_id", postgresql_where=text("state = 'dropped'")),
        Index("mails_forwarded", "tenant_id", "id", postgresql_where=text("state = 'forwarded'")),
        Index("mails_forwarding", "tenant_id", "received_at", postgresql_where=text("state = 'forwarding'")),
        Index("mails_held_for", "tenant_id", "reason", postgresql_where=text("state = 'held'")),
        Index("mails_kept", "tenant_id", "ended_at", postgresql_where=text(KEPT)),
        Index("mails_to_delete", "tenant_id", postgresql_where=text(TO_DELETE)),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id", primary_key=True)
    batch_id: UUID
    content_key: bytes = Field(sa_type=LargeBinary)
    duplicate_of: UUID | None = None
    source_ref: str
    raw: str
    size: int
    recipient: str
    sender: str
    received_at: datetime = time_field()
    state: MailState = Field(default=MailState.WAITING, sa_type=Text)
    emitted_at: datetime | None = time_field(optional=True)
    emissions: int = 0
    ended_at: datetime | None = time_field(optional=True)
    reason: str = ""
    evidence: dict[str, str] = json_field(dict)
    author: str = ""
    subject: str = ""
    run: int = 0
    override: dict[str, str] | None = Field(default=None, sa_type=cast("Any", JSONB(none_as_null=True)), nullable=True)
    raw_deleted_at: datetime | None = time_field(optional=True)
    raw_deleted_by: str = ""
    whole_size: int = Field(default=0, sa_type=BigInteger)
    lane: Lane = Field(default=Lane.ORDINARY, sa_type=SmallInteger, sa_column_kwargs={"server_default": text("0")})
