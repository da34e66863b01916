"""The HTTP API: tokens, and the requests that must not be carried out twice."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Index, Text
from sqlmodel import Field, SQLModel

from schemas.tables.base import id_field, named_by_tenant, of_tenant, time_field


class ApiToken(SQLModel, table=True):
    """A token of a tenant for the HTTP API, with the `scopes` that it may use.

    `token` is the SHA-256 of the token, which is shown only once. `created_by` is None if the operator created it.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (
        named_by_tenant(),
        of_tenant("created_by", "users"),
        Index("api_tokens_of_tenant", "tenant_id", "created_at"),
    )

    id: UUID = id_field()
    tenant_id: UUID = Field(foreign_key="tenants.id")
    name: str
    token: bytes = Field(unique=True)
    scopes: list[str] = Field(sa_type=cast("Any", ARRAY(Text())))
    created_by: UUID | None = None
    created_at: datetime = time_field()
    used_at: datetime | None = time_field(optional=True)
    expires_at: datetime | None = time_field(optional=True)
    revoked_at: datetime | None = time_field(optional=True)


class ApiRequest(SQLModel, table=True):
    """A request with an Idempotency-Key that created the row `subject_id`; the same request creates no other.

    `fingerprint` is the SHA-256 of the request.
    """

    __tablename__ = "api_requests"
    __table_args__ = (
        ForeignKeyConstraint(
            ["token_id", "tenant_id"], ["api_tokens.id", "api_tokens.tenant_id"], "api_requests_token_id_fkey"
        ),
    )

    token_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    fingerprint: bytes
    subject_id: UUID
    at: datetime = time_field(index=True)
