"""What the decision on a mail leaves behind besides its end state."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from schemas.tables.base import json_field, of_tenant, time_field


class UnprovenMail(SQLModel, table=True):
    """A mail whose sender was not proven, while authentication only watched: *enforce* would have held it."""

    __tablename__ = "unproven_mails"
    __table_args__ = (of_tenant("mail_id", "mails"), Index("unproven_mails_of_tenant", "tenant_id", "noted_at"))

    mail_id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    evidence: dict[str, str] = json_field(dict)
    noted_at: datetime = time_field()
