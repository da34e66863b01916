"""The ledger: one row for each mail in custody, from custody to its end state.

The states of a mail, and which process changes them:

      source
        | intake            A delivery that came in before enters as DROPPED.
        v
     WAITING <---------+    dispatcher: Kafka did not acknowledge the record
        | dispatcher   |    attachments stage: the mail is heavy, and waits in another lane
        v              |
      MOVING ----------+    dispatcher: sends a stalled mail into the topics again, and HOLDS it in the end
        |
        +-- post stage --------> POSTED
        +-- dead-letter stage -> HELD, DROPPED
        +-- dead-letter stage -> FORWARDING -- courier --> FORWARDED, or HELD if the mail server refused it
        +-- dead-letter stage -> FORWARDED  (the catch-all got it in an earlier run)

A person can send a mail that ended without being posted through it again: HELD, FORWARDED and DROPPED go back to
WAITING (accept, attach, replay), HELD and DROPPED to FORWARDING (forward); HELD becomes DROPPED (discard, erase);
FORWARDED and DROPPED become HELD (keep as an inbound message). A POSTED mail stays so. `TRANSITIONS` lists all.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field, json_field, time_field

#: SQL: ended mails whose original is kept, and is deleted when its time is over. Held mails keep their original.
KEPT = "state in ('posted', 'forwarded', 'dropped') and raw_deleted_by = ''"
#: SQL: mails whose original must be deleted now.
TO_DELETE = "raw_deleted_by <> '' and raw_deleted_at is null"
#: SQL: ended mails whose original is gone, and whose texts may leave for the archive.
TO_ARCHIVE = "state in ('posted', 'forwarded', 'dropped') and raw_deleted_at is not null and archived_at is null"


class MailState(StrEnum):
    """The state of a mail; the last four are end states. The diagram at the head of this file shows the changes."""

    WAITING = "waiting"  # in custody, not yet in the topics
    MOVING = "moving"  # in the topics
    FORWARDING = "forwarding"  # in the outbox, on its way to the catch-all
    POSTED = "posted"
    FORWARDED = "forwarded"
    HELD = "held"
    DROPPED = "dropped"


#: Where a stage may take a mail: FORWARDED at once if the catch-all got the mail in an earlier run, else FORWARDING.
_BY_STAGES = frozenset(MailState) - {MailState.WAITING, MailState.MOVING}

#: Every change of state that the ledger's statements may make; the tests' database refuses any other change.
TRANSITIONS: Mapping[MailState, frozenset[MailState]] = {
    # the record of a mail that was put back may have reached Kafka after all, and a stage may end the mail
    MailState.WAITING: frozenset({MailState.MOVING}) | _BY_STAGES,
    MailState.MOVING: frozenset({MailState.WAITING}) | _BY_STAGES,
    MailState.FORWARDING: frozenset({MailState.FORWARDED, MailState.HELD}),
    MailState.POSTED: frozenset(),
    MailState.FORWARDED: frozenset({MailState.WAITING, MailState.HELD}),
    MailState.HELD: frozenset({MailState.WAITING, MailState.FORWARDING, MailState.DROPPED}),
    MailState.DROPPED: frozenset({MailState.WAITING, MailState.FORWARDING, MailState.HELD}),
}


class Lane(IntEnum):
    """The queue in which a mail waits. Each lane has its own limit on a tenant's mails in the topics."""

    ORDINARY = 0
    LARGE = 1  # travels alone in its record
    HEAVY = 2  # reading its files took longer than the attachments stage allows


class Deletion(StrEnum):
    """Why the original of a mail is no longer there."""

    RETENTION = "retention"  # the tenant's time to keep originals is over
    ERASURE = "erasure"  # a person asked for it
    ERASURE_OF_ALL = "erasure of mail and update"  # likewise, and the text and files of the update were erased, too


#: When a mail comes in again whose original was deleted for one of these causes, the new original is not kept.
ERASED = frozenset({Deletion.ERASURE, Deletion.ERASURE_OF_ALL})


class Mail(SQLModel, table=True):
    """A mail in custody.

    - `content_key`: 32 bytes of hash over the mail without its trace fields, 16 over its delivery, 16 over its
      recipient.
    - `duplicate_of`: the first mail, if the same delivery came in before. Among the rows without it, the content key
      is unique. It is not a foreign key: to check one, custody would have to wait for the transaction that works on
      the first mail.
    - `run`: how often a person acted on the mail after it had ended. `override`: a person's decision on it, until a
      person decides otherwise (`schemas.records.Override`).
    - `raw_deleted_by`: why the original may no longer be shown, set when that is decided. `raw_deleted_at`: when it was
      deleted; from then on `raw` is empty.
    - `archived_at`: when the subject, the evidence and the source's reference left for the archive.
    - `whole_size`: the full size in bytes of a mail that was too large, of which `raw` has only the header; else 0.
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
        # for the counts of `storage.ledger.conservation`
        Index("mails_dropped", "tenant_id", postgresql_where=text("state = 'dropped'")),
        Index("mails_forwarded", "tenant_id", "id", postgresql_where=text("state = 'forwarded'")),
        Index("mails_forwarding", "tenant_id", "received_at", postgresql_where=text("state = 'forwarding'")),
        Index("mails_held_for", "tenant_id", "reason", postgresql_where=text("state = 'held'")),
        Index("mails_kept", "tenant_id", "ended_at", postgresql_where=text(KEPT)),
        Index("mails_to_archive", "ended_at", postgresql_where=text(TO_ARCHIVE)),
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
    archived_at: datetime | None = time_field(optional=True)
