"""What is recorded about the senders of mails: verdicts, unproven mails, used signatures, reports of providers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel, Text

from schemas.records import Verdict
from schemas.tables.base import json_field, of_tenant, time_field


class UnprovenMail(SQLModel, table=True):
    """A mail that posted although its sender was not proven; with *enforce* it would have been held."""

    __tablename__ = "unproven_mails"
    __table_args__ = (of_tenant("mail_id", "mails"), Index("unproven_mails_of_tenant", "tenant_id", "noted_at"))

    mail_id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    evidence: dict[str, str] = json_field(dict)
    noted_at: datetime = time_field()


class SenderVerdict(SQLModel, table=True):
    """The verdict on the sender of a mail that passed all other rules.

    Kept for a while, so that admins see what each authentication setting would have done.
    """

    __tablename__ = "sender_verdicts"
    __table_args__ = (
        Index("sender_verdicts_of_tenant", "tenant_id", "noted_at"),
        Index("sender_verdicts_noted", "noted_at"),
    )

    mail_id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    verdict: Verdict = Field(sa_type=Text)
    noted_at: datetime = time_field()


class PostedSignature(SQLModel, table=True):
    """A DKIM signature with which a mail has posted on a case; it must not post there again.

    `signature` is the SHA-256 of domain, selector and signature; `shown` is the SHA-256 of the content that the update
    shows. Neither reveals anything about a person. The row is deleted when a mail with that signature would be too old
    to prove anything.
    """

    __tablename__ = "posted_signatures"
    __table_args__ = (Index("posted_signatures_age", "posted_at"),)

    tenant_id: UUID = Field(foreign_key="tenants.id", primary_key=True)
    signature: bytes = Field(sa_type=LargeBinary, primary_key=True)
    case_id: UUID = Field(primary_key=True)
    shown: bytes = Field(sa_type=LargeBinary)
    mail_id: UUID
    posted_at: datetime = time_field()


class SenderWord(SQLModel, table=True):
    """The verdict on a mail's sender that the pushing provider reported outside of the mail (RFC 8601)."""

    __tablename__ = "sender_words"

    mail_id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    said: str
    noted_at: datetime = time_field(index=True)
