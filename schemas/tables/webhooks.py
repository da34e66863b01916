"""Webhook requests that were accepted, so that a replayed request is recognized."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from schemas.tables.base import time_field


class WebhookRequest(SQLModel, table=True):
    """A request that brought a mail into custody; a replay of it has no effect.

    `nonce` is unique to the request; the provider sets it.
    """

    __tablename__ = "webhook_requests"

    source_id: UUID = Field(foreign_key="sources.id", primary_key=True)
    nonce: str = Field(primary_key=True)
    seen_at: datetime = time_field(index=True)
