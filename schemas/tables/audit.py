"""The audit: who did what to a mail, an update, a person or a setting, and when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from schemas.tables.base import id_field, json_field, of_tenant, time_field


class Audit(SQLModel, table=True):
    """One act. `actor_id` is the user who did it, None for casemail itself. `subject_id` is the row that was changed.

    `act` is a short name such as `update.posted` or `mail.accepted`; rows are written once and never changed.
    """

    __tablename__ = "audit"
    __table_args__ = (
        of_tenant("actor_id", "users"),
        Index("audit_of_subject", "subject_id", "at"),
        Index("audit_of_tenant", "tenant_id", "at"),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    actor_id: UUID | None = None
    act: str
    subject_id: UUID
    details: dict[str, str] = json_field(dict)
    at: datetime = time_field()
