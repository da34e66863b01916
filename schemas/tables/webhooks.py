"""What webhooks remember."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from schemas.tables.base import time_field


class WebhookRequest(SQLModel, table=True):
    """A request that brought a mail into custody: when it is shown again, it has no effect. `nonce` is what the
    provider gives to one request alone."""

    __tablename__ = "webhook_requests"

    source_id: UUID = Field(foreign_key="sources.id", primary_key=True)
    nonce: str = Field(primary_key=True)
    seen_at: datetime = time_field(index=True)
