"""What the decision on a mail leaves behind besides its end state."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel, Text

from schemas.records import Verdict
from schemas.tables.base import json_field, of_tenant, time_field


class UnprovenMail(SQLModel, table=True):
    """A mail that posted though its sender was not proven: *enforce* would have held it."""

    __tablename__ = "unproven_mails"
    __table_args__ = (of_tenant("mail_id", "mails"), Index("unproven_mails_of_tenant", "tenant_id", "noted_at"))

    mail_id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    evidence: dict[str, str] = json_field(dict)
    noted_at: datetime = time_field()


class SenderVerdict(SQLModel, table=True):
    """What came out when the sender of a mail was checked that would post but for that; kept for a while, so that an
    admin sees what each choice of authentication would do."""

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
    """A DKIM signature by which a mail has posted on a case, and may not again.

    `signature` is the SHA-256 of domain, selector and signature; `shown` that of what the update shows. Neither says
    anything of a person. Rows go when a mail with that signature is too old to prove anything.
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
    """What a provider that pushed a mail to us found of its sender, and reported outside of the mail (RFC 8601)."""

    __tablename__ = "sender_words"

    mail_id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    said: str
    noted_at: datetime = time_field(index=True)
