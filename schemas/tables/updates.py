"""Case updates, their files, and the log of who was sent each update."""

from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Index, LargeBinary, Uuid
from sqlalchemy import text as sql_text
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field, json_field, of_tenant, time_field


class Via(StrEnum):
    """How an update was posted."""

    FORM = "form"
    EMAIL = "email"


class Decision(StrEnum):
    """What who may validate made of an update that waited, without validating it."""

    NONE = ""
    RETURNED = "returned"  # to its author, to be written once more
    REJECTED = "rejected"


class Update(SQLModel, table=True):
    """An update of a case. `mail_id` is the ledger row it came from, unique: a mail posts once. `message` is the part
    of its content key that all copies of the mail share: of them one posts on a case.

    `written_at` is when its author wrote it (the Date of the mail), `posted_at` when it came to exist. `cut` is the
    text that was cut from the mail, `left_out` the parts that did not become files (schemas.records Cut, LeftOut).

    Of the switches of the access group it has what they were when it was posted. While it is not `validated`, `to_tell`
    are the users who get a notice of it when it is. `files_due_at` is when a file that was left out without a scan is
    next tried again; null when there is none. `unverified`: it came by email, and nothing proved who wrote that.

    While it is not validated, a `decision` may have been made of it, by `decided_by` at `decided_at`, with a note for
    its author: then it waits no more, and only its author and who validates see it. `edited_by` is who put back, or
    took out again, what was cut from its mail, last.
    """

    __tablename__ = "updates"
    __table_args__ = (
        of_tenant("case_id", "cases"),
        of_tenant("author_id", "users"),
        of_tenant("edited_by", "users"),
        of_tenant("decided_by", "users"),
        of_tenant("access_group_id", "access_groups"),
        of_tenant("mail_id", "mails"),
        of_tenant("answers", "updates"),
        Index("updates_of_case", "case_id", "posted_at"),
        Index("updates_message", "case_id", "message", unique=True, postgresql_where=sql_text("message is not null")),
        Index("updates_waiting", "case_id", postgresql_where=sql_text("not validated and decision = ''")),
        Index("updates_of_group", "access_group_id"),
        Index("updates_files_due", "files_due_at", postgresql_where=sql_text("files_due_at is not null")),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id", primary_key=True)
    case_id: UUID
    author_id: UUID
    access_group_id: UUID
    validated: bool = True
    unverified: bool = False
    refresh_last_update: bool = True
    include_in_documents: bool = True
    to_tell: list[UUID] = Field(default_factory=list, sa_type=cast("Any", ARRAY(Uuid())))
    text: str
    via: Via = Field(sa_type=Text)
    mail_id: UUID | None = Field(default=None, unique=True)
    message: bytes | None = Field(default=None, sa_type=cast("Any", LargeBinary), nullable=True)
    answers: UUID | None = None
    written_at: datetime = time_field()
    posted_at: datetime = time_field()
    cut: list[dict[str, Any]] = json_field(list)
    left_out: list[dict[str, Any]] = json_field(list)
    files_due_at: datetime | None = time_field(optional=True)
    edited_by: UUID | None = None
    edited_at: datetime | None = time_field(optional=True)
    decision: Decision = Field(default=Decision.NONE, sa_type=Text)
    decided_by: UUID | None = None
    decided_at: datetime | None = time_field(optional=True)
    decision_note: str = ""


class UpdateFile(SQLModel, table=True):
    """A file of an update; its bytes lie in the blob store under `blob`, a small picture of it under `thumbnail`."""

    __tablename__ = "update_files"
    __table_args__ = (
        of_tenant("update_id", "updates"),
        Index("update_files_blob", "blob"),
        Index("update_files_thumbnail", "thumbnail", postgresql_where=sql_text("thumbnail is not null")),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    update_id: UUID = Field(index=True)
    position: int
    name: str
    content_type: str
    size: int
    sha256: str
    blob: str
    thumbnail: str | None = None


class UpdateRecipient(SQLModel, table=True):
    """The recipient log: this person was sent this update at this address.

    `handle` is the random part of the reply address that went out with it; none when replies were off. `bounced_at` is
    when a delivery report about it came in, and the rest what that says: which address it names, whether the server
    gave up (or goes on trying), and its words; all null without a report.
    """

    __tablename__ = "update_recipients"
    __table_args__ = (
        of_tenant("update_id", "updates"),
        of_tenant("user_id", "users"),
        Index("update_recipients_of_update", "update_id", "user_id", unique=True),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id", primary_key=True)
    update_id: UUID
    user_id: UUID
    email: str
    handle: str | None = Field(default=None, unique=True)
    logged_at: datetime = time_field()
    bounced_at: datetime | None = time_field(optional=True)
    bounced_address: str | None = None
    bounce_permanent: bool | None = None
    bounce_words: str | None = None
