"""Case updates, their files, and the log of their recipients."""

from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, LargeBinary, Uuid
from sqlalchemy import text as sql_text
from sqlmodel import Field, SQLModel, Text

from schemas.tables.base import id_field, json_field, of_tenant, time_field


class Via(StrEnum):
    """How an update was posted."""

    FORM = "form"
    EMAIL = "email"
    API = "api"


class Decision(StrEnum):
    """The decision on an update that waited for validation, other than to validate it."""

    NONE = ""
    RETURNED = "returned"  # to its author, to be rewritten
    REJECTED = "rejected"


class Update(SQLModel, table=True):
    """An update of a case.

    - `mail_id`: the ledger row of its mail; unique, because a mail posts once. `message`: the part of the mail's
      content key that all its copies share; it is unique on a case, so that only one copy posts there.
    - `written_at`: when its author wrote it (the Date of the mail). `posted_at`: when it was created.
    - `cut`: the texts that were cut from the mail. `left_out`: the parts that did not become files
      (`schemas.records.Cut`, `LeftOut`).
    - The switches of the access group are copied when the update is posted.
    - `to_tell`: until the update is `validated`, the users who will then get a notice.
    - `files_due_at`: when the malware scan of its left-out files is tried again; null if no file waits for that.
    - `unverified`: it came by email, and its author was not proven.
    - `decision`: to return or reject an update instead of validating it, by `decided_by` at `decided_at`, with a note
      for its author. Then the update no longer waits, and only its author and users who may validate see it.
    - `edited_by`: the user who last restored text that was cut from the mail, or removed it again.
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
    """A file of an update; its bytes are in the blob store under `blob`, a small picture of it under `thumbnail`.

    Both keys begin with the id of the tenant, so that a row can't name the bytes of another tenant.
    """

    __tablename__ = "update_files"
    __table_args__ = (
        of_tenant("update_id", "updates"),
        CheckConstraint("starts_with(blob, tenant_id::text || '/')", name="update_files_blob_of_tenant"),
        CheckConstraint("starts_with(thumbnail, tenant_id::text || '/')", name="update_files_thumbnail_of_tenant"),
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
    """The recipient log: this user was sent this update at this address.

    `handle` is the random part of the reply address in the notice; null when replies were off. `bounced_at` is when a
    delivery report about the notice arrived; the other `bounce` columns have the address in the report, whether the
    mail server gave up, and the server's words. All four are null without a report.
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
